/* What a pass begins with, or begins anew with after a lost connection: what the daemon told, what the
 * journal knows, what is desired. Everything else is folded from it and from the stories. */
#ifndef KD_PLAN_SNAPSHOT_H
#define KD_PLAN_SNAPSHOT_H

#include "base/index.h"
#include "journal/journal.h"
#include "plan/desired.h"
#include "plan/next.h"
#include "proto/containers.pb-c.h"

/* All pointers are borrowed, and must live as long as the jobs that are made from it. Times are wall
 * clock milliseconds since 1970, 0: not known. */
struct snapshot {
    enum mode mode;
    const Kanto__ListContainersResponse *list;
    const struct desired_set *desired_set; /* for what its sources say; may be NULL */
    const struct journal *journal;         /* may be NULL */
    int64_t daemon_began;                  /* see live.h */
    int64_t booted;
    int64_t now;             /* when the List was told */
    int64_t seen_ms;         /* likewise, clock_now_ms() */
    int64_t pull_timeout_ms; /* how long a Create that keeps failing is repeated; 0: no bound */
    bool hold;
    struct index ids, names; /* of the List: places in list->containers. By snapshot_index */
};

/* Fills ids and names; they borrow the List's strings. */
void snapshot_index(struct snapshot *snapshot);
void snapshot_finish(struct snapshot *snapshot); /* the indexes; the rest is borrowed */

/* The container of that id in the List, or NULL. */
const Kanto__Container *snapshot_find(const struct snapshot *snapshot, const char *id);

#endif
