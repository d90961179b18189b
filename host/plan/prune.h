/* What no manifest names any more, and is ours: containers that a source may take back by its
 * silence, what interrupted replacements left behind, and what has lost its source. Bounded: only
 * what came from this source goes, only when the sets of all sources are whole (a container may have
 * moved), and never more than the limit; else nothing of it goes, and that is reported. */
#ifndef KD_PLAN_PRUNE_H
#define KD_PLAN_PRUNE_H

#include "plan/snapshot.h"

struct prune {
    struct desired_set names; /* one for each orphaned name: its container as it is */
    bool *may;                /* one for each: it may be removed */
    char **why;               /* one for each: why it is an orphan, and stays. Owned */
    size_t capacity, why_capacity;
    char **notices; /* "source cloud: …": why something stays that could have gone */
    size_t notice_count, notice_capacity;
};

/* Without a journal nothing is known to come from a source. */
void prune_find(const struct snapshot *snapshot, struct prune *ret_prune);
void prune_finish(struct prune *prune);

#endif
