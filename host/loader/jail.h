/* Gives up what a plugin does not need, before it is loaded. */
#ifndef KD_LOADER_JAIL_H
#define KD_LOADER_JAIL_H

#include "base/error.h"

/* Descriptors but 0 to 2 and the frames' one are closed; no new privileges, no core dumps, limits
 * of memory, files and processes; this process dies with its parent; identity of `user` (empty: it
 * stays). */
int jail_enter(const char *user, struct error *err);

#endif
