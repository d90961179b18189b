#include "bundle/sha256.h"

#include "base/hex.h"

#include <openssl/evp.h>
#include <string.h>

#define PREFIX "sha256:"

void sha256_print(const unsigned char digest[SHA256_BYTES], char text[SHA256_TEXT])
{
    memcpy(text, PREFIX, sizeof(PREFIX));
    hex_print(digest, SHA256_BYTES, text + strlen(PREFIX));
}

int sha256_text(const void *bytes, size_t length, char text[SHA256_TEXT])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!EVP_Digest(bytes, length, digest, &size, EVP_sha256(), NULL) || size != SHA256_BYTES)
        return -1;
    sha256_print(digest, text);
    return 0;
}

bool sha256_is(const char *text)
{
    size_t prefix = strlen(PREFIX);
    return strncmp(text, PREFIX, prefix) == 0 && strlen(text) == prefix + 2 * SHA256_BYTES &&
           strspn(text + prefix, "0123456789abcdef") == 2 * SHA256_BYTES;
}
