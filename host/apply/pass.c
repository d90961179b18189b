#include "apply/pass.h"

#include "apply/ledger.h"
#include "apply/run.h"
#include "base/backoff.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "model/container.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS 200
#define CREATE_GRACE_MS                                                                            \
    20000 /* after a signal a Create (a long pull) is given up: its id is on record */

bool run_is_held(const char *hold)
{
    return hold && *hold && (access(hold, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR));
}

void pass_init(struct pass *pass, const struct desired_set *desired_set,
    const struct observed *observed, const struct journal *journal, enum mode mode,
    const char *hold)
{
    *pass = (struct pass){.desired = desired_set->count, .began_ms = clock_now_ms()};
    prune_find(desired_set, observed->list, journal, &pass->prune);
    pass->list = observed->list;
    pass->count = desired_set->count + pass->prune.names.count;
    pass->jobs = memory_zeroed(pass->count, sizeof(struct job));
    pass->progress = memory_zeroed(pass->count, sizeof(struct pass_progress));
    struct job_world world = {
        .mode = mode,
        .list = observed->list,
        .journal = journal,
        .daemon_began = observed->daemon_began,
        .booted = observed->booted,
        .hold = run_is_held(hold),
    };
    for (size_t i = 0; i < desired_set->count; i++)
        job_init(&pass->jobs[i], &desired_set->items[i], &world);
    for (size_t i = 0; i < pass->prune.names.count; i++)
        job_init_orphaned(&pass->jobs[desired_set->count + i], &pass->prune.names.items[i], &world,
            pass->prune.may[i]);
    order_make(desired_set, &pass->order);
}

void pass_finish(struct pass *pass)
{
    for (size_t i = 0; i < pass->count; i++)
        job_finish(&pass->jobs[i]);
    free(pass->jobs);
    free(pass->progress);
    free(pass->journal_error);
    free(pass->lost_reason);
    prune_finish(&pass->prune);
    order_finish(&pass->order);
    *pass = (struct pass){0};
}

void run_tell(const struct run *run, size_t index, enum pass_event event)
{
    if (run->options->tell && run->pass->count)
        run->options->tell(run->options->context, run->pass, index, event);
}

void run_settle(struct run *run, size_t index)
{
    struct pass_progress *progress = &run->pass->progress[index];
    struct job *job = &run->pass->jobs[index];
    progress->settled = true;
    progress->ended_ms = clock_now_ms();
    if (job->action.fault == FAULT_FINAL)
        ledger_failed(run, job);
    ledger_settled(run, job);
    run_tell(run, index, PASS_SETTLED);
}

void run_give_up(struct run *run, size_t index, const char *reason)
{
    run->pass->jobs[index].action =
        (struct action){.kind = ACTION_VERDICT, .verdict = VERDICT_FAILED, .reason = reason};
    run_settle(run, index);
}

/* A watch needs no slot: of a new one it ends by itself, of the others at the end of the pass. */
static void begin_watch(struct run *run, size_t index)
{
    const struct job *job = &run->pass->jobs[index];
    struct pass_progress *progress = &run->pass->progress[index];
    progress->not_before_ms = clock_now_ms() + job->desired->soak_ms;
    progress->parked = job->action.shared;
    run_tell(run, index, PASS_BEGINS);
}

void run_enter(struct run *run, size_t index)
{
    const struct job *job = &run->pass->jobs[index];
    run->pass->progress[index].not_before_ms =
        clock_now_ms() + backoff_spread(job->action.wait_ms, 50);
    if (job->action.failure && job->action.fault == FAULT_FINAL)
        ledger_failed(run, job);
    if (job->action.kind == ACTION_SOAK)
        begin_watch(run, index);
}

void run_decide(struct run *run, size_t index)
{
    struct job *job = &run->pass->jobs[index];
    job->known.hold = run_is_held(run->options->hold);
    job_decide(job, run->options->mode);
    run_enter(run, index);
}

/* Why nothing new may begin, or NULL. */
static const char *closed(struct run *run, int64_t now)
{
    struct pass *pass = run->pass;
    if (pass->lost)
        return "kanto-cm went away";
    if (run->options->stop && run->options->stop(run->options->context)) {
        pass->interrupted = true;
        run->stopped_ms = run->stopped_ms ? run->stopped_ms : now;
        return "interrupted by a signal";
    }
    if (run->options->timeout_ms > 0 && now - pass->began_ms >= run->options->timeout_ms)
        return "the time of the pass (timeout) was used up";
    return NULL;
}

static bool all_settled(const struct pass *pass)
{
    for (size_t i = 0; i < pass->count; i++)
        if (!pass->progress[i].settled)
            return false;
    return true;
}

static size_t count_through(const struct pass *pass)
{
    size_t count = 0;
    for (size_t i = 0; i < pass->count; i++)
        count += pass->progress[i].settled || pass->progress[i].parked;
    return count;
}

/* The old one is stopped and nothing runs in its place yet: that is no moment to run out of time.
 */
