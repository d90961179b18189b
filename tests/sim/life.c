#include "life.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "capability.h"
#include "daemon.h"
#include "hook.h"
#include "mount.h"
#include "network.h"
#include "output.h"
#include "sentences.h"
#include "stop.h"
#include "store.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NOTICED_MS       60 /* until the daemon knows of an end that it did not ask for */
#define HOST_NAME_MOST   64 /* sethostname(2) */
#define BACKOFF_FIRST_MS 100
#define BACKOFF_MOST_MS  60000
#define LONG_LIFE_MS     10000 /* resets the back-off */
#define OOM_EXIT_CODE    137
#define BYTES_NEEDED     (64LL << 20)
#define ID_LENGTH_MAX    76

/* ---- the end ---- */

static void ended(struct box *box, int exit_code, bool oom);

static int64_t memory_limit(const Kanto__Container *container)
{
    const Kanto__Resources *resources =
        container->host_config ? container->host_config->resources : NULL;
    char *unit = NULL;
    if (!resources || !resources->memory || !*resources->memory)
        return INT64_MAX;
    int64_t value = strtoll(resources->memory, &unit, 10);
    while (*unit == ' ')
        unit++;
    switch (*unit) {
    case 'g':
    case 'G':
        return value << 30;
    case 'm':
    case 'M':
        return value << 20;
    case 'k':
    case 'K':
        return value << 10;
    default:
        return value;
    }
}

static void ends_by_itself(void *context)
{
    struct box *box = context;
    const struct behaviour *behaviour = &box->process.behaviour;
    bool oom = behaviour->needs_64m && memory_limit(box->container) < BYTES_NEEDED;
    ended(box, oom ? OOM_EXIT_CODE : behaviour->needs_64m ? 0 : behaviour->exit_code, oom);
}

static void ends_by_signal(void *context)
{
    struct box *box = context;
    ended(box, box->process.ended_with, false);
}

static void ended(struct box *box, int exit_code, bool oom)
{
    struct daemon *daemon = box->daemon;
    struct operation *stopping = box->stopping;
    bool long_life = clock_since(&daemon->clock, box->process.since_ms) >= LONG_LIFE_MS;
    box->process.alive = false;
    if (stopping && faults_miss_exit(&daemon->faults)) {
        box->missed = true;
        store_save(daemon, box);
        return; /* the Stop waits for its whole patience */
    }
    network_leave(box);
    hook_run_stopped(box);
    box_set_ended(box, stopping || daemon->stopping ? STATUS_STOPPED : STATUS_EXITED, exit_code,
        oom ? "OOM Killed" : NULL, oom);
    if (long_life)
        box->backoff_ms = 0;
    if (!box->taken_over && !daemon->stopping && life_wants_restart(box, exit_code))
        life_restart_later(box);
    store_save(daemon, box);
    if (stopping)
        stop_process_ended(stopping);
}

/* ---- the restart manager ---- */

static const Kanto__RestartPolicy *policy_of(const struct box *box)
{
    return box->container->host_config ? box->container->host_config->restart_policy : NULL;
}

bool life_wants_restart(const struct box *box, int64_t exit_code)
{
    const Kanto__RestartPolicy *policy = policy_of(box);
    const char *type = container_policy(box->container);
    if (strcmp(type, "always") == 0)
        return true;
    if (strcmp(type, "unless-stopped") == 0)
        return !box->container->manually_stopped;
    return strcmp(type, "on-failure") == 0 && exit_code != 0 &&
           (policy->maximum_retry_count == 0 ||
               box->container->restart_count < policy->maximum_retry_count);
}

static void restart(void *context)
{
    struct box *box = context;
    box->restart_pending = false;
    scoped_free char *error = life_start(box);
    if (error) /* not tried again */
        box_set_ended(box, STATUS_STOPPED, 0, error, false);
    store_save(box->daemon, box);
}

