/* What is desired of a container in one canonical text: what is absent, empty, false or zero is left out, sets
 * are sorted, results are left out. Equal containers have equal texts, for ever: digests in journals
 * and ids are made of it. */
#ifndef KD_MODEL_CANON_H
#define KD_MODEL_CANON_H

#include "base/text.h"
#include "proto/containers.pb-c.h"

#include <stdbool.h>

/* The value of one field as compact JSON; nothing at all when it is absent or empty. */
void canon_field(
    const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, struct text *out);
/* A whole message: {"name":value,…}; "{}" when nothing is set. */
void canon_message(const ProtobufCMessage *message, struct text *out);

/* Whether the name of a runtime means runc: Start makes all of these the same one. */
bool canon_is_runc(const char *runtime);

/* A normalised copy that can be compared with another one. `live`: it comes from the daemon. What
 * the daemon rewrites on its own way is levelled: runc runtimes (Start makes them one), an
 * unlimited swap (Create empties
 * "-1", Update keeps it). container_free() it. */
Kanto__Container *canon_comparable(const Kanto__Container *container, bool live);

#endif
