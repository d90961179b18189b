/* A call on its way through the simulated daemon. */
#ifndef KD_SIM_OPERATION_H
#define KD_SIM_OPERATION_H

#include "clock.h"
#include "kanto/kanto.h"

#define OPERATION_FAILED 2 /* gRPC: what failed operations of kanto-cm end with */

struct box;
struct daemon;

struct reply {
    int status;          /* gRPC */
    const char *message; /* "" when OK */
    /* One response of a unary call; of Logs each in turn. Borrowed for the time of the call. */
    const ProtobufCMessage *const *responses;
    size_t response_count;
};

struct operation {
    struct daemon *daemon;
    enum kanto_method method;
    const ProtobufCMessage *request;
    /* Called once, unless the operation was cut. */
    void (*answer)(struct operation *operation, const struct reply *reply);
    void *context;

    /* the daemon's own */
    struct box *box;
    struct operation *next; /* in the box's queue, or among the Creates */
    struct timer timer;
    void (*resume)(struct operation *operation);
    int64_t patience_ms; /* Stop: how long it waits after each signal */
    int signal;
    bool force;
    bool was_stopped; /* manually_stopped before this Stop */
    int phase;        /* Create, Start: how far it is */
    bool cut;         /* the client is gone: nobody hears the answer */
};

/* What the request is about; borrowed from it. */
struct subject {
    const char *id, *name, *image;
};
struct subject operation_subject(enum kanto_method method, const ProtobufCMessage *request);
const ProtobufCMessageDescriptor *operation_request(enum kanto_method method);

void operation_accept(struct operation *operation, const ProtobufCMessage *response);
void operation_refuse(struct operation *operation, int status, const char *message);
/* With a sentence: UNKNOWN, as all failed operations of kanto-cm. */
void operation_fail(struct operation *operation, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void operation_done(struct operation *operation); /* an empty message */

/* Goes on with `resume` after a while. */
void operation_wait(
    struct operation *operation, int64_t ms, void (*resume)(struct operation *operation));

#endif
