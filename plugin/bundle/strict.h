/* What a CMS signature does not cover, and OpenSSL does not look at: here every bit of it is held
 * to the one value that RFC 5652 lets it have. So a signature that was accepted is the one that was
 * made. Private to the room. */
#ifndef KD_BUNDLE_STRICT_H
#define KD_BUNDLE_STRICT_H

#include <openssl/cms.h>
#include <stddef.h>

/* What is wrong with the versions (5.1 and 5.3: 3 where a signer is told by its key's identifier or
 * else 1) of the DER of a SignedData; NULL: nothing. */
const char *strict_versions(const unsigned char *der, size_t length);
/* The same of a signer, whose certificate was found: its name, and the algorithm of its signature.
 */
const char *strict_signer(CMS_SignerInfo *info);

#endif
