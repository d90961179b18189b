#include "change.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "daemon.h"
#include "life.h"
#include "model/check.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>

enum phase {
    PREPARING,
    RUNNING_UP, /* containerd has the id: a cut from here on makes it unusable */
};

/* ---- Start ---- */

static void launch(struct operation *operation)
{
    struct box *box = operation->box;
    scoped_free char *error = life_join(box);
    box->starting = false;
    if (!error) {
        box_set_restart_count(box, 0);
        box_set_manually_stopped(box, false);
        box->started_before = true;
        error = life_run(box);
    }
    store_save(operation->daemon, box);
    if (error)
        operation_fail(operation, "%s", error);
    else
        operation_done(operation);
}

static void run_up(struct operation *operation)
{
    int64_t whole = faults_duration(&operation->daemon->faults, FAULTS_START_MS);
    operation->phase = RUNNING_UP;
    operation->box->starting = true;
    store_save(operation->daemon, operation->box);
    operation_wait(operation, whole - whole / 4, launch);
}

void start_begin(struct operation *operation)
{
    struct box *box = operation->box;
    struct daemon *daemon = operation->daemon;
    const char *id = box->container->id;
    if (box_status(box) == STATUS_RUNNING) {
        operation_fail(operation, "the container with id = %s is already running", id);
    } else if (box_status(box) == STATUS_PAUSED) {
        operation_fail(operation,
            "the container with id = %s is paused - cannot start it - try unpausing it instead",
            id);
    } else if (clock_now(&daemon->clock) < daemon->ready_ms) {
        operation_fail(operation, "no network controller to connect to default network");
    } else {
        life_forget_restart(box);
        box->taken_over = false;
        box->backoff_ms = 0;
        operation->phase = PREPARING;
        operation_wait(operation, faults_duration(&daemon->faults, FAULTS_START_MS) / 4, run_up);
    }
}

bool start_cut(struct operation *operation)
{
    struct daemon *daemon = operation->daemon;
    struct box *box = operation->box;
    clock_unset(&daemon->clock, &operation->timer);
    box->starting = false;
    if (operation->phase == RUNNING_UP && daemon->faults.unusable_ids)
        daemon_make_unusable(daemon, box->container->id);
    box_set_ended(box, STATUS_STOPPED, 0, "context canceled", false);
    store_save(daemon, box);
    daemon_leave(operation);
    return true;
}

/* ---- Update ---- */

static void keep_first(void *context, const struct finding *finding)
{
    char **verdict = context;
    if (!*verdict)
        *verdict = memory_string(finding->verdict);
}

/* The rules of Create for the two messages. */
static char *check(Kanto__RestartPolicy *policy, Kanto__Resources *resources)
{
    Kanto__Container container = KANTO__CONTAINER__INIT;
    Kanto__Image image = KANTO__IMAGE__INIT;
    Kanto__HostConfig host = KANTO__HOST_CONFIG__INIT;
    char *verdict = NULL;
    image.name = (char *)"host/image:tag";
    container.image = &image;
    container.host_config = &host;
    host.restart_policy = policy;
    host.resources = resources;
    container_check(&container, keep_first, &verdict);
    return verdict;
}

static void replace(ProtobufCMessage **place, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    scoped_free uint8_t *bytes = memory_zeroed(size + 1, 1);
    protobuf_c_message_pack(message, bytes);
    if (*place)
        protobuf_c_message_free_unpacked(*place, NULL);
    *place = size ? protobuf_c_message_unpack(message->descriptor, NULL, size, bytes) : NULL;
}

static bool same_policy(const Kanto__RestartPolicy *a, const Kanto__RestartPolicy *b)
{
    return a && b && strcmp(a->type ? a->type : "", b->type ? b->type : "") == 0 &&
           a->maximum_retry_count == b->maximum_retry_count && a->retry_timeout == b->retry_timeout;
}

/* A changed policy is applied at once to what has ended (recorded: update-states). */
static void apply_policy(struct box *box)
{
    enum container_status status = box_status(box);
    if (box->restart_pending) {
        life_forget_restart(box);
        box_set_ended(box, STATUS_STOPPED, 0, "container's restart manager is canceled", false);
    } else if (status != STATUS_STOPPED && status != STATUS_EXITED) {
        return;
    }
    box->backoff_ms = 0;
    if (life_wants_restart(box, box->container->state->exit_code))
        life_restart_later(box);
}

void update_begin(struct operation *operation)
{
    const Kanto__UpdateOptions *options =
        ((const Kanto__UpdateContainerRequest *)operation->request)->updateoptions;
    struct box *box = operation->box;
    Kanto__HostConfig *host = box->container->host_config;
    Kanto__RestartPolicy *policy = options ? options->restart_policy : NULL;
    Kanto__Resources *resources = options ? options->resources : NULL;
    scoped_free char *verdict = policy || resources ? check(policy, resources) : NULL;
    if (verdict) {
        operation_fail(operation, "%s", verdict);
        return;
    }
    if (resources && box->missed) {
        operation_fail(operation, "cannot update a stopped container: unknown");
        return;
    }
    bool changed = policy && !same_policy(policy, host->restart_policy);
    if (resources)
        replace((ProtobufCMessage **)&host->resources, &resources->base);
    if (policy)
        replace((ProtobufCMessage **)&host->restart_policy, &policy->base);
    if (changed)
        apply_policy(box);
    store_save(operation->daemon, box);
    operation_done(operation);
}

/* ---- Rename, Pause, Unpause ---- */

void rename_begin(struct operation *operation)
{
    const char *name = ((const Kanto__RenameContainerRequest *)operation->request)->name;
    struct box *box = operation->box;
    size_t length = name ? strlen(name) : 0;
    for (size_t i = 0; i < length; i++) {
        bool word = (name[i] >= '0' && name[i] <= '9') || name[i] == '_' ||
                    ((name[i] | 32) >= 'a' && (name[i] | 32) <= 'z');
        if (word || (i > 0 && (name[i] == '.' || name[i] == '-')))
            continue;
        operation_fail(operation, "invalid container name format : %s", name);
        return;
    }
    if (length > 0) {
        free(box->container->name);
        box->container->name = memory_string(name);
        store_save(operation->daemon, box);
    }
    operation_done(operation);
}

void pause_begin(struct operation *operation)
{
    struct box *box = operation->box;
    if (box_status(box) != STATUS_RUNNING) {
        operation_fail(operation, "container with id = %s is not running - current status is %s",
            box->container->id, container_status_word(box_status(box)));
    } else if (box->missed) {
        operation_fail(operation, "cannot pause a stopped container: unknown");
    } else {
        box->process.frozen = true;
        box_set_paused(box, true);
        store_save(operation->daemon, box);
        operation_done(operation);
    }
}

void unpause_begin(struct operation *operation)
{
    struct box *box = operation->box;
    if (box_status(box) != STATUS_PAUSED) {
        operation_fail(
            operation, "container id = %s is not paused - cannot unpause it ", box->container->id);
        return;
    }
    box->process.frozen = false;
    box_set_paused(box, false);
    store_save(operation->daemon, box);
    operation_done(operation);
}
