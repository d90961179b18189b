/* The process that stays outside. The host started it, and it starts the one that loads the plugin,
 * in a pid namespace of its own where the kernel lets it. It answers the system calls that are
 * stopped there, and ends as that one ends: whoever waits for it sees one process.
 *
 *     host ── supervisor ─┬─ the first process of the namespace, which only holds it
 *                         └─ the plugin's process
 *
 * SIGTERM to it ends them all: when it is gone, nothing of them is left. */
#ifndef KD_LOADER_SUPERVISOR_H
#define KD_LOADER_SUPERVISOR_H

#include "base/error.h"

struct supervised {
    int supervisor;   /* a socket to it; -1: closed */
    int no_namespace; /* 0, or why there is no pid namespace: an errno */
};

/* Returns in the new process; the old one is the supervisor from now on, and does not return. There
 * must be one thread, and no descriptor above the frames' one. */
int supervisor_start(struct supervised *ret_supervised, struct error *err);
/* Gives it the listener of a filter (-1: there is none), and ends the talk. */
void supervisor_hand_over(struct supervised *supervised, int listener);

#endif
