/* Which version a bundle has, found while its members go by: that of VERSION at the top, or in the
 * only folder where everything lies. Private to the room. */
#ifndef KD_BUNDLE_VERSION_H
#define KD_BUNDLE_VERSION_H

#include "bundle/bundle.h"

struct version {
    char top[BUNDLE_VERSION_MAX + 1];   /* "": none */
    char below[BUNDLE_VERSION_MAX + 1]; /* of FOLDER/VERSION; "": none, or no version */
    char below_name[KD_KEY_MAX + 1];    /* "": there is none */
    char folder[KD_KEY_MAX + 1];        /* where the first of what counts lies; "": at the top */
    bool any, several;                  /* something counts, and not all lies in that folder */
};

/* Of a member's name: whether it is a VERSION that may count, once all is known. */
bool version_may_count(const char *name);

/* A manifest or a VERSION of that name goes by. */
void version_see(struct version *version, const char *name);

/* The content of one that may count. -1: it is at the top, and no version. 1: it is the second one
 * below, and cannot count. */
int version_read(struct version *version, const char *name, const char *bytes, size_t length);

/* When all went by: the bundle's version, "" where it has none. *ret_passed_over: the name of one
 * that does not count, or NULL. NULL: the one that counts is no version. */
const char *version_of(const struct version *version, const char **ret_passed_over);

/* Whether a version ("": none) may follow what the state remembers, under the policy. Warns where it
 * is older, and taken all the same. */
int version_check(const struct bundle_policy *policy, const char *version, const char *last,
    const char *origin, const struct kd_host *host, struct error *err);

#endif
