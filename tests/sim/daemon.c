#include "daemon.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "change.h"
#include "create.h"
#include "read.h"
#include "stop.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>

#define STATUS_CODE_INTERNAL 13

/* ---- containers and ids ---- */

struct box *daemon_find(const struct daemon *daemon, const char *id)
{
    for (size_t i = 0; i < daemon->count; i++)
        if (strcmp(daemon->boxes[i]->container->id, id) == 0)
            return daemon->boxes[i];
    return NULL;
}

struct subject daemon_subject(
    const struct daemon *daemon, enum kanto_method method, const ProtobufCMessage *request)
{
    struct subject subject = operation_subject(method, request);
    const struct box *box =
        method != KANTO_CREATE && subject.id ? daemon_find(daemon, subject.id) : NULL;
    if (box) {
        subject.name = container_name(box->container);
        subject.image = container_image(box->container);
    }
    return subject;
}

void daemon_add(struct daemon *daemon, struct box *box)
{
    memory_grow(&daemon->boxes, &daemon->capacity, daemon->count, sizeof(struct box *));
    daemon->boxes[daemon->count++] = box;
}

/* Calls that wait for it find it gone. */
void daemon_remove(struct daemon *daemon, struct box *box)
{
    size_t at = 0;
    while (daemon->boxes[at] != box)
        at++;
    daemon->boxes[at] = daemon->boxes[--daemon->count];
    struct operation *waiting = box->first;
    if (box->working)
        box->working->box = NULL;
    box_free(box);
    while (waiting) {
        struct operation *next = waiting->next;
        waiting->next = NULL;
        waiting->box = NULL;
        if (waiting->method ==
            KANTO_REMOVE) /* it had found the container (recorded: concurrency) */
            operation_done(waiting);
        else
            daemon_begin(daemon, waiting);
        waiting = next;
    }
}

static bool holds(char *const *ids, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

bool daemon_is_unusable(const struct daemon *daemon, const char *id)
{
    return holds(daemon->unusable, daemon->unusable_count, id);
}

void daemon_make_unusable(struct daemon *daemon, const char *id)
{
    if (daemon_is_unusable(daemon, id))
        return;
    memory_grow(
        &daemon->unusable, &daemon->unusable_capacity, daemon->unusable_count, sizeof(char *));
    daemon->unusable[daemon->unusable_count++] = memory_string(id);
    store_save_rest(daemon);
}

bool daemon_is_held(const struct daemon *daemon, const char *id)
{
    return holds(daemon->held, daemon->held_count, id);
}

void daemon_hold(struct daemon *daemon, const char *id)
{
    memory_grow(&daemon->held, &daemon->held_capacity, daemon->held_count, sizeof(char *));
    daemon->held[daemon->held_count++] = memory_string(id);
}

/* ---- calls ---- */

bool daemon_enter(struct operation *operation, struct box *box)
{
    operation->box = box;
    if (!box->working) {
        box->working = operation;
        return true;
    }
    operation->next = NULL;
    *box->last = operation;
    box->last = &operation->next;
    return false;
}

static void work(struct operation *operation)
{
    switch (operation->method) {
    case KANTO_START:
        start_begin(operation);
        break;
    case KANTO_STOP:
        stop_begin(operation);
        break;
    case KANTO_REMOVE:
        remove_begin(operation);
        break;
    case KANTO_UPDATE:
        update_begin(operation);
        break;
    case KANTO_RENAME:
        rename_begin(operation);
        break;
    case KANTO_PAUSE:
        pause_begin(operation);
        break;
    default:
        unpause_begin(operation);
        break;
    }
}

void daemon_leave(struct operation *operation)
{
    struct box *box = operation->box;
    operation->box = NULL;
    if (!box || box->working != operation)
        return;
    struct operation *next = box->first;
    box->working = next;
    if (!next)
        return;
    box->first = next->next;
    if (!box->first)
        box->last = &box->first;
    next->next = NULL;
    /* From the clock, not from within the one that has just ended. */
    operation_wait(next, 0, work);
}

void daemon_begin(struct daemon *daemon, struct operation *operation)
{
    const char *id = operation_subject(operation->method, operation->request).id;
    struct box *box;
    operation->daemon = daemon;
    switch (operation->method) {
    case KANTO_CREATE:
        create_begin(operation);
        return;
    case KANTO_GET:
        read_get(operation);
        return;
    case KANTO_LIST:
        read_list(operation);
        return;
    case KANTO_LOGS:
        read_logs(operation);
        return;
    case KANTO_LIST_STREAM:
        read_nothing(operation);
        return;
    case KANTO_PROJECT_INFO:
        read_info(operation);
        return;
    case KANTO_RESTART:
        operation_refuse(operation, STATUS_CODE_INTERNAL,
            "grpc: error while marshaling: proto: Marshal called with nil");
        return;
    default:
        break;
    }
    box = daemon_find(daemon, id ? id : "");
    if (!box)
        operation_fail(operation, "no such container with id = %s exists", id ? id : "");
    else if (daemon_enter(operation, box))
        work(operation);
}

static void leave_queue(struct operation *operation)
{
    struct box *box = operation->box;
    struct operation **at = &box->first;
    while (*at && *at != operation)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = operation->next;
    if (!*at)
        box->last = at;
}

bool daemon_cut(struct daemon *daemon, struct operation *operation)
{
    (void)daemon;
    operation->cut = true;
    if (operation->method == KANTO_CREATE)
        return create_cut(operation);
    if (!operation->box)
        return true;
    if (operation->box->working != operation) {
        leave_queue(operation);
        return true;
    }
    if (operation->method == KANTO_START)
        return start_cut(operation);
    return false; /* a Stop goes on to its end */
}
