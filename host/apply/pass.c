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

#define TICK_MS        200
#define JITTER_PERCENT 50 /* a fleet that boots together does not ask together */

bool run_is_held(const char *hold)
{
    return hold && *hold && (access(hold, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR));
}

bool job_is_settled(const struct job *job)
{
    return job->story.verdict != VERDICT_NONE;
}

bool job_is_watched(const struct job *job)
{
    return story_is_in_flight(&job->story) && story_last(&job->story)->action == ACTION_SOAK;
}

bool job_is_in_flight(const struct job *job)
{
    return story_is_in_flight(&job->story) && !job_is_watched(job);
}

/* ---- Its beginning and its end ---- */

static void init_jobs(struct pass *pass)
{
    const struct desired_set *desired_set = pass->desired_set;
    pass->jobs = memory_zeroed(pass->count, sizeof(struct job));
    pass->slots = memory_zeroed(pass->count, sizeof(struct slot));
    for (size_t i = 0; i < desired_set->count; i++)
        job_init(&pass->jobs[i], &desired_set->items[i], &pass->snapshot);
    for (size_t i = 0; i < pass->prune.names.count; i++)
        job_init_orphaned(&pass->jobs[desired_set->count + i], &pass->prune.names.items[i],
            &pass->snapshot, pass->prune.may[i], pass->prune.why[i]);
    pass->stories.items = memory_zeroed(pass->count, sizeof(const struct story *));
    pass->stories.count = pass->count;
    for (size_t i = 0; i < pass->count; i++)
        pass->stories.items[i] = &pass->jobs[i].story;
}

/* What the jobs say of each other, and this machine of what they are about to begin. */
static void look_around(struct pass *pass)
{
    for (size_t i = 0; i < pass->count; i++) {
        struct job *job = &pass->jobs[i];
        room_describe(pass, i);
        if (job_replaces(job)) {
            job->lacks = lacks_find(pass, i);
            job->around.lacks = job->lacks;
        }
        job_decide(job, 0);
    }
}

void pass_take_snapshot(struct pass *pass, const struct observed *observed,
    const struct journal *journal, const struct pass_options *options)
{
    pass->snapshot = (struct snapshot){
        .mode = options->mode,
        .list = observed->list,
        .desired_set = pass->desired_set,
        .journal = journal,
        .daemon_began = observed->daemon_began,
        .booted = observed->booted,
        .now = clock_wall_ms(),
        .seen_ms = clock_now_ms(),
        .pull_timeout_ms = options->pull_timeout_ms,
        .hold = run_is_held(options->hold),
    };
    snapshot_index(&pass->snapshot);
}

void pass_init(struct pass *pass, const struct desired_set *desired_set,
    const struct observed *observed, const struct journal *journal,
    const struct pass_options *options)
{
    *pass = (struct pass){
        .desired_set = desired_set,
        .desired_count = desired_set->count,
        .began_ms = clock_now_ms(),
    };
    pass_take_snapshot(pass, observed, journal, options);
    prune_find(&pass->snapshot, &pass->prune);
    pass->count = desired_set->count + pass->prune.names.count;
    init_jobs(pass);
    order_make(desired_set, &pass->order);
    room_find(pass);
    look_around(pass);
}

void pass_finish(struct pass *pass)
{
    for (size_t i = 0; i < pass->count; i++)
        job_finish(&pass->jobs[i]);
    free(pass->jobs);
    free(pass->slots);
    free(pass->crowd);
    free(pass->stories.items);
    free(pass->journal_error);
    free(pass->lost_reason);
    prune_finish(&pass->prune);
    snapshot_finish(&pass->snapshot);
    order_finish(&pass->order);
    *pass = (struct pass){0};
}

/* ---- What follows from a decision ---- */

void run_report(const struct run *run, size_t index, enum story_event event)
{
    if (run->options->listener && run->pass->count)
        run->options->listener(run->options->context, &run->pass->stories, index, event);
}

void run_settle(struct run *run, size_t index)
{
    struct job *job = &run->pass->jobs[index];
    job_settle(job, clock_now_ms());
    if (job->move.fault == FAULT_FINAL)
        ledger_failed(run, job);
    ledger_settled(run, job);
    run_report(run, index, STORY_ENDS);
}

/* The wait counts from the last try, not from a look in between. */
static int64_t last_try_ms(const struct job *job)
{
    for (size_t i = job->story.count; i > 0; i--) {
        const struct story_row *row = &job->story.rows[i - 1];
        if (row->step == job->move.step)
            return row->began_ms + row->elapsed_ms;
    }
    return clock_now_ms();
}