void life_restart_later(struct box *box)
{
    const Kanto__RestartPolicy *policy = policy_of(box);
    int64_t most =
        policy && policy->retry_timeout > 0 ? policy->retry_timeout * 1000 : BACKOFF_MOST_MS;
    box->backoff_ms = box->backoff_ms ? box->backoff_ms * 2 : BACKOFF_FIRST_MS;
    if (box->backoff_ms > most)
        box->backoff_ms = most;
    box_set_restart_count(box, box->container->restart_count + 1);
    box->restart_pending = true;
    clock_set(&box->daemon->clock, &box->restarts,
        box->backoff_ms + faults_duration(&box->daemon->faults, FAULTS_START_MS), restart, box);
}

void life_forget_restart(struct box *box)
{
    clock_unset(&box->daemon->clock, &box->restarts);
    box->restart_pending = false;
}

/* ---- the start ---- */

static char *valid_for_containerd(const char *id)
{
    bool separated = true;
    if (strlen(id) > ID_LENGTH_MAX)
        return memory_format("create container failed validation: container.ID: identifier \"%s\" "
                             "greater than maximum length (%d characters): invalid argument",
            id, ID_LENGTH_MAX);
    for (const char *at = id; *at; at++) {
        bool separator = *at == '.' || *at == '_' || *at == '-';
        bool letter = (*at >= '0' && *at <= '9') || ((*at | 32) >= 'a' && (*at | 32) <= 'z');
        if (!(letter || (separator && !separated)))
            separated = true, at = id + strlen(id) - 1;
        else
            separated = separator;
    }
    return separated ? memory_format("create container failed validation: container.ID: identifier "
                                     "\"%s\" must match "
                                     "^[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*$: invalid argument",
                           id)
                     : NULL;
}

static char *check_devices(const Kanto__HostConfig *host)
{
    for (size_t i = 0; host && i < host->n_devices; i++) {
        struct stat found;
        const char *path = host->devices[i]->path_on_host;
        if (stat(path, &found) < 0)
            return memory_format("error gathering device information while adding custom device "
                                 "\"%s\": no such file or directory",
                path);
        if (!S_ISCHR(found.st_mode) && !S_ISBLK(found.st_mode))
            return memory_format("error gathering device information while adding custom device "
                                 "\"%s\": not a device node",
                path);
    }
    return NULL;
}

static char *check_runtime(const Kanto__HostConfig *host)
{
    const char *runtime = host && host->runtime ? host->runtime : "";
    if (strcmp(runtime, "io.containerd.kata.v2") != 0)
        return NULL;
    return memory_string("failed to start shim: failed to resolve runtime path: runtime "
                         "\"io.containerd.kata.v2\" binary not installed "
                         "\"containerd-shim-kata-v2\": file does not exist: unknown");
}

static char *check_command(const struct behaviour *behaviour)
{
    if (!behaviour->start_error)
        return NULL;
    if (strchr(behaviour->command, '/'))
        return memory_format(RUNC_START "exec: \"%s\": stat %s: no such file or directory: unknown",
            behaviour->command, behaviour->command);
    return memory_format(
        RUNC_START "exec: \"%s\": executable file not found in $PATH: unknown", behaviour->command);
}

static char *check_unusable(struct box *box)
{
    return daemon_is_unusable(box->daemon, box->container->id)
               ? memory_format("container with ID = %s already exists", box->container->id)
               : NULL;
}

static char *check_host_name(const Kanto__Container *container)
{
    bool good = !container->host_name || strlen(container->host_name) <= HOST_NAME_MOST;
    return good ? NULL
                : memory_string(RUNC_START RUNC_INIT "sethostname: invalid argument: unknown");
}

