#include "journal/checksum.h"

#include "base/hex.h"

#include <sha2.h>
#include <stdint.h>

void checksum_print(const void *bytes, size_t length, char ret_hex[CHECKSUM_SIZE])
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA2_CTX context;
    SHA256Init(&context);
    SHA256Update(&context, bytes, length);
    SHA256Final(hash, &context);
    hex_print(hash, sizeof(hash), ret_hex);
}
