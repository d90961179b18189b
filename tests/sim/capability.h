/* What a process may do: the lines of /proc/self/status, for the command that prints them. */
#ifndef KD_SIM_CAPABILITY_H
#define KD_SIM_CAPABILITY_H

#include "box.h"

/* Adds the lines to the log when the command of the container prints them. */
void capability_log(struct box *box);

#endif
