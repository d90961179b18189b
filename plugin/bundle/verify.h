/* Who signed it. Private to the room. */
#ifndef KD_BUNDLE_VERIFY_H
#define KD_BUNDLE_VERIFY_H

#include "bundle/bundle.h"

struct verified {
    const void *bytes; /* what was signed: the input's, or taken out of the CMS around it */
    size_t length;
    int64_t signed_at; /* seconds since 1970; 0: not verified, or not told */
    void *owner;       /* of bytes, where they are not the input's */
};

/* Where the policy asks for it, verifies; a CMS around the bundle is taken off in any case. */
int verify(const struct bundle_policy *policy, const struct bundle_input *input,
    const struct bundle_state *kept, const struct kd_host *host, struct verified *ret_verified,
    struct error *err);
void verified_finish(struct verified *verified);

/* The certificates of a PEM text, into policy->ca. */
int verify_read_ca(
    struct bundle_policy *policy, const void *bytes, size_t length, struct error *err);
void verify_free_ca(struct bundle_policy *policy);
/* policy->digest, of all that decides whether a bundle is accepted. */
int verify_digest_policy(struct bundle_policy *policy, struct error *err);

#endif