static bool is_exposed(const struct pass *pass, size_t index)
{
    const struct job *job = &pass->jobs[index];
    bool replacing = false, old_runs = false;
    for (size_t i = 0; i < job->live_count; i++) {
        replacing = replacing || job->live[i].role != ROLE_SINGLE;
        old_runs = old_runs || (job->live[i].role == ROLE_OLD && live_runs(&job->live[i]));
    }
    return !pass->progress[index].settled && replacing && job->known.former_ran && !old_runs;
}

static bool any_exposed(const struct pass *pass)
{
    for (size_t i = 0; i < pass->count; i++)
        if (is_exposed(pass, i))
            return true;
    return false;
}

static void take_turn(struct run *run, size_t index, size_t parallel, int64_t now)
{
    struct job *job = &run->pass->jobs[index];
    if (run->in_flight >= parallel && job->action.kind != ACTION_SOAK &&
        job->action.kind != ACTION_VERDICT)
        return;
    if (!turn_has_come(run, index, now))
        return;
    if (job->action.kind != ACTION_SOAK) {
        call_send(run, index);
        return;
    }
    job_tell(job, RESULT_OK, NULL, NULL, job->desired->soak_ms);
    run_decide(run, index);
    take_turn(run, index, parallel, now); /* nothing would wake the pass for what follows */
}

/* After a lost connection one at a time: should one of them bring the daemon down, it is known
 * which. */
static void begin_what_may(struct run *run, bool only_exposed, int64_t now)
{
    size_t parallel = run->pass->losses ? 1 : run->options->parallel;
    for (size_t i = 0; i < run->pass->count; i++) {
        size_t index = i < run->pass->desired ? run->pass->order.turns[i] : i;
        if (!only_exposed || is_exposed(run->pass, index))
            take_turn(run, index, parallel, now);
    }
}

/* After a signal Starts and Removes are waited for, whatever that takes: cut short they would burn
 * their container. A Create that is pulling is not. */
static bool only_creates_in_flight(const struct pass *pass)
{
    for (size_t i = 0; i < pass->count; i++)
        if (pass->progress[i].in_flight && pass->jobs[i].action.kind != ACTION_CREATE)
            return false;
    return true;
}

/* Milliseconds until something is due by itself, at most a tick. */
static int64_t until_due(const struct pass *pass, int64_t now)
{
    int64_t wait = TICK_MS;
    for (size_t i = 0; i < pass->count; i++) {
        const struct pass_progress *progress = &pass->progress[i];
        int64_t left = progress->not_before_ms - now;
        if (!progress->settled && !progress->in_flight && left > 0 && left < wait)
            wait = left;
    }
    return wait;
}

static void wait_for_answer(struct run *run, int64_t now)
{
    struct kanto_answer answer = {0};
    if (run->kanto->table->next(run->kanto, until_due(run->pass, now), &answer) > 0) {
        call_take(run, &answer);
        kanto_answer_finish(&answer);
    } else {
        run_tell(run, 0, PASS_TICK);
    }
}

/* One round: begins what may begin. Returns whether the pass is over. `reason`: why nothing new may
 * begin, or NULL. */
static bool go_round(struct run *run, const char *reason, int64_t now)
{
    struct pass *pass = run->pass;
    bool out_of_time = reason && !pass->interrupted && !pass->lost;
    bool open = !reason || (out_of_time && any_exposed(pass));
    size_t before = SIZE_MAX;
    if (open && run->cut && run->in_flight == 0 && !again_connect(run))
        return false;
    while (open && !run->cut && before != count_through(pass)) {
        before = count_through(pass);
        begin_what_may(run, out_of_time, now);
        if (!reason && watch_is_next(run))
            watch_finish(run);
    }
    if (all_settled(pass) || (!open && run->in_flight == 0))
        return true;
    return run->stopped_ms && now - run->stopped_ms >= CREATE_GRACE_MS &&
           only_creates_in_flight(pass);
}

static const char *run_until_settled(struct run *run)
{
    const char *reason = NULL;
    for (;;) {
        int64_t now = clock_now_ms();
        reason = closed(run, now);
        if (go_round(run, reason, now))
            return reason;
        if (!run->pass->lost)
            wait_for_answer(run, now);
    }
}

void pass_run(struct pass *pass, struct kanto *kanto, struct journal *journal,
    const struct pass_options *options)
{
    struct run run = {.pass = pass, .kanto = kanto, .journal = journal, .options = options};
    ledger_begin(&run);
    for (size_t i = 0; i < pass->count; i++)
        run_enter(&run, i);
    const char *reason = run_until_settled(&run);
    watch_break_off(&run);
    for (size_t i = 0; i < pass->count; i++) {
        if (pass->progress[i].settled)
            continue;
        if (pass->jobs[i].action.kind == ACTION_VERDICT)
            run_settle(&run, i);
        else
            run_give_up(&run, i, reason ? reason : "not finished");
    }
    ledger_end(&run);
    pass->ended_ms = clock_now_ms();
}
