#include "model/digest.h"

#include "base/cleanup.h"
#include "base/hex.h"
#include "base/text.h"
#include "model/canon.h"
#include "model/container.h"

#include <sha2.h>
#include <string.h>

void container_digest(const Kanto__Container *desired, struct digest *ret_digest)
{
    scoped_container Kanto__Container *copy = canon_comparable(desired, false);
    scoped(text_finish) struct text text = {0};
    canon_message(&copy->base, &text);
    SHA2_CTX context;
    SHA256Init(&context);
    SHA256Update(&context, (const unsigned char *)text_get(&text), text.length);
    SHA256Final(ret_digest->bytes, &context);
}

void digest_hex(const struct digest *digest, char ret_hex[DIGEST_HEX])
{
    hex_print(digest->bytes, sizeof(digest->bytes), ret_hex);
}

int digest_parse(const char *hex, struct digest *ret_digest)
{
    struct digest digest;
    if (strlen(hex) != DIGEST_HEX - 1 || hex_parse(hex, sizeof(digest.bytes), digest.bytes) < 0)
        return -1;
    *ret_digest = digest;
    return 0;
}
