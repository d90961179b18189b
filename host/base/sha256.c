#include "base/sha256.h"

_Static_assert(SHA256_SIZE == SHA256_DIGEST_LENGTH, "SHA256_SIZE");

void sha256_begin(struct sha256 *sha256)
{
    SHA256Init(&sha256->state);
}

void sha256_add(struct sha256 *sha256, const void *bytes, size_t length)
{
    SHA256Update(&sha256->state, bytes, length);
}

void sha256_end(struct sha256 *sha256, unsigned char ret_digest[SHA256_SIZE])
{
    SHA256Final(ret_digest, &sha256->state);
}

void sha256_of(const void *bytes, size_t length, unsigned char ret_digest[SHA256_SIZE])
{
    struct sha256 sha256;
    sha256_begin(&sha256);
    sha256_add(&sha256, bytes, length);
    sha256_end(&sha256, ret_digest);
}
