/* SHA-256 as OCI writes digests: sha256: and 64 lower hexadecimal digits. */
#ifndef KD_BUNDLE_SHA256_H
#define KD_BUNDLE_SHA256_H

#include <stdbool.h>
#include <stddef.h>

#define SHA256_BYTES 32
#define SHA256_TEXT  72 /* with the zero */

void sha256_print(const unsigned char digest[SHA256_BYTES], char text[SHA256_TEXT]);

/* 0, or -1: no memory. */
int sha256_text(const void *bytes, size_t length, char text[SHA256_TEXT]);
/* Whether a text is such a digest. */
bool sha256_is(const char *text);

#endif
