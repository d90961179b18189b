#include "methods.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "model/check.h"
#include "model/defaults.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define STATUS_CODE_UNKNOWN       2
#define STATUS_CODE_UNIMPLEMENTED 12
#define STATUS_CODE_INTERNAL      13

static Kanto__CreateContainerResponse create_response = KANTO__CREATE_CONTAINER_RESPONSE__INIT;
static Kanto__GetContainerResponse get_response = KANTO__GET_CONTAINER_RESPONSE__INIT;
static Kanto__ListContainersResponse empty_list = KANTO__LIST_CONTAINERS_RESPONSE__INIT;
static Kanto__ProjectInfo info = KANTO__PROJECT_INFO__INIT;
static Kanto__ProjectInfoResponse info_response = KANTO__PROJECT_INFO_RESPONSE__INIT;
static Kanto__Empty empty = KANTO__EMPTY__INIT;

static void refuse(struct reply *reply, char *message)
{
    *reply = (struct reply){.status = STATUS_CODE_UNKNOWN, .message = message};
}

static void accept(struct reply *reply, const ProtobufCMessage *response)
{
    *reply = (struct reply){.response = response};
}

static char *random_id(void)
{
    unsigned char b[16] = {0};
    if (getrandom(b, sizeof(b), 0) < 0)
        abort();
    return memory_format("%02x%02x%02x%02x-%02x%02x-4%x%02x-8%x%02x-%02x%02x%02x%02x%02x%02x", b[0],
        b[1], b[2], b[3], b[4], b[5], b[6] & 15, b[7], b[8] & 15, b[9], b[10], b[11], b[12], b[13],
        b[14], b[15]);
}

/* The first verdict is what the daemon says. */
static void keep_first(void *context, const struct finding *finding)
{
    char **verdict = context;
    if (!*verdict)
        *verdict = memory_string(finding->verdict);
}

static void run_create(
    struct simulation *simulation, const Kanto__Container *wish, struct reply *reply)
{
    char *verdict = NULL;
    if (wish && *container_id(wish) && store_find(&simulation->store, wish->id)) {
        refuse(reply, memory_format("container with id = %s already exists", wish->id));
        return;
    }
    if (!wish || !wish->image) { /* the real one crashes */
        refuse(reply, memory_string("a Create without a container or an image crashes the daemon"));
        return;
    }
    container_check(wish, keep_first, &verdict);
    if (verdict) {
        refuse(reply, verdict);
        return;
    }
    if (strstr(wish->image->name, "nosuch")) {
        refuse(reply, memory_format("failed to resolve reference \"%s\": %s: not found",
                          wish->image->name, wish->image->name));
        return;
    }
    Kanto__Container *container = container_clone(wish);
    if (!*container_id(container)) {
        free(container->id);
        container->id = random_id();
    }
    container_normalise(container);
    store_set_status(container, STATUS_CREATED);
    store_add(&simulation->store, container);
    create_response.container = container;
    accept(reply, &create_response.base);
}

static void run_start(
    struct simulation *simulation, Kanto__Container *container, struct reply *reply)
{
    if (container_status(container) == STATUS_RUNNING) {
        refuse(
            reply, memory_format("the container with id = %s is already running", container->id));
    } else if (container_status(container) == STATUS_PAUSED) {
        refuse(
            reply, memory_format(
                       "the container with id = %s is paused - cannot start it - try unpausing it "
                       "instead",
                       container->id));
    } else if (store_is_burnt(&simulation->store, container->id)) {
        refuse(reply, memory_format("container with ID = %s already exists", container->id));
    } else if (faults_network_is_down(&simulation->faults)) {
        refuse(reply, memory_string("no network controller to connect to default network"));
    } else {
        store_set_status(container, STATUS_RUNNING);
        container->has_manually_stopped = container->manually_stopped = false;
        container->has_restart_count = false;
        container->restart_count = 0;
        accept(reply, &empty.base);
    }
}

static void run_stop(Kanto__Container *container, struct reply *reply)
{
    enum container_status status = container_status(container);
    if (status != STATUS_RUNNING && status != STATUS_PAUSED) {
        refuse(
            reply, memory_format("cannot perform stop operation for container: %s, with state: %s",
                       container->id, container_status_word(status)));
        return;
    }
    store_set_status(container, STATUS_STOPPED);
    container->has_manually_stopped = container->manually_stopped = true;
    accept(reply, &empty.base);
}

