/* Gives up what a plugin does not need, before it is loaded. */
#ifndef KD_LOADER_JAIL_H
#define KD_LOADER_JAIL_H

#include <stddef.h>

/* Descriptors but 0 to 2 and the frames' one are closed; no new privileges, no core dumps, limits
 * of memory, files and processes; this process dies with its parent; identity of `user` (empty: it
 * stays). 0, or -1 and a sentence. */
int jail_enter(const char *user, char *text, size_t size);

#endif
