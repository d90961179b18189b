/* One row a method: its path, its patience, its messages, and which of its errors mean success.
 * Private to the room. Source: kanto-cm's services; the sentences are recorded (success-errors,
 * lifecycle). */
#ifndef KD_KANTO_METHOD_H
#define KD_KANTO_METHOD_H

#include "kanto/kanto.h"

struct method {
    const char *name;
    const char *path;
    int64_t bound_ms; /* patient: a call that is cut short can burn a container for ever */
    const ProtobufCMessageDescriptor *response;
    bool needs_id;
    bool stream;
    const char *already[2]; /* ends of the sentences that mean: it is so already */
};

const struct method *method_row(enum kanto_method method);
bool method_means_success(enum kanto_method method, const char *message);

#endif
