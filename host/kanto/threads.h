/* gRPC's threads. One that it could not start is one whose end it waits for at its own end, for
 * ever, and without its timers no call has a deadline. Private to the room. */
#ifndef KD_KANTO_THREADS_H
#define KD_KANTO_THREADS_H

#include "base/error.h"

/* Whether as many threads can be started as gRPC needs: a limit of processes (TasksMax, ulimit -u)
 * may be used up. */
int threads_check(struct error *err);

/* Calls it, and ends the process with a word should it not return. */
void threads_end(void (*end)(void *context), void *context);

#endif
