#include "apply/pass.h"

#include "base/cleanup.h"
#include "base/duration.h"
#include "base/memory.h"
#include "model/container.h"
#include "plan/sentence.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define TICK_MS 200
#define CREATE_GRACE_MS                                                                            \
    20000 /* after a signal a Create (a long pull) is given up: its id is on record */
#define GRPC_UNAVAILABLE 14

/* What pass_run works with. */
struct run {
    struct pass *pass;
    struct kanto *kanto;
    struct journal *journal;
    const struct pass_options *options;
    size_t in_flight;
    int64_t stopped_ms; /* when the signal was seen; 0: not yet */
};

void pass_init(struct pass *pass, const struct wishes *wishes, const struct observed *observed,
    const struct journal *journal, enum mode mode)
{
    *pass = (struct pass){
        .jobs = memory_zeroed(wishes->count, sizeof(struct job)),
        .progress = memory_zeroed(wishes->count, sizeof(struct pass_progress)),
        .count = wishes->count,
        .began_ms = duration_now_ms(),
    };
    struct job_world world = {
        .mode = mode,
        .list = observed->list,
        .journal = journal,
        .daemon_began = observed->daemon_began,
    };
    for (size_t i = 0; i < wishes->count; i++)
        job_init(&pass->jobs[i], &wishes->items[i], &world);
    order_make(wishes, &pass->order);
}

void pass_finish(struct pass *pass)
{
    for (size_t i = 0; i < pass->count; i++)
        job_finish(&pass->jobs[i]);
    free(pass->jobs);
    free(pass->progress);
    free(pass->journal_error);
    order_finish(&pass->order);
    *pass = (struct pass){0};
}

static void tell(const struct run *run, size_t index, enum pass_event event)
{
    if (run->options->tell && run->pass->count)
        run->options->tell(run->options->context, run->pass, index, event);
}

static void save(struct run *run)
{
    struct error err = {0};
    if (!run->journal->writable || journal_save(run->journal, &err) == 0)
        return;
    if (!run->pass->journal_error)
        run->pass->journal_error = memory_string(err.text);
}

static bool remember(
    struct run *run, const struct job *job, const char *id, enum journal_phase phase)
{
    char digest[DIGEST_HEX];
    digest_hex(&job->wish->digest, digest);
    struct journal_entry entry = {
        .name = job->wish->container->name,
        .id = (char *)id,
        .source = job->wish->source,
        .key = job->wish->key,
        .digest = digest,
        .phase = phase,
    };
    return journal_put(run->journal, &entry);
}

/* All ids that this pass is going to create under reach the disk in one write, before the first
 * call. */
static void remember_intended(struct run *run)
{
    for (size_t i = 0; i < run->pass->count; i++) {
        struct job *job = &run->pass->jobs[i];
        if (job->action.kind == ACTION_CREATE)
            remember(run, job, job_target(job), JOURNAL_INTENDED);
    }
    save(run);
}

static void settle(struct run *run, size_t index)
{
    struct pass_progress *progress = &run->pass->progress[index];
    progress->settled = true;
    progress->ended_ms = duration_now_ms();
    tell(run, index, PASS_SETTLED);
}

static void give_up(struct run *run, size_t index, const char *reason)
{
    run->pass->jobs[index].action =
        (struct action){.kind = ACTION_VERDICT, .verdict = VERDICT_FAILED, .reason = reason};
    settle(run, index);
}

/* Half to all of it, so that a fleet that boots together does not ask together. */
static int64_t jittered(int64_t ms)
{
    uint32_t noise = 0;
    if (ms <= 0 || getrandom(&noise, sizeof(noise), GRND_NONBLOCK) != (ssize_t)sizeof(noise))
        return ms;
    return ms / 2 + (int64_t)(noise % (uint32_t)(ms / 2 + 1));
}

static void decide(struct run *run, size_t index)
{
    struct job *job = &run->pass->jobs[index];
    job_decide(job, run->options->mode);
    if (job->action.kind == ACTION_VERDICT)
        settle(run, index);
    else
        run->pass->progress[index].not_before_ms =
            duration_now_ms() + jittered(job->action.wait_ms);
}

static void send(struct run *run, size_t index)
{
    struct job *job = &run->pass->jobs[index];
    struct pass_progress *progress = &run->pass->progress[index];
    scoped_free char *id = memory_string(job_target(job));
    scoped_container Kanto__Container *container = NULL;
    struct kanto_request request = {.id = id, .tag = index};
    struct error err = {0};
    switch (job->action.kind) {
    case ACTION_CREATE:
        /* Mostly it is there already: the ids of a pass are written down together. */
        if (remember(run, job, id, JOURNAL_INTENDED))
            save(run);
        request.method = KANTO_CREATE;
        request.container = container = job_request(job, id);
        break;
    case ACTION_START:
        request.method = KANTO_START;
        break;
    case ACTION_REMOVE:
        request.method = KANTO_REMOVE;
        request.force = true;
        break;
    case ACTION_LOOK:
        request.method = KANTO_GET;
        break;
    case ACTION_NONE:
    case ACTION_VERDICT:
        return;
    }
    if (!progress->began_ms)
        progress->began_ms = duration_now_ms();
    if (run->kanto->table->submit(run->kanto, &request, &err) < 0) {
        job_tell(job, RESULT_REFUSED, err.text, NULL, 0);
        decide(run, index);
        return;
    }
    progress->in_flight = true;
    run->in_flight++;
    tell(run, index, PASS_BEGINS);
}

