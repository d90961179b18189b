#include "kanto/message.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "kanto/method.h"

#include <grpc/byte_buffer_reader.h>
#include <grpc/slice.h>
#include <stdlib.h>
#include <string.h>

static bool empty(const char *text)
{
    return !text || !*text;
}

static int build_create(
    const struct kanto_request *request, struct message *message, struct error *err)
{
    const Kanto__Container *container = request->container;
    if (!container || !container->image || empty(container->image->name))
        return error_set(
            err, ERROR_INVALID, "a Create without image.name is never sent: it crashes kanto-cm");
    message->create = (Kanto__CreateContainerRequest)KANTO__CREATE_CONTAINER_REQUEST__INIT;
    message->create.container = (Kanto__Container *)container;
    message->base = &message->create.base;
    return 0;
}

static void build_update(const struct kanto_request *request, struct message *message)
{
    message->update_options = (Kanto__UpdateOptions)KANTO__UPDATE_OPTIONS__INIT;
    message->update_options.restart_policy = (Kanto__RestartPolicy *)request->policy;
    message->update_options.resources = (Kanto__Resources *)request->resources;
    message->update = (Kanto__UpdateContainerRequest)KANTO__UPDATE_CONTAINER_REQUEST__INIT;
    message->update.id = (char *)request->id;
    message->update.updateoptions = &message->update_options;
    message->base = &message->update.base;
}

static void build_remove(const struct kanto_request *request, struct message *message)
{
    message->remove = (Kanto__RemoveContainerRequest)KANTO__REMOVE_CONTAINER_REQUEST__INIT;
    message->remove.id = (char *)request->id;
    message->remove.has_force = message->remove.force = request->force;
    message->remove.stopoptions = (Kanto__StopOptions *)request->stop;
    message->base = &message->remove.base;
}

static void build_other(const struct kanto_request *request, struct message *message)
{
    switch (request->method) {
    case KANTO_STOP:
        message->stop = (Kanto__StopContainerRequest)KANTO__STOP_CONTAINER_REQUEST__INIT;
        message->stop.id = (char *)request->id;
        message->stop.stopoptions = (Kanto__StopOptions *)request->stop;
        message->base = &message->stop.base;
        break;
    case KANTO_RENAME:
        message->rename = (Kanto__RenameContainerRequest)KANTO__RENAME_CONTAINER_REQUEST__INIT;
        message->rename.id = (char *)request->id;
        message->rename.name = (char *)request->name;
        message->base = &message->rename.base;
        break;
    case KANTO_LOGS:
        message->logs = (Kanto__GetLogsRequest)KANTO__GET_LOGS_REQUEST__INIT;
        message->logs.id = (char *)request->id;
        message->logs.has_tail = true;
        message->logs.tail = request->tail;
        message->base = &message->logs.base;
        break;
    default:
        message->id = (Kanto__ContainerIdRequest)KANTO__CONTAINER_ID_REQUEST__INIT;
        message->id.id = (char *)request->id;
        message->base = &message->id.base;
        break;
    }
}

int message_build(
    const struct kanto_request *request, struct message *ret_message, struct error *err)
{
    struct message *message = ret_message;
    if (method_row(request->method)->needs_id && empty(request->id))
        return error_set(err, ERROR_INVALID, "%s without an id is never sent",
            kanto_method_name(request->method));
    switch (request->method) {
    case KANTO_CREATE:
        return build_create(request, message, err);
    case KANTO_UPDATE:
        build_update(request, message);
        break;
    case KANTO_REMOVE:
        build_remove(request, message);
        break;
    case KANTO_LIST:
    case KANTO_LIST_STREAM:
    case KANTO_PROJECT_INFO:
        message->empty = (Kanto__Empty)KANTO__EMPTY__INIT;
        message->base = &message->empty.base;
        break;
    default:
        build_other(request, message);
        break;
    }
    return 0;
}

grpc_byte_buffer *message_pack(const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    grpc_slice slice = grpc_slice_malloc(size);
    protobuf_c_message_pack(message, GRPC_SLICE_START_PTR(slice));
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    return buffer;
}

static void *take(void *context, size_t size)
{
    (void)context;
    return memory_taken(size);
}

static void give(void *context, void *bytes)
{
    (void)context;
    free(bytes);
}

/* A field of number 0 is none (protobuf's own rule). protobuf-c takes one that is written in more
 * bytes than it needs, and cannot read it back: a copy of such a message, which is packed and
 * unpacked, could not be made. */
static bool has_field_zero(const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->n_unknown_fields; i++)
        if (message->unknown_fields[i].tag == 0)
            return true;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const char *at = (const char *)message + field->offset;
        if (field->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        bool many = field->label == PROTOBUF_C_LABEL_REPEATED;
        ProtobufCMessage *const *inner =
            many ? *(ProtobufCMessage * *const *)at : (ProtobufCMessage *const *)at;
        size_t count = many ? *(const size_t *)((const char *)message + field->quantifier_offset)
                            : *inner != NULL;
        for (size_t j = 0; j < count; j++)
            if (has_field_zero(inner[j]))
                return true;
    }
    return false;
}

/* NULL is an answer that cannot be read, never want of memory. */
ProtobufCMessage *message_unpack(
    const ProtobufCMessageDescriptor *descriptor, grpc_byte_buffer *buffer)
{
    grpc_byte_buffer_reader reader;
    if (!buffer || !grpc_byte_buffer_reader_init(&reader, buffer))
        return NULL;
    grpc_slice whole = grpc_byte_buffer_reader_readall(&reader);
    grpc_byte_buffer_reader_destroy(&reader);
    ProtobufCAllocator allocator = {.alloc = take, .free = give};
    ProtobufCMessage *message = protobuf_c_message_unpack(
        descriptor, &allocator, GRPC_SLICE_LENGTH(whole), GRPC_SLICE_START_PTR(whole));
    grpc_slice_unref(whole);
    if (!message || !has_field_zero(message))
        return message;
    protobuf_c_message_free_unpacked(message, &allocator);
    return NULL;
}
