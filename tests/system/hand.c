#include "hand.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "model/container.h"

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define POLL_MS    20
#define PATIENT_MS 30000

Kanto__Container *hand_find(const struct harness *harness, const char *name)
{
    Kanto__ListContainersResponse *list = harness_list(harness);
    Kanto__Container *found = NULL;
    for (size_t i = 0; i < list->n_containers; i++) {
        if (strcmp(container_name(list->containers[i]), name) != 0)
            continue;
        ck_assert_msg(!found, "there are two containers called %s", name);
        found = container_clone(list->containers[i]);
    }
    kanto__list_containers_response__free_unpacked(list, NULL);
    ck_assert_msg(found != NULL, "there is no container called %s", name);
    return found;
}

void hand_call(const struct harness *harness, enum kanto_method method, const char *name)
{
    scoped_container Kanto__Container *container = hand_find(harness, name);
    Kanto__StopOptions stop = KANTO__STOP_OPTIONS__INIT;
    stop.has_force = stop.force = stop.has_timeout = true;
    stop.timeout = 1;
    struct kanto_request request = {
        .method = method, .id = container->id, .force = true, .stop = &stop};
    struct kanto_answer answer = harness_call(harness, &request);
    ck_assert_msg(answer.outcome == KANTO_OK, "%s of %s: %s", kanto_method_name(method), name,
        answer.message ? answer.message : "no answer");
    kanto_answer_finish(&answer);
}

void hand_kill_unseen(const struct harness *harness, const Kanto__Container *container)
{
    if (harness->real) {
        ck_assert(container->state && container->state->pid > 1);
        ck_assert_int_eq(kill((pid_t)container->state->pid, SIGKILL), 0);
        return;
    }
    scoped_free char *command = memory_format(
        "%s/kanto-sim --state %s/sim.state --socket %s --images %s --kill-process %s=SIGKILL",
        KD_BUILD_DIR, harness->folder, harness->socket,
        KD_SOURCE_DIR "/tests/data/recorded/images-used.json", container->id);
    ck_assert_int_eq(system(command), 0);
}

void hand_kill_process(const struct harness *harness, const char *name)
{
    scoped_container Kanto__Container *before = hand_find(harness, name);
    int64_t until = clock_now_ms() + PATIENT_MS;
    if (harness->real) {
        hand_kill_unseen(harness, before);
    } else {
        harness_tell(harness, "kill-process %s SIGKILL", before->id);
    }
    for (;;) {
        scoped_container Kanto__Container *now = hand_find(harness, name);
        if (container_status(now) != STATUS_RUNNING || now->restart_count != before->restart_count)
            return;
        ck_assert_msg(clock_now_ms() < until, "the end of %s was not seen", name);
        poll(NULL, 0, POLL_MS);
    }
}

bool hand_can_crash(const struct harness *harness)
{
    const char *control = getenv("KANTO_CONTROL");
    if (!harness->real || (control && *control))
        return true;
    printf(
        "left out: %s kills the daemon; KANTO_CONTROL names no program that may\n", harness->name);
    return false;
}

static void control_real(const char *what)
{
    scoped_free char *command = memory_format("%s %s >/dev/null", getenv("KANTO_CONTROL"), what);
    ck_assert_msg(system(command) == 0, "%s failed", command);
}

void hand_crash(struct harness *harness)
{
    if (harness->real) {
        control_real("kill");
        return;
    }
    kill(harness->daemon, SIGKILL);
    waitpid(harness->daemon, NULL, 0);
    harness->daemon = 0;
}

void hand_revive(struct harness *harness, const char *const *switches)
{
    if (harness->real)
        control_real("start");
    else
        harness_start_again(harness, switches);
}
