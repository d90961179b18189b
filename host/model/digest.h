/* A digest of what is desired: equal containers (after normalising, sets sorted, result fields left
 * out) have equal digests, whatever dialect, order or spelling their manifests had. SHA-256 over a
 * canonical form that does not change between versions of this program (a journal outlives it). */
#ifndef KD_MODEL_DIGEST_H
#define KD_MODEL_DIGEST_H

#include "base/sha256.h"
#include "proto/containers.pb-c.h"

struct digest {
    unsigned char bytes[SHA256_SIZE];
};

void container_digest(const Kanto__Container *desired, struct digest *ret_digest);
void digest_hex(const struct digest *digest, char ret_hex[SHA256_HEX_SIZE]);

#endif