static enum result result_of(const struct job *job, const struct kanto_answer *answer)
{
    switch (answer->outcome) {
    case KANTO_OK:
        return RESULT_OK;
    case KANTO_REFUSED:
        return sentence_result(job->action.kind, answer->message);
    case KANTO_UNKNOWN:
        break;
    }
    return RESULT_NO_ANSWER;
}

static void record(struct run *run, const struct job *job, const char *id, enum result result)
{
    bool changing = job->action.kind != ACTION_LOOK;
    if (changing && (result == RESULT_NO_ANSWER || result == RESULT_BURNT)) {
        remember(run, job, id, JOURNAL_SUSPECT);
        save(run);
    } else if (result == RESULT_OK && job->action.kind == ACTION_REMOVE) {
        journal_drop(run->journal, id);
    } else if (result == RESULT_OK && job->action.kind == ACTION_START &&
               journal_find(run->journal, id)) {
        remember(run, job, id, JOURNAL_DEPLOYED);
    }
}

static void take(struct run *run, struct kanto_answer *answer)
{
    size_t index = (size_t)answer->tag;
    if (index >= run->pass->count || !run->pass->progress[index].in_flight)
        return;
    struct job *job = &run->pass->jobs[index];
    enum result result = result_of(job, answer);
    scoped_free char *id =
        memory_string(job->action.kind == ACTION_CREATE || job->action.kind == ACTION_LOOK
                          ? job->id
                          : job->live[job->action.live].id);
    run->pass->progress[index].in_flight = false;
    run->in_flight--;
    if (answer->outcome == KANTO_UNKNOWN && answer->status == GRPC_UNAVAILABLE)
        run->pass->lost = true;
    record(run, job, id, result);
    job_tell(job, result, result == RESULT_OK ? NULL : answer->message, answer->container,
        answer->elapsed_ms);
    tell(run, index, PASS_ANSWERED);
    decide(run, index);
}

/* A Start waits until those that it looks up by name have had their turn, however that ended. */
static bool may_begin(const struct run *run, size_t index, int64_t now)
{
    const struct pass_progress *progress = &run->pass->progress[index];
    if (progress->settled || progress->in_flight || progress->not_before_ms > now)
        return false;
    const struct order_edges *waits = &run->pass->order.waits[index];
    if (run->pass->jobs[index].action.kind != ACTION_START)
        return true;
    for (size_t i = 0; i < waits->count; i++)
        if (!run->pass->progress[waits->on[i]].settled)
            return false;
    return true;
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

static void begin_what_may(struct run *run, int64_t now)
{
    const struct pass *pass = run->pass;
    for (size_t i = 0; i < pass->count && run->in_flight < run->options->parallel; i++)
        if (may_begin(run, pass->order.turns[i], now))
            send(run, pass->order.turns[i]);
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

static void run_until_settled(struct run *run, const char **ret_reason)
{
    const char *reason = NULL;
    while (!all_settled(run->pass)) {
        int64_t now = duration_now_ms();
        reason = closed(run, now);
        if (!reason)
            begin_what_may(run, now);
        if (reason && run->in_flight == 0)
            break;
        if (run->stopped_ms && now - run->stopped_ms >= CREATE_GRACE_MS &&
            only_creates_in_flight(run->pass))
            break;
        struct kanto_answer answer = {0};
        if (run->kanto->table->next(run->kanto, TICK_MS, &answer) > 0) {
            take(run, &answer);
            kanto_answer_finish(&answer);
        } else {
            tell(run, 0, PASS_TICK);
        }
    }
    *ret_reason = reason;
}

static bool still_there(void *context, const char *id)
{
    const struct job *job = context;
    for (size_t i = 0; i < job->live_count; i++)
        if (strcmp(job->live[i].id, id) == 0)
            return true;
    return job->id && strcmp(job->id, id) == 0;
}

/* An id of a wished name that kanto-cm no longer has, and that this pass did not use. */
static void forget_former(struct run *run)
{
    for (size_t i = 0; i < run->pass->count; i++) {
        struct job *job = &run->pass->jobs[i];
        journal_forget(run->journal, job->wish->container->name, still_there, job);
    }
}

void pass_run(struct pass *pass, struct kanto *kanto, struct journal *journal,
    const struct pass_options *options)
{
    struct run run = {.pass = pass, .kanto = kanto, .journal = journal, .options = options};
    const char *reason = NULL;
    remember_intended(&run);
    for (size_t i = 0; i < pass->count; i++)
        if (pass->jobs[i].action.kind == ACTION_VERDICT)
            settle(&run, i);
    run_until_settled(&run, &reason);
    for (size_t i = 0; i < pass->count; i++)
        if (!pass->progress[i].settled)
            give_up(&run, i, reason ? reason : "not finished");
    forget_former(&run);
    save(&run);
    pass->ended_ms = duration_now_ms();
}
