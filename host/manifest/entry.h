/* Entries of maps: protobuf-c has none, on the wire (and in the proto here) a map is a repeated
 * message of `key` and `value`; in JSON it is an object. */
#ifndef KD_MANIFEST_ENTRY_H
#define KD_MANIFEST_ENTRY_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <string.h>

static inline const ProtobufCFieldDescriptor *entry_key(const ProtobufCMessageDescriptor *message)
{
    return &message->fields[0];
}

static inline const ProtobufCFieldDescriptor *entry_value(const ProtobufCMessageDescriptor *message)
{
    return &message->fields[1];
}

/* Whether a repeated field is a map (of messages). */
static inline bool entry_is(const ProtobufCFieldDescriptor *field)
{
    const ProtobufCMessageDescriptor *message = field->descriptor;
    return field->type == PROTOBUF_C_TYPE_MESSAGE && message->n_fields == 2 &&
           strcmp(message->fields[0].name, "key") == 0 &&
           strcmp(message->fields[1].name, "value") == 0;
}

#endif