static char *check_start(struct box *box)
{
    const Kanto__HostConfig *host = box->container->host_config;
    char *error = valid_for_containerd(box->container->id);
    if (!error)
        error = check_unusable(box);
    if (!error)
        error = check_devices(host);
    if (!error)
        error = check_runtime(host);
    if (!error)
        error = mount_check(box->container);
    if (!error)
        error = check_host_name(box->container);
    if (!error)
        error = check_command(&box->process.behaviour);
    if (!error)
        error = hook_run_starting(box);
    return error;
}

/* Start turns every runc runtime into the newest. */
static void use_newest_runc(Kanto__HostConfig *host)
{
    if (!host || !host->runtime ||
        (strcmp(host->runtime, "io.containerd.runtime.v1.linux") != 0 &&
            strcmp(host->runtime, "io.containerd.runc.v1") != 0))
        return;
    free(host->runtime);
    host->runtime = memory_string("io.containerd.runc.v2");
}

static void go(struct box *box)
{
    struct daemon *daemon = box->daemon;
    use_newest_runc(box->container->host_config);
    box->process.alive = true;
    box->process.frozen = false;
    box->process.since_ms = clock_now(&daemon->clock);
    box->missed = false;
    box_set_running(box);
    output_log(box);
    capability_log(box);
    if (box->process.behaviour.exits_ms >= 0)
        clock_set(&daemon->clock, &box->ends, box->process.behaviour.exits_ms + NOTICED_MS,
            ends_by_itself, box);
}

static void look_up_behaviour(struct box *box)
{
    struct images *images = &box->daemon->images;
    images_behaviour(images, images_find(images, container_image(box->container)), box->container,
        &box->process.behaviour);
}

char *life_join(struct box *box)
{
    char *error = network_join(box);
    if (!box->container->hosts_path) {
        box->container->resolv_conf_path =
            memory_format(HOME "/containers/%s/resolv.conf", box->container->id);
        box->container->hosts_path = memory_format(HOME "/containers/%s/hosts", box->container->id);
        box->container->hostname_path =
            memory_format(HOME "/containers/%s/hostname", box->container->id);
    }
    return error;
}

char *life_run(struct box *box)
{
    look_up_behaviour(box);
    char *error = check_start(box);
    if (!error) {
        go(box);
        return NULL;
    }
    network_leave(box);
    box_set_ended(box, STATUS_STOPPED, 0, error, false);
    return error;
}

char *life_start(struct box *box)
{
    char *error = life_join(box);
    return error ? error : life_run(box);
}

/* ---- signals and cuts ---- */

void life_signal(struct box *box, int signal)
{
    int64_t after_ms;
    if (!box->process.alive || (box->process.frozen && signal != SIGKILL) ||
        !behaviour_signal(&box->process.behaviour, signal, &after_ms, &box->process.ended_with))
        return;
    clock_set(&box->daemon->clock, &box->ends, after_ms, ends_by_signal, box);
}

bool life_signal_unseen(struct box *box, int signal)
{
    int64_t after_ms;
    look_up_behaviour(box);
    if (!box->process.alive ||
        !behaviour_signal(&box->process.behaviour, signal, &after_ms, &box->process.ended_with))
        return false;
    box->process.alive = false;
    return true;
}

void life_cut(struct box *box, int exit_code)
{
    clock_unset(&box->daemon->clock, &box->ends);
    box->process.alive = false;
    box->process.ended_with = exit_code;
}

void life_take_over(struct box *box)
{
    struct daemon *daemon = box->daemon;
    int64_t age = clock_since(&daemon->clock, box->process.since_ms);
    look_up_behaviour(box);
    box->taken_over = true;
    box->process.frozen = box_status(box) == STATUS_PAUSED;
    if (!box->process.alive) {
        network_leave(box);
        box_set_ended(box, STATUS_EXITED, box->process.ended_with, NULL, false);
        return;
    }
    network_rejoin(box);
    int64_t left = box->process.behaviour.exits_ms - age;
    if (box->process.behaviour.exits_ms >= 0)
        clock_set(&daemon->clock, &box->ends, left > 0 ? left : 0, ends_by_itself, box);
}
