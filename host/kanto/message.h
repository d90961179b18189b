/* Requests → bytes, bytes → answers. Private to the room. */
#ifndef KD_KANTO_MESSAGE_H
#define KD_KANTO_MESSAGE_H

#include "kanto/kanto.h"

#include <grpc/byte_buffer.h>

/* The request's message as the daemon takes it; protobuf_c_message_free_unpacked is NOT for it: its
 * strings are the request's. */
struct message {
    Kanto__CreateContainerRequest create;
    Kanto__ContainerIdRequest id;
    Kanto__StopContainerRequest stop;
    Kanto__UpdateContainerRequest update;
    Kanto__UpdateOptions update_options;
    Kanto__RenameContainerRequest rename;
    Kanto__RemoveContainerRequest remove;
    Kanto__GetLogsRequest logs;
    Kanto__Empty empty;
    const ProtobufCMessage *base; /* the one that is meant */
};

/* Negative for what must never be sent. */
int message_build(
    const struct kanto_request *request, struct message *ret_message, struct error *err);
grpc_byte_buffer *message_pack(const ProtobufCMessage *message);

/* NULL when the bytes are no such message, or none came. Their number is bounded by the channel;
 * the messages do not nest without end (none holds itself). */
ProtobufCMessage *message_unpack(
    const ProtobufCMessageDescriptor *descriptor, grpc_byte_buffer *buffer);

#endif
