#include "boot.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "life.h"
#include "network.h"
#include "store.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define GRACE_MS 30000
#define BLIND_MS 30  /* the socket accepts before the containers are read */
#define YOUNG_MS 900 /* until the network is up; the real one took 1 to 3 s */

static bool is_started_at_boot(const struct box *box)
{
    const char *type = container_policy(box->container);
    return box->started_before && !box->container->manually_stopped &&
           (strcmp(type, "always") == 0 || strcmp(type, "unless-stopped") == 0);
}

static void start_again(struct box *box, bool cut)
{
    box->taken_over = false;
    if (cut)
        box_set_restart_count(box, 0);
    scoped_free char *error = life_start(box);
    if (error)
        box_set_ended(box, STATUS_STOPPED, 0, error, false);
}

/* `cut`: the shims are gone too. Who ended while only the daemon was away stays Exited. */
static void bring_up_one(struct box *box, bool cut)
{
    enum container_status status = box_status(box);
    if (box->starting && box->daemon->faults.unusable_ids)
        daemon_make_unusable(box->daemon, box->container->id);
    box->starting = false;
    bool was_up = status == STATUS_RUNNING || status == STATUS_PAUSED;
    if (was_up && !cut) {
        life_take_over(box);
    } else {
        if (was_up) {
            scoped_free char *error =
                memory_format("task for containerd container id = %s not found - container is also "
                              "deleted",
                    box->container->id);
            network_leave(box);
            box_set_ended(box, STATUS_EXITED, 0, error, false);
        }
        if (is_started_at_boot(box))
            start_again(box, cut);
    }
    store_save(box->daemon, box);
}

static void bring_up(void *context)
{
    struct daemon *daemon = context;
    for (size_t i = 0; i < daemon->count; i++)
        bring_up_one(daemon->boxes[i], daemon->was_cut);
    daemon->was_cut = false;
    store_save_rest(daemon);
}

int boot_up(struct daemon *daemon, struct error *err)
{
    if (store_load(daemon, err) < 0)
        return -1;
    int64_t now = clock_now(&daemon->clock);
    bool young = daemon->faults.early_list;
    daemon->blind_ms = young ? now + BLIND_MS : now;
    daemon->ready_ms = young ? now + YOUNG_MS : now;
    if (young)
        clock_set(&daemon->clock, &daemon->boot, YOUNG_MS, bring_up, daemon);
    else
        bring_up(daemon);
    return 0;
}

static bool loops(const struct daemon *daemon)
{
    for (size_t i = 0; i < daemon->count; i++)
        if (daemon->boxes[i]->restart_pending)
            return true;
    return false;
}

/* The time of day must stay the machine's where lives are in a hurry: then it is slept through. */
static void wait_a_little(struct clock *clock, int64_t ms)
{
    if (!clock->hurry) {
        clock_advance(clock, ms);
        return;
    }
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000 / clock->hurry}, NULL);
    clock_run(clock);
}

/* SIGTERM, patience, SIGKILL; in the clock's time. */
static void stop_one(struct daemon *daemon, struct box *box)
{
    int64_t grace = daemon->clock.hurry ? GRACE_MS / 20 : GRACE_MS;
    if (box_status(box) == STATUS_PAUSED)
        clock_advance(&daemon->clock, GRACE_MS);
    life_signal(box, SIGTERM);
    for (int64_t left = grace; box->process.alive && left > 0; left -= 100)
        wait_a_little(&daemon->clock, 100);
    if (box->process.alive) {
        life_signal(box, SIGKILL);
        clock_run(&daemon->clock);
    }
}

bool boot_down(struct daemon *daemon)
{
    if (daemon->faults.deadlock && loops(daemon))
        return false;
    daemon->stopping = true;
    for (size_t i = 0; i < daemon->count; i++) {
        struct box *box = daemon->boxes[i];
        life_forget_restart(box);
        if (box_status(box) == STATUS_RUNNING || box_status(box) == STATUS_PAUSED)
            stop_one(daemon, box);
        store_save(daemon, box);
    }
    store_save_rest(daemon);
    return true;
}

void boot_power_cut(struct daemon *daemon)
{
    for (size_t i = 0; i < daemon->count; i++)
        life_cut(daemon->boxes[i], 0);
    daemon->was_cut = true;
    for (size_t i = 0; i < daemon->count; i++)
        store_save(daemon, daemon->boxes[i]);
    store_save_rest(daemon);
}

static void free_ids(char **ids, size_t *count)
{
    while (*count > 0)
        free(ids[--*count]);
}

void boot_forget(struct daemon *daemon)
{
    while (daemon->count > 0) {
        struct box *box = daemon->boxes[--daemon->count];
        store_drop(daemon, box->container->id);
        box_free(box);
    }
    free_ids(daemon->unusable, &daemon->unusable_count);
    free_ids(daemon->held, &daemon->held_count);
    images_restore(&daemon->images);
    daemon->faults.pull_rate = 0;
    store_save_rest(daemon);
}

void boot_finish(struct daemon *daemon)
{
    while (daemon->count > 0)
        box_free(daemon->boxes[--daemon->count]);
    free_ids(daemon->unusable, &daemon->unusable_count);
    free_ids(daemon->held, &daemon->held_count);
    free(daemon->boxes);
    free(daemon->unusable);
    free(daemon->held);
    images_finish(&daemon->images);
    registries_finish(&daemon->registries);
}
