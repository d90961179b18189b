/* The socket of the simulation: takes connections and gives them to the gRPC server, so that each
 * one's descriptor is known and can be cut. */
#ifndef KD_SIM_LISTEN_H
#define KD_SIM_LISTEN_H

#include <grpc/grpc.h>
#include <pthread.h>
#include <stdio.h>

struct listener;

/* Listens when it returns; a thread accepts, and writes a line {"connection":N} to `log` (NULL:
 * none) with `lock` held. NULL: it cannot, and has said why. */
struct listener *listener_start(
    grpc_server *server, const char *path, FILE *log, pthread_mutex_t *lock);
void listener_stop(struct listener *listener);

#endif
