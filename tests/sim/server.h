/* The gRPC side of the simulation: calls come in, wait for their latency, and are answered. */
#ifndef KD_SIM_SERVER_H
#define KD_SIM_SERVER_H

#include "methods.h"

#include <signal.h>
#include <stdio.h>

/* Serves until *stop is set. `log` (may be NULL) gets a line for every call when it comes in.
 * Returns an exit status. */
int server_run(struct simulation *simulation, const char *socket, FILE *log,
    const volatile sig_atomic_t *stop);

#endif
