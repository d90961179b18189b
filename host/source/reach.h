/* What a plugin may read of the file system: what its settings name. Private to the room. */
#ifndef KD_SOURCE_REACH_H
#define KD_SOURCE_REACH_H

#include "frame/frame.h"
#include "source/source.h"

/* How many, and each path. */
void reach_put(struct frame_out *out, const struct source_options *options);

/* Sums up which files and folders the paths lead to now. A helper is bound to those of its start:
 * where another file lies at the place by now, or something was mounted over it, one that stays
 * cannot read it, and is to be started anew. */
uint64_t reach_identity(const struct source_options *options);

#endif
