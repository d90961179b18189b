#include "operation.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "daemon.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct subject operation_subject(enum kanto_method method, const ProtobufCMessage *request)
{
    const Kanto__CreateContainerRequest *create = (const Kanto__CreateContainerRequest *)request;
    if (method == KANTO_LIST || method == KANTO_LIST_STREAM || method == KANTO_PROJECT_INFO)
        return (struct subject){0};
    if (method != KANTO_CREATE) /* every other request begins with its id */
        return (struct subject){.id = ((const Kanto__ContainerIdRequest *)request)->id};
    if (!create->container)
        return (struct subject){0};
    return (struct subject){.id = create->container->id,
        .name = create->container->name,
        .image = create->container->image ? create->container->image->name : NULL};
}

const ProtobufCMessageDescriptor *operation_request(enum kanto_method method)
{
    switch (method) {
    case KANTO_CREATE:
        return &kanto__create_container_request__descriptor;
    case KANTO_STOP:
        return &kanto__stop_container_request__descriptor;
    case KANTO_REMOVE:
        return &kanto__remove_container_request__descriptor;
    case KANTO_UPDATE:
        return &kanto__update_container_request__descriptor;
    case KANTO_RENAME:
        return &kanto__rename_container_request__descriptor;
    case KANTO_LOGS:
        return &kanto__get_logs_request__descriptor;
    case KANTO_LIST:
    case KANTO_LIST_STREAM:
    case KANTO_PROJECT_INFO:
        return &kanto__empty__descriptor;
    default:
        return &kanto__container_id_request__descriptor;
    }
}

/* What waits behind it on the same container goes on afterwards. */
static void end(struct operation *operation, const struct reply *reply)
{
    clock_unset(&operation->daemon->clock, &operation->timer);
    daemon_leave(operation);
    operation->answer(operation, reply);
}

void operation_accept(struct operation *operation, const ProtobufCMessage *response)
{
    end(operation, &(struct reply){.message = "", .responses = &response, .response_count = 1});
}

void operation_done(struct operation *operation)
{
    const Kanto__Empty empty = KANTO__EMPTY__INIT;
    operation_accept(operation, &empty.base);
}

void operation_refuse(struct operation *operation, int status, const char *message)
{
    end(operation, &(struct reply){.status = status, .message = message});
}

void operation_fail(struct operation *operation, const char *format, ...)
{
    scoped_free char *message = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&message, format, args);
    va_end(args);
    operation_refuse(operation, OPERATION_FAILED, length < 0 ? "out of memory" : message);
}

static void go_on(void *context)
{
    struct operation *operation = context;
    operation->resume(operation);
}

void operation_wait(
    struct operation *operation, int64_t ms, void (*resume)(struct operation *operation))
{
    operation->resume = resume;
    clock_set(&operation->daemon->clock, &operation->timer, ms, go_on, operation);
}
