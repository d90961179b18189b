/* From the configuration to what is desired, once: sources_prepare, sources_run, collect. What asks
 * again and again takes these steps itself. */
#ifndef KD_GATHER_GATHER_H
#define KD_GATHER_GATHER_H

#include "gather/gathered.h"
#include "gather/sources.h"

/* Negative only for what makes the configuration wrong (ERROR_CONFIG): then *ret_gathered is
 * untouched. Else it is for gathered_finish, and what is wrong is among its findings. Starts
 * processes, and waits for them as long as the longest timeout of a source. */
int gather(const struct config *config, const struct sources_options *options,
    struct gathered *ret_gathered, struct error *err);

#endif
