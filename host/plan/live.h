/* From a container that kanto-cm listed to the facts that `next` decides by. */
#ifndef KD_PLAN_LIVE_H
#define KD_PLAN_LIVE_H

#include "plan/next.h"

/* `ours` as the journal says (an id of our own shape is ours anyway). `daemon_began`: wall clock
 * seconds at which the daemon's process began, 0 when that is not known. ret_live->id borrows the
 * container's. */
void live_read(const Kanto__Container *container, const Kanto__Container *wished, bool ours,
    int64_t daemon_began, struct live *ret_live);

#endif
