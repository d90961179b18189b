/* From a container that kanto-cm listed to the facts that `next` decides by. */
#ifndef KD_PLAN_LIVE_H
#define KD_PLAN_LIVE_H

#include "journal/journal.h"
#include "plan/desired.h"
#include "plan/next.h"

/* What is known beside the container. Times are wall clock milliseconds since 1970, 0: not known.
 */
struct live_context {
    const struct desired *desired;
    const char *digest;            /* of the desired, as the journal has it */
    const struct journal *journal; /* or NULL */
    int64_t daemon_began;
    int64_t booted;
};

/* ret_live->id borrows the container's. Roles are not told here (roles.h). */
void live_read(
    const Kanto__Container *container, const struct live_context *context, struct live *ret_live);

#endif
