/* The socket of the simulation: takes connections and gives them to the gRPC server, so that each
 * one's descriptor is known and can be cut. */
#ifndef KD_SIM_LISTEN_H
#define KD_SIM_LISTEN_H

#include <grpc/grpc.h>

struct listener;

/* Listens when it returns; a thread accepts. NULL: it cannot, and has said why. */
struct listener *listener_start(grpc_server *server, const char *path);
void listener_stop(struct listener *listener);

#endif
