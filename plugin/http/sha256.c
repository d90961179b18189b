#include "http/sha256.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "sha256:"
#define BYTES  32

int sha256_text(const void *bytes, size_t length, char text[SHA256_TEXT])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!EVP_Digest(bytes, length, digest, &size, EVP_sha256(), NULL) || size != BYTES)
        return -1;
    int used = snprintf(text, SHA256_TEXT, PREFIX);
    for (size_t i = 0; i < BYTES; i++)
        used += snprintf(text + used, SHA256_TEXT - (size_t)used, "%02x", digest[i]);
    return 0;
}

bool sha256_is(const char *text)
{
    size_t prefix = strlen(PREFIX);
    return strncmp(text, PREFIX, prefix) == 0 && strlen(text) == prefix + 2 * BYTES &&
           strspn(text + prefix, "0123456789abcdef") == 2 * BYTES;
}
