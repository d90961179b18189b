/* The members of a bundle: refused, passed over or put. Private to the room. */
#ifndef KD_BUNDLE_MEMBERS_H
#define KD_BUNDLE_MEMBERS_H

#include "bundle/bundle.h"
#include "version.h"

struct members {
    const struct bundle_policy *policy;
    const struct bundle_input *input;
    const struct kd_host *host;
    struct kd_out *out;
    uint32_t count;     /* so far */
    uint32_t manifests; /* of them put */
    void *names;        /* tsearch's */
    struct version seen;
    char version[BUNDLE_VERSION_MAX + 1]; /* "": it has none */
    const char *last_version;             /* the one that was accepted last; "": none */
};

/* All of them. members->version is filled. */
int members_read(struct members *members, const void *bytes, size_t length,
    const char *last_version, struct error *err);

#endif
