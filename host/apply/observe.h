/* The first look at the daemon: a List that can be trusted.
 *
 * kanto-cm accepts calls before it has read its containers: the first List can be empty, and states
 * are old for a second or two (recorded: start-during-boot, restart-early-calls, power-cut). Who
 * trusts it deploys everything twice. A daemon older than `settle_ms` is taken at its word. A
 * younger one, or one whose age cannot be told, must say the same twice, half a second apart, and
 * be two seconds old where that is known; an empty answer while the journal owns containers is
 * waited out until `patience_ms`. */
#ifndef KD_APPLY_OBSERVE_H
#define KD_APPLY_OBSERVE_H

#include "journal/journal.h"
#include "kanto/kanto.h"

struct observe_options {
    int64_t settle_ms;
    int64_t patience_ms;
    bool (*stop)(void *context); /* a true ends the waits: with what was told so far, or with
                                    ERROR_UNREACHABLE; may be NULL */
    void *context;
};

struct observed {
    Kanto__ListContainersResponse *list;
    int64_t daemon_began; /* wall clock, milliseconds since 1970; 0: not known */
    int64_t booted;       /* the machine, likewise */
    unsigned calls;       /* Lists that were needed */
};

/* ERROR_UNREACHABLE when the daemon does not answer. */
int observe(struct kanto *kanto, const struct journal *journal,
    const struct observe_options *options, struct observed *ret_observed, struct error *err);
void observed_finish(struct observed *observed);

#endif
