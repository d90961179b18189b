/* From a container that kanto-cm told of to the facts that `next` decides by. */
#ifndef KD_PLAN_LIVE_H
#define KD_PLAN_LIVE_H

#include "journal/journal.h"
#include "model/compare.h"
#include "plan/desired.h"
#include "plan/next.h"

/* What is known beside the container. Times are wall clock milliseconds since 1970, 0: not known.
 */
struct live_context {
    const struct desired *desired;
    const char *digest;            /* of the desired container, as the journal has it */
    bool orphaned;                 /* no manifest names it: it is compared with nothing */
    const struct journal *journal; /* or NULL */
    int64_t daemon_began;
    int64_t booted;
    int64_t now;
};

/* One container as it was told, and what follows from it. */
struct reading {
    const Kanto__Container *container; /* borrowed */
    struct live live;                  /* id borrows the container's. Roles are not told here */
    struct differences differences;    /* to what is desired */
    bool elsewhere, resources, policy; /* where it differs: what Update cannot change, and can */
    int64_t seen_ms;                   /* clock_now_ms() when it was told */
};

void live_read(
    const Kanto__Container *container, const struct live_context *context, struct reading *ret);
void live_finish(struct reading *reading);

/* What a call of ours changes in it. */
void live_started(struct reading *reading);
void live_stopped(struct reading *reading);
/* A policy of that kind; `matches`: it is the desired one. */
void live_given_policy(struct reading *reading, enum container_policy policy, bool matches);
void live_given_all(struct reading *reading, enum container_policy policy);

#endif
