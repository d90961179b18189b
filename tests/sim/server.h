/* The gRPC side of the simulation: connections, calls, answers, and what is to go wrong on the
 * way. */
#ifndef KD_SIM_SERVER_H
#define KD_SIM_SERVER_H

#include "daemon.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>

enum server_end {
    SERVER_STOPPED, /* orderly */
    SERVER_CRASHED, /* as if killed */
    SERVER_POWER_CUT,
};

struct server_options {
    const char *socket;
    FILE *log;                               /* each call a line; NULL: none */
    pthread_mutex_t *lock;                   /* held whenever the daemon is touched */
    const volatile sig_atomic_t *stop, *cut; /* set by signals */
};

/* Serves until a signal or a fault ends it. Negative: it could not listen. */
int server_run(struct daemon *daemon, const struct server_options *options);

#endif
