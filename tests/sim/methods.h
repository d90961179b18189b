/* What each method does and answers. The sentences are the daemon's own, as recorded. */
#ifndef KD_SIM_METHODS_H
#define KD_SIM_METHODS_H

#include "faults.h"
#include "kanto/kanto.h"
#include "store.h"

struct simulation {
    struct store store;
    struct faults faults;
};

struct reply {
    int status;    /* gRPC */
    char *message; /* NULL when OK */
    const ProtobufCMessage
        *response; /* borrowed until the next call of methods_run, NULL when not OK */
};

/* What the request is about, for latencies and refusals; borrowed from the request. */
struct subject {
    const char *id, *name, *image;
};
struct subject methods_subject(enum kanto_method method, const ProtobufCMessage *request);

const ProtobufCMessageDescriptor *methods_request(enum kanto_method method);

void methods_run(struct simulation *simulation, enum kanto_method method,
    const ProtobufCMessage *request, struct reply *ret_reply);

/* The client went away in the middle: what that leaves behind (recorded: cancel). */
void methods_cut(
    struct simulation *simulation, enum kanto_method method, const ProtobufCMessage *request);

#endif
