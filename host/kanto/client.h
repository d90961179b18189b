/* The real client: gRPC C core, one connection over the unix socket, one completion queue.
 *
 * Threads: all calls of one client come from one thread at a time; gRPC has threads of its own.
 * Fork: none while a client is open, the child would share its connection and find gRPC's locks in
 * any state. Start helpers before kanto_connect, or with posix_spawn.
 * A lost connection is not made again: every later answer is KANTO_UNKNOWN. Close and connect anew.
 * gRPC's own log is silent unless the environment has GRPC_VERBOSITY. */
#ifndef KD_KANTO_CLIENT_H
#define KD_KANTO_CLIENT_H

#include "kanto/kanto.h"

struct kanto_options {
    const char *socket;         /* path of the unix socket */
    int64_t connect_timeout_ms; /* a missing or refusing socket is waited for that long */
    const char *trace; /* NULL, or a file to which every call and answer is appended, one JSON
                          object a line (see trace.h) */
    bool (*cancelled)(void *context); /* asked while waiting for the socket; may be NULL */
    void *context;
};

/* Connects. ERROR_UNREACHABLE when the daemon is not there in time: the text says what was tried.
 * Close with table->close. */
int kanto_connect(const struct kanto_options *options, struct kanto **ret_kanto, struct error *err);

#endif