void run_enter(struct run *run, size_t index)
{
    struct job *job = &run->pass->jobs[index];
    struct slot *slot = &run->pass->slots[index];
    slot->not_before_ms = 0;
    if (job->move.wait_ms > 0)
        slot->not_before_ms = last_try_ms(job) + backoff_spread(job->move.wait_ms, JITTER_PERCENT);
    if (job->move.failure && job->move.fault == FAULT_FINAL)
        ledger_failed(run, job);
    if (job->move.action == ACTION_SOAK)
        soak_begin(run, index);
}

static bool is_about_to_stop(const struct job *job)
{
    return job_replaces(job) || job->move.step == STEP_CALM_OLD ||
           job->move.step == STEP_QUIET_OLD || job->move.step == STEP_STOP_OLD;
}

static void look_for_what_it_lacks(struct run *run, size_t index)
{
    struct job *job = &run->pass->jobs[index];
    if (!is_about_to_stop(job))
        return;
    free(job->lacks);
    job->lacks = lacks_find(run->pass, index);
    job->around.lacks = job->lacks;
}

void run_decide(struct run *run, size_t index)
{
    struct job *job = &run->pass->jobs[index];
    bool gone = run->pass->slots[index].losses >= RUN_LOSSES_MAX;
    job->around.hold = run_is_held(run->options->hold);
    job->around.forgetful = ledger_is_unwritable(run);
    job->around.closed =
        gone ? "kanto-cm went away again and again while it was at this one" : run->closed;
    room_describe(run->pass, index);
    look_for_what_it_lacks(run, index);
    job_decide(job, clock_now_ms());
    run_enter(run, index);
}

/* ---- Round after round ---- */