static void run_remove(
    struct simulation *simulation, Kanto__Container *container, bool force, struct reply *reply)
{
    if (container_status(container) == STATUS_RUNNING && !force) {
        refuse(reply, memory_format("container with id = %s is not stopped - must set the force "
                                    "flag to true to remove it",
                          container->id));
        return;
    }
    store_remove(&simulation->store, container);
    accept(reply, &empty.base);
}

struct subject methods_subject(enum kanto_method method, const ProtobufCMessage *request)
{
    const Kanto__CreateContainerRequest *create = (const Kanto__CreateContainerRequest *)request;
    if (method != KANTO_CREATE) {
        bool without_id =
            method == KANTO_LIST || method == KANTO_LIST_STREAM || method == KANTO_PROJECT_INFO;
        /* every other request begins with its id */
        return (struct subject){
            .id = without_id ? NULL : ((const Kanto__ContainerIdRequest *)request)->id};
    }
    if (!create->container)
        return (struct subject){0};
    return (struct subject){.id = create->container->id,
        .name = create->container->name,
        .image = create->container->image ? create->container->image->name : NULL};
}

const ProtobufCMessageDescriptor *methods_request(enum kanto_method method)
{
    switch (method) {
    case KANTO_CREATE:
        return &kanto__create_container_request__descriptor;
    case KANTO_STOP:
        return &kanto__stop_container_request__descriptor;
    case KANTO_REMOVE:
        return &kanto__remove_container_request__descriptor;
    case KANTO_LIST:
    case KANTO_LIST_STREAM:
    case KANTO_PROJECT_INFO:
        return &kanto__empty__descriptor;
    default:
        return &kanto__container_id_request__descriptor;
    }
}

static void run_info(struct reply *reply)
{
    info.project_version = (char *)"1.0.0";
    info.api_version = (char *)"1.0.0";
    info_response.project_info = &info;
    accept(reply, &info_response.base);
}

static void run_on_one(struct simulation *simulation, enum kanto_method method,
    const ProtobufCMessage *request, struct reply *reply)
{
    const char *id = methods_subject(method, request).id;
    Kanto__Container *container = store_find(&simulation->store, id ? id : "");
    if (method == KANTO_GET) {
        get_response.container = container;
        accept(reply, &get_response.base);
    } else if (!container) {
        refuse(reply, memory_format("no such container with id = %s exists", id ? id : ""));
    } else if (method == KANTO_START) {
        run_start(simulation, container, reply);
    } else if (method == KANTO_STOP) {
        run_stop(container, reply);
    } else {
        run_remove(
            simulation, container, ((const Kanto__RemoveContainerRequest *)request)->force, reply);
    }
}

void methods_run(struct simulation *simulation, enum kanto_method method,
    const ProtobufCMessage *request, struct reply *ret_reply)
{
    struct subject subject = methods_subject(method, request);
    const char *refusal = faults_refusal(
        &simulation->faults, kanto_method_name(method), subject.id, subject.name, subject.image);
    if (refusal) {
        refuse(ret_reply, memory_string(refusal));
        return;
    }
    switch (method) {
    case KANTO_LIST:
        accept(ret_reply, faults_list_is_empty(&simulation->faults) ? &empty_list.base
                                                                    : &simulation->store.list.base);
        break;
    case KANTO_PROJECT_INFO:
        run_info(ret_reply);
        break;
    case KANTO_CREATE:
        run_create(
            simulation, ((const Kanto__CreateContainerRequest *)request)->container, ret_reply);
        break;
    case KANTO_GET:
    case KANTO_START:
    case KANTO_STOP:
    case KANTO_REMOVE:
        run_on_one(simulation, method, request, ret_reply);
        break;
    case KANTO_RESTART:
        *ret_reply = (struct reply){
            .status = STATUS_CODE_INTERNAL, .message = memory_string("not implemented")};
        break;
    default:
        *ret_reply = (struct reply){.status = STATUS_CODE_UNIMPLEMENTED,
            .message = memory_format("the simulation has no %s yet", kanto_method_name(method))};
        break;
    }
    if (ret_reply->status == 0)
        store_save(&simulation->store);
}

void methods_cut(
    struct simulation *simulation, enum kanto_method method, const ProtobufCMessage *request)
{
    const char *id = methods_subject(method, request).id;
    Kanto__Container *container = id ? store_find(&simulation->store, id) : NULL;
    /* A Create cut in its pull leaves nothing behind. */
    if (method != KANTO_START || !container || container_status(container) == STATUS_RUNNING)
        return;
    store_set_status(container, STATUS_STOPPED);
    free(container->state->error);
    container->state->error = memory_string("context canceled");
    store_burn(&simulation->store, id);
    store_save(&simulation->store);
}
