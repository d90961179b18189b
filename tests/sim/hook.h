/* Hooks of a container, run on this machine when the simulation was told to run them. */
#ifndef KD_SIM_HOOK_H
#define KD_SIM_HOOK_H

#include "box.h"

/* Prestart, then Poststart, both before the process runs (recorded: hooks). NULL, or the sentence
 * with which the Start fails. */
char *hook_run_starting(struct box *box);
void hook_run_stopped(struct box *box); /* its failure changes nothing */

#endif
