/* What no manifest names any more: containers that a source may take back by its silence, and what
 * interrupted replacements left behind. Bounded: only what is ours and came from this source, only
 * when its set is whole, and never more than its limit; else nothing of it goes, and that is told.
 */
#ifndef KD_PLAN_PRUNE_H
#define KD_PLAN_PRUNE_H

#include "journal/journal.h"
#include "plan/desired.h"

struct prune {
    struct desired_set
        names; /* one for each orphaned name that needs a look: its container as it is */
    bool *may; /* one for each: it may be removed */
    size_t capacity;
    char **notices; /* "source cloud: …": why something stays that could have gone */
    size_t notice_count, notice_capacity;
};

/* `journal` may be NULL: then nothing is known to come from a source. */
void prune_find(const struct desired_set *desired_set, const Kanto__ListContainersResponse *list,
    const struct journal *journal, struct prune *ret_prune);
void prune_finish(struct prune *prune);

#endif
