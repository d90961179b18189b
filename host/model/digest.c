#include "model/digest.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "model/canon.h"
#include "model/container.h"

#include <sha2.h>
#include <stdio.h>
#include <string.h>

void container_digest(const Kanto__Container *wished, struct digest *ret_digest)
{
    scoped_container Kanto__Container *copy = canon_comparable(wished, false);
    scoped(text_finish) struct text text = {0};
    canon_message(&copy->base, &text);
    SHA2_CTX context;
    SHA256Init(&context);
    SHA256Update(&context, (const unsigned char *)text_get(&text), text.length);
    SHA256Final(ret_digest->bytes, &context);
}

void digest_hex(const struct digest *digest, char ret_hex[DIGEST_HEX])
{
    for (size_t i = 0; i < sizeof(digest->bytes); i++)
        snprintf(ret_hex + 2 * i, 3, "%02x", digest->bytes[i]);
}

static int nibble(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = digit ? strchr(digits, digit) : NULL;
    return at ? (int)(at - digits) : -1;
}

int digest_parse(const char *hex, struct digest *ret_digest)
{
    struct digest digest;
    if (strlen(hex) != DIGEST_HEX - 1)
        return -1;
    for (size_t i = 0; i < sizeof(digest.bytes); i++) {
        int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        digest.bytes[i] = (unsigned char)(high << 4 | low);
    }
    *ret_digest = digest;
    return 0;
}
