/* What a process has that a plugin may leave behind. */
#ifndef KD_PROBE_STATE_H
#define KD_PROBE_STATE_H

#include <stddef.h>

int state_threads(void);
int state_children(void);
int state_descriptors(void);
size_t state_heap(void);        /* bytes that are allocated now */
long state_resident(void);      /* KiB now */
long state_most_resident(void); /* KiB at most so far */

/* Waits up to a second until there are no more than `threads`; how many there are then. */
int state_settle(int threads);

#endif
