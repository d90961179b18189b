/* The life of a container's process: start, signals, end, and who starts it again. */
#ifndef KD_SIM_LIFE_H
#define KD_SIM_LIFE_H

#include "box.h"

/* A start: first the network, whose refusal leaves the state as it was, then the process, whose
 * failure is a Stopped with an error. NULL, or the daemon's sentence (free() it). */
char *life_join(struct box *box);
char *life_run(struct box *box);
char *life_start(struct box *box); /* both */

/* The signal reaches process 1; what it does with it happens in its time. A box->stopping is told
 * of the end. */
void life_signal(struct box *box, int signal);

/* The same while no daemon runs. False: process 1 does not end by it. */
bool life_signal_unseen(struct box *box, int signal);

/* Ends the process where it stands, without a word of the daemon: a power cut. */
void life_cut(struct box *box, int exit_code);

/* Goes on with a process from before the daemon's start; finds out that it has ended meanwhile. */
void life_take_over(struct box *box);

/* What the policy says of a container that has ended so. */
bool life_wants_restart(const struct box *box, int64_t exit_code);
void life_restart_later(struct box *box);
void life_forget_restart(struct box *box);

#endif