/* Why nothing new may begin, or NULL. */
static const char *closed(struct run *run, int64_t now)
{
    struct pass *pass = run->pass;
    if (pass->stories.lost)
        return "kanto-cm went away";
    if (run->options->stop && run->options->stop(run->options->context)) {
        pass->stories.interrupted = true;
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
        if (!job_is_settled(&pass->jobs[i]))
            return false;
    return true;
}

/* What the others do, and whether it changes anything for this one. */
static bool is_to_be_decided_anew(const struct run *run, size_t index)
{
    struct job *job = &run->pass->jobs[index];
    struct known before = job->around;
    room_describe(run->pass, index);
    return before.makes_room != job->around.makes_room ||
           before.room_failed != job->around.room_failed ||
           before.room_taken != job->around.room_taken ||
           before.partner_failed != job->around.partner_failed ||
           before.took_room != job->around.took_room || before.makes_way != job->around.makes_way;
}

static void end_watch(struct run *run, size_t index, int64_t now)
{
    struct job *job = &run->pass->jobs[index];
    job_end(job, RESULT_OK, NULL, NULL, NULL, now - story_last(&job->story)->began_ms);
    run_report(run, index, STORY_ANSWERS);
    run_decide(run, index);
}

/* A watch of a new one ends by itself, or with what it is watched for. */
static void watch_on(struct run *run, size_t index, int64_t now)
{
    struct job *job = &run->pass->jobs[index];
    room_describe(run->pass, index);
    if (!job->move.shared &&
        (now >= run->pass->slots[index].not_before_ms || job->around.partner_failed || run->closed))
        end_watch(run, index, now);
}

static bool may_be_sent(struct run *run, size_t index, size_t parallel, int64_t now)
{
    struct job *job = &run->pass->jobs[index];
    return !story_is_in_flight(&job->story) && turn_has_come(run, index, now) &&
           run->in_flight - run->overdue < parallel && job->move.action != ACTION_NONE &&
           room_is_there(run, index);
}

static void take_turn(struct run *run, size_t index, size_t parallel, int64_t now)
{
    struct job *job = &run->pass->jobs[index];
    if (job_is_watched(job))
        watch_on(run, index, now);
    if (job_is_settled(job) || story_is_in_flight(&job->story) ||
        run->pass->slots[index].not_before_ms > now)
        return;
    if (is_to_be_decided_anew(run, index))
        run_decide(run, index);
    if (!may_be_sent(run, index, parallel, now))
        return;
    /* What was told of it may be old by now. */
    if (action_changes(job->move.action))
        run_decide(run, index);
    if (may_be_sent(run, index, parallel, now))
        call_send(run, index);
}

static size_t count_rows(const struct pass *pass)
{
    size_t count = 0;
    for (size_t i = 0; i < pass->count; i++)
        count += pass->jobs[i].story.count + job_is_settled(&pass->jobs[i]);
    return count;
}

/* After a lost connection one at a time: should one of them bring the daemon down, it is known
 * which. */
static void begin_what_may(struct run *run, int64_t now)
{
    size_t parallel = run->pass->losses ? 1 : run->options->parallel;
    run->overdue = overdue_count(run, now);
    for (size_t i = 0; i < run->pass->count && !run->cut; i++) {
        size_t index = i < run->pass->desired_count ? run->pass->order.turns[i] : i;
        take_turn(run, index, parallel, now);
    }
}

/* After a signal Starts and Removes are waited for, whatever that takes: cut short they would make
 * the id unusable. A Create that is pulling is not. */
static bool only_creates_in_flight(const struct pass *pass)
{
    for (size_t i = 0; i < pass->count; i++)
        if (job_is_in_flight(&pass->jobs[i]) && pass->jobs[i].move.action != ACTION_CREATE)
            return false;
    return true;
}

/* Milliseconds until something is due by itself, at most a tick. */
static int64_t until_due(const struct pass *pass, int64_t now)
{
    int64_t wait = TICK_MS;
    for (size_t i = 0; i < pass->count; i++) {
        int64_t left = pass->slots[i].not_before_ms - now;
        if (!job_is_settled(&pass->jobs[i]) && !job_is_in_flight(&pass->jobs[i]) && left > 0 &&
            left < wait)
            wait = left;
    }
    return wait;
}

static bool any_waits_for_a_time(const struct pass *pass, int64_t now)
{
    for (size_t i = 0; i < pass->count; i++)
        if (!job_is_settled(&pass->jobs[i]) && pass->slots[i].not_before_ms > now)
            return true;
    return false;
}

static void wait_for_answer(struct run *run, int64_t now)
{
    struct kanto_answer answer = {0};
    if (run->kanto->table->next(run->kanto, until_due(run->pass, now), &answer) > 0) {
        if (answer.tag == SOAK_TAG)
            soak_take(run, &answer);
        else
            call_take(run, &answer);
        kanto_answer_finish(&answer);
    } else {
        run_report(run, 0, STORY_TICK);
    }
}

/* Everything that is undecided hears that the pass closes; what must not be left goes on. */
static void close_down(struct run *run, const char *reason)
{
    if (!reason || run->closed == reason)
        return;
    run->closed = reason;
    soak_end_all(run);
    for (size_t i = 0; i < run->pass->count; i++)
        if (!job_is_settled(&run->pass->jobs[i]) && !story_is_in_flight(&run->pass->jobs[i].story))
            run_decide(run, i);
}

/* One round: begins what may begin. Returns whether the pass is over. */
static bool go_round(struct run *run, int64_t now)
{
    struct pass *pass = run->pass;
    size_t before = SIZE_MAX;
    close_down(run, closed(run, now));
    overdue_leave(run, now);
    if (run->cut && run->in_flight == 0 && !pass->stories.lost && !again_connect(run))
        return false;
    while (!run->cut && !pass->stories.lost && before != count_rows(pass)) {
        before = count_rows(pass);
        begin_what_may(run, now);
        soak_end_due(run, now);
    }
    if (all_settled(pass) || (pass->stories.lost && run->in_flight == 0))
        return true;
    /* Each waits for another's room, and nothing will move them. */
    run->crowded = run->in_flight == 0 && !run->cut && !any_waits_for_a_time(pass, now);
    return run->stopped_ms && now - run->stopped_ms >= PASS_CREATE_GRACE_MS &&
           only_creates_in_flight(pass);
}

/* What is left when the connection is gone, or a pull goes on behind our back. */
static void settle_the_rest(struct run *run)
{
    for (size_t i = 0; i < run->pass->count; i++) {
        struct job *job = &run->pass->jobs[i];
        if (job_is_settled(job))
            continue;
        if (story_is_in_flight(&job->story))
            job_end(job, RESULT_NO_ANSWER, NULL, NULL, NULL, 0);
        if (job->move.action != ACTION_VERDICT)
            job->move = (struct move){.action = ACTION_VERDICT,
                .verdict = VERDICT_FAILED,
                .reason = run->closed ? run->closed : "not finished"};
        run_settle(run, i);
    }
}

void pass_run(struct pass *pass, struct kanto *kanto, struct journal *journal,
    const struct pass_options *options)
{
    struct run run = {.pass = pass, .kanto = kanto, .journal = journal, .options = options};
    ledger_begin(&run);
    for (size_t i = 0; i < pass->count; i++)
        if (ledger_is_unwritable(&run))
            run_decide(&run, i);
        else
            run_enter(&run, i);
    for (;;) {
        int64_t now = clock_now_ms();
        if (go_round(&run, now))
            break;
        if (!pass->stories.lost)
            wait_for_answer(&run, now);
    }
    run.closed = run.closed ? run.closed : closed(&run, clock_now_ms());
    settle_the_rest(&run);
    ledger_end(&run);
    pass->ended_ms = clock_now_ms();
}
