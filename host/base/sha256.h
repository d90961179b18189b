/* SHA-256 (libmd's: the host loads no OpenSSL). The plugins that ship digest whole downloads, and do
 * that with the OpenSSL that they have anyway: plugin/bundle/sha256.h. */
#ifndef KD_BASE_SHA256_H
#define KD_BASE_SHA256_H

#include <sha2.h>
#include <stddef.h>

#define SHA256_SIZE     32
#define SHA256_HEX_SIZE 65 /* 64 digits and the zero */

struct sha256 {
    SHA2_CTX state;
};

void sha256_begin(struct sha256 *sha256);
void sha256_add(struct sha256 *sha256, const void *bytes, size_t length);
void sha256_end(struct sha256 *sha256, unsigned char ret_digest[SHA256_SIZE]);

void sha256_of(const void *bytes, size_t length, unsigned char ret_digest[SHA256_SIZE]);

#endif
