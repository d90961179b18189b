#include "stop.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "daemon.h"
#include "life.h"
#include "network.h"
#include "signals.h"
#include "store.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define GRACE_MS 30000 /* the daemon's own */

static const Kanto__StopOptions *options_of(const struct operation *operation)
{
    return operation->method == KANTO_STOP
               ? ((const Kanto__StopContainerRequest *)operation->request)->stopoptions
               : ((const Kanto__RemoveContainerRequest *)operation->request)->stopoptions;
}

static void print_signal(const struct operation *operation, char *name, size_t size)
{
    if (!signal_print(operation->signal, name, size))
        snprintf(name, size, "%d", operation->signal);
}

static void take_away(struct operation *operation)
{
    struct daemon *daemon = operation->daemon;
    struct box *box = operation->box;
    life_forget_restart(box);
    if (box->missed) /* containerd keeps what the daemon could not stop */
        daemon_hold(daemon, box->container->id);
    store_drop(daemon, box->container->id);
    network_leave(box);
    daemon_remove(daemon, box);
    operation_done(operation);
}

static void finish(struct operation *operation)
{
    operation->box->stopping = NULL;
    if (operation->method == KANTO_REMOVE)
        take_away(operation);
    else
        operation_done(operation);
}

void stop_process_ended(struct operation *operation)
{
    finish(operation);
}

static void give_up(struct operation *operation)
{
    char name[16];
    struct box *box = operation->box;
    print_signal(operation, name, sizeof(name));
    box->stopping = NULL;
    box_set_manually_stopped(box, operation->was_stopped);
    store_save(operation->daemon, box);
    operation_fail(
        operation, "could not stop container with ID = %s with %s", box->container->id, name);
}

/* A client that hung up takes the daemon's will to kill with it. What is killed gets the same time
 * once more. */
static void patience_ends(struct operation *operation)
{
    struct box *box = operation->box;
    if (!operation->force || operation->cut || operation->signal == SIGKILL) {
        give_up(operation);
        return;
    }
    operation->signal = SIGKILL;
    operation_wait(operation, operation->patience_ms, patience_ends);
    life_signal(box, SIGKILL);
}

static void send(struct operation *operation)
{
    struct box *box = operation->box;
    if (box->missed && operation->signal != SIGKILL) {
        if (operation->method == KANTO_REMOVE)
            finish(operation);
        else
            operation_fail(operation, "process already finished: not found");
        return;
    }
    operation->was_stopped = box->container->manually_stopped;
    box->stopping = operation;
    box_set_manually_stopped(box, true);
    operation_wait(operation, operation->patience_ms, patience_ends);
    life_signal(box, operation->signal);
}

/* Refuses what is no signal or no time; the rest goes into the operation. */
static bool read_options(struct operation *operation)
{
    const Kanto__StopOptions *options = options_of(operation);
    const char *text = options && options->signal && *options->signal ? options->signal : "SIGTERM";
    int64_t timeout = options ? options->timeout : 0;
    operation->signal = signal_parse(text);
    operation->force = options ? options->force : operation->method == KANTO_REMOVE;
    operation->patience_ms = timeout > 0 ? timeout * 1000 : GRACE_MS;
    if (timeout < 0)
        operation_fail(operation, "the timeout = %lld shouldn't be negative", (long long)timeout);
    else if (operation->signal < 0)
        operation_fail(operation, "invalid signal = %s", text);
    else if (operation->signal > SIGRTMAX)
        operation_fail(operation, "unknown error after kill: runc did not terminate successfully: "
                                  "exit status 1: unable to signal init: invalid argument\n: "
                                  "unknown");
    else
        return true;
    return false;
}

static bool is_up(const struct box *box)
{
    return box_status(box) == STATUS_RUNNING || box_status(box) == STATUS_PAUSED;
}

void stop_begin(struct operation *operation)
{
    struct box *box = operation->box;
    if (!is_up(box))
        operation_fail(operation, "cannot perform stop operation for container: %s, with state: %s",
            box->container->id, container_status_word(box_status(box)));
    else if (read_options(operation))
        send(operation);
}

void remove_begin(struct operation *operation)
{
    struct box *box = operation->box;
    if (!is_up(box))
        operation_wait(
            operation, faults_duration(&operation->daemon->faults, FAULTS_REMOVE_MS), take_away);
    else if (!((const Kanto__RemoveContainerRequest *)operation->request)->force)
        operation_fail(operation,
            "container with id = %s is not stopped - must set the force flag to true to remove it",
            box->container->id);
    else if (read_options(operation))
        send(operation);
}
