#include "model/digest.h"

#include "base/cleanup.h"
#include "base/hex.h"
#include "base/text.h"
#include "model/canon.h"
#include "model/container.h"

void container_digest(const Kanto__Container *desired, struct digest *ret_digest)
{
    scoped_container Kanto__Container *copy = canon_comparable(desired, false);
    scoped(text_finish) struct text text = {0};
    canon_message(&copy->base, &text);
    sha256_of(text_get(&text), text.length, ret_digest->bytes);
}

void digest_hex(const struct digest *digest, char ret_hex[SHA256_HEX_SIZE])
{
    hex_print(digest->bytes, sizeof(digest->bytes), ret_hex);
}
