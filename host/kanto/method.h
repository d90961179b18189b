/* One row a method: its path, its patience, its messages. Private to the room. Source: kanto-cm's
 * services. */
#ifndef KD_KANTO_METHOD_H
#define KD_KANTO_METHOD_H

#include "kanto/kanto.h"

struct method {
    const char *name;
    const char *path;
    int64_t bound_ms; /* patient: a call that is cut short can make an id unusable */
    const ProtobufCMessageDescriptor *response;
    bool needs_id;
    bool stream;
};

const struct method *method_row(enum kanto_method method);

/* How long the call may take: what the request says, else the method's bound, and for what stops a
 * container at least twice the grace that the request gives it, and 30 s. */
int64_t method_bound_ms(const struct kanto_request *request);

#endif
