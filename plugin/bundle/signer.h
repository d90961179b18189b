/* The certificate of who signed: does it descend from verify_ca, is it made for this, is it valid
 * by the time that counts? Private to the room. */
#ifndef KD_BUNDLE_SIGNER_H
#define KD_BUNDLE_SIGNER_H

#include "bundle/bundle.h"

#include <openssl/x509.h>

struct signer {
    X509 *certificate;
    STACK_OF(X509) * others; /* that came with the signature */
    int64_t signed_at;       /* by the signature's own word; 0: it does not say */
};

/* `floor`: it is not earlier than this, whatever the clock says. */
int signer_check(const struct bundle_policy *policy, const struct signer *signer, int64_t floor,
    const struct kd_host *host, struct error *err);

#endif
