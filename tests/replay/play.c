#include "play.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "compare.h"
#include "parallel.h"
#include "poll_step.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLICE_MS    50
#define ARRIVE_MS   4    /* until a call that was sent is in the daemon */
#define ACCEPTED_MS 50   /* from the accepting socket to a client's first call */
#define READY_MS    1000 /* after a start, as the recordings waited */

static const cJSON *get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(get(object, key));
    return text ? text : "";
}

void play_differs(struct play *play, const cJSON *step, const char *differences)
{
    char *request = cJSON_PrintUnformatted(get(step, "request"));
    play->tally.failed++;
    printf("%s: step %d: %s %.200s\n", play->name, play->number,
        get(step, "call") ? text_of(step, "call") : "", request ? request : "");
    if (*text_of(step, "note"))
        printf("      note: %s\n", text_of(step, "note"));
    printf("%s", differences);
    cJSON_free(request);
}

void play_drive(struct play *play, struct call *call, bool has_deadline)
{
    /* A deadline is counted in the machine's time: there the simulation's must not run ahead. */
    bool driven = play->world->controlled && !has_deadline;
    int64_t patience = ARRIVE_MS;
    while (!call_has_ended(call, patience)) {
        /* While the simulation has it, only the simulation's time can bring it on. */
        if (driven)
            world_wait(play->world, play->world->working > 0 ? SLICE_MS : 0);
        patience = driven && play->world->working > 0 ? 0 : ARRIVE_MS;
    }
    play->world->working = 0;
}

void play_wait(struct play *play, int64_t ms)
{
    while (play->background && ms > 0) {
        int64_t slice = ms < SLICE_MS ? ms : SLICE_MS;
        world_wait(play->world, slice);
        parallel_go_on(play);
        ms -= slice;
    }
    if (ms > 0)
        world_wait(play->world, ms);
}

struct call *play_send(struct play *play, const cJSON *step)
{
    enum kanto_method method;
    if (!call_method(text_of(step, "call"), &method))
        return NULL;
    cJSON *request = bindings_fill(&play->bindings, get(step, "request"));
    struct call *call = call_begin(play->world->socket, method, request,
        (int64_t)(cJSON_IsNumber(get(step, "client_deadline_ms"))
                      ? get(step, "client_deadline_ms")->valuedouble
                      : 0),
        (int64_t)(cJSON_IsNumber(get(step, "connection_closed_after_ms"))
                      ? get(step, "connection_closed_after_ms")->valuedouble
                      : 0));
    cJSON_Delete(request);
    return call;
}

/* Why the answer to this step says nothing, or NULL. */
static const char *by_chance(const struct play *play)
{
    char number[16];
    snprintf(number, sizeof(number), "%d", play->number);
    return cJSON_GetStringValue(get(play->chance, number));
}

static void play_call(struct play *play, const cJSON *step)
{
    struct call_result result;
    struct call *call = play_send(play, step);
    if (!call) {
        tally_leave_out(&play->tally, "a method that no client has");
        return;
    }
    play_drive(
        play, call, get(step, "client_deadline_ms") || get(step, "connection_closed_after_ms"));
    call_end(call, &result);
    const char *chance = by_chance(play);
    if (get(step, "connection_closed_after_ms"))
        play->tally.invariant++;
    else if (chance)
        tally_leave_out(&play->tally, chance);
    else
        play_check_call(play, step, &result);
    call_result_finish(&result);
}

static void start(struct play *play, const cJSON *step)
{
    if (!world_start(play->world)) {
        play_differs(play, step, "      the daemon does not come up\n");
        return;
    }
    world_wait(play->world, cJSON_IsFalse(get(step, "ready")) ? ACCEPTED_MS : READY_MS);
}

static void play_daemon(struct play *play, const cJSON *step)
{
    const char *act = text_of(step, "daemon");
    if (!play->world->daemon) {
        tally_leave_out(&play->tally, "the daemon is not ours to restart");
        return;
    }
    play->tally.setup++;
    if (strcmp(act, "start") == 0)
        start(play, step);
    else if (strcmp(act, "term") == 0)
        world_signal(play->world, SIGTERM);
    else if (strcmp(act, "kill") == 0)
        world_signal(play->world, SIGKILL);
    else
        world_power_cut(play->world);
}

static void tell(struct play *play, const cJSON *step, char *line)
{
    play->tally.setup++;
    if (!play->world->controlled)
        tally_leave_out(&play->tally, "the world around a real daemon is not ours");
    else if (!world_tell(play->world, line))
        play_differs(play, step, "      the simulation refuses\n");
    free(line);
}

static void play_kill(struct play *play, const cJSON *step)
{
    scoped_free char *id = memory_string(text_of(step, "kill_process"));
    cJSON *filled = bindings_fill(&play->bindings, step);
    play->tally.setup++;
    if (!world_kill_process(
            play->world, text_of(filled, "kill_process"), text_of(filled, "signal")))
        play_differs(play, step, "      no such process\n");
    cJSON_Delete(filled);
}

static void play_port(struct play *play, const cJSON *step)
{
    bool done = get(step, "hold_port") ? world_hold_port(play->world, text_of(step, "hold_port"))
                                       : world_free_port(play->world, text_of(step, "free_port"));
    play->tally.setup++;
    if (!done)
        play_differs(play, step, "      the port cannot be held or freed\n");
}

static void play_alive(struct play *play, const cJSON *step)
{
    bool alive = !cJSON_IsFalse(get(step, "daemon_alive_after"));
    play->tally.exact++;
    if (!alive && play->world->daemon)
        world_signal(play->world, 0);
    if (world_is_up(play->world) != alive)
        play_differs(play, step,
            alive ? "      the daemon is gone\n" : "      the daemon has not crashed\n");
}

static void play_step(struct play *play, const cJSON *step)
{
    const char *replay = text_of(step, "replay");
    if (strstr(text_of(step, "message"), "(CLIENT: "))
        tally_leave_out(&play->tally, "a limit of the client library that recorded");
    else if (strcmp(replay, "not-for-sim") == 0 && play->world->controlled)
        tally_leave_out(&play->tally, "not for a simulation, by its own word");
    else if (get(step, "call"))
        play_call(play, step);
    else if (get(step, "parallel"))
        parallel_play(play, step);
    else if (get(step, "background"))
        parallel_background(play, step);
    else if (get(step, "poll"))
        poll_step_play(play, step);
    else if (get(step, "wait_ms"))
        play_wait(play, (int64_t)get(step, "wait_ms")->valuedouble);
    else if (get(step, "daemon"))
        play_daemon(play, step);
    else if (get(step, "kill_process"))
        play_kill(play, step);
    else if (get(step, "pull_rate"))
        tell(play, step, memory_format("pull-rate %.0f", get(step, "pull_rate")->valuedouble));
    else if (get(step, "missed_exit"))
        tell(play, step, memory_format("missed-exit %s", text_of(step, "missed_exit")));
    else if (get(step, "hold_port") || get(step, "free_port"))
        play_port(play, step);
    else if (get(step, "daemon_alive_after"))
        play_alive(play, step);
    else if (get(step, "client"))
        tally_leave_out(&play->tally, "what a looping client did");
    else if (get(step, "raw"))
        tally_leave_out(&play->tally, "bytes below gRPC");
    else
        tally_leave_out(&play->tally, "observations from the host");
}

void play_steps(struct play *play, const cJSON *steps)
{
    const cJSON *step;
    cJSON_ArrayForEach(step, steps)
    {
        play->number++;
        play_step(play, step);
    }
    while (play->background)
        play_wait(play, SLICE_MS);
}
