/* Gives up what a plugin does not need, before it is loaded: in two steps, as what it may have
 * depends on its file, which is looked at between them with the plugin's own rights.
 *
 * What the kernel does not offer is done without, and said in a line of the log that begins with
 * FRAME_LACKS; the rest holds all the same. */
#ifndef KD_LOADER_JAIL_H
#define KD_LOADER_JAIL_H

#include "base/error.h"
#include "loader/job.h"

#include <stdint.h>

/* Another process returns (supervisor.h). Descriptors but 0 to 2 and the frames' one are closed; no
 * new privileges, no core dumps, limits of memory, files and processes; it dies with its parent;
 * identity of the job's user, without capabilities. */
int jail_enter(const struct job *job, struct error *err);

/* Only what the job names is readable (Landlock), and only calls that a source has use for are
 * answered (seccomp). `flags` are those of the plugin's note. */
void jail_seal(const struct job *job, uint32_t flags);

#endif
