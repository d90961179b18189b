#include "apply/ledger.h"
#include "apply/run.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "model/container.h"
#include "plan/sentence.h"

#include <stdlib.h>
#include <string.h>

#define GRPC_UNAVAILABLE 14
#define LOG_LINES        10

/* What a request borrows until it is sent. */
struct outgoing {
    struct kanto_request request;
    Kanto__Container *container;
    Kanto__StopOptions stop;
};

/* What does not end by SIGTERM is killed after the grace. A Remove with this goes through even
 * where the daemon missed the end of the process (recorded: kill-race). */
static void fill_stop(const struct run *run, struct outgoing *out)
{
    out->stop = (Kanto__StopOptions)KANTO__STOP_OPTIONS__INIT;
    out->stop.has_timeout = out->stop.has_force = true;
    out->stop.timeout = run->options->grace_s;
    out->stop.force = true;
    out->request.stop = &out->stop;
}

/* Returns false when there is nothing to send. */
static bool fill(const struct run *run, const struct job *job, const char *id, struct outgoing *out)
{
    static const enum kanto_method methods[] = {
        [ACTION_CREATE] = KANTO_CREATE,
        [ACTION_START] = KANTO_START,
        [ACTION_STOP] = KANTO_STOP,
        [ACTION_UPDATE] = KANTO_UPDATE,
        [ACTION_REMOVE] = KANTO_REMOVE,
        [ACTION_LOOK] = KANTO_GET,
        [ACTION_LOGS] = KANTO_LOGS,
    };
    if (job->action.kind == ACTION_NONE || job->action.kind == ACTION_SOAK ||
        job->action.kind == ACTION_VERDICT)
        return false;
    out->request.method = methods[job->action.kind];
    if (job->action.kind == ACTION_CREATE)
        out->request.container = out->container = job_request(job, id);
    if (job->action.kind == ACTION_UPDATE)
        job_update(job, &out->request.policy, &out->request.resources, &out->container);
    if (job->action.kind == ACTION_STOP || job->action.kind == ACTION_REMOVE)
        fill_stop(run, out);
    out->request.force = job->action.kind == ACTION_REMOVE;
    out->request.tail = LOG_LINES;
    return true;
}

void call_send(struct run *run, size_t index)
{
    struct job *job = &run->pass->jobs[index];
    struct pass_progress *progress = &run->pass->progress[index];
    scoped_free char *id = memory_string(job_target(job));
    struct outgoing out = {.request = {.id = id, .tag = index}};
    struct error err = {0};
    if (!fill(run, job, id, &out))
        return;
    ledger_before(run, index, id);
    if (!progress->began_ms)
        progress->began_ms = clock_now_ms();
    int sent = run->kanto->table->submit(run->kanto, &out.request, &err);
    container_free(out.container);
    if (sent < 0) {
        job_tell(job, RESULT_REFUSED, err.text, NULL, 0);
        run_decide(run, index);
        return;
    }
    progress->in_flight = true;
    run->in_flight++;
    run_tell(run, index, PASS_BEGINS);
}

/* Log lines are a courtesy: without them the story goes on all the same. */
static enum result result_of(const struct job *job, const struct kanto_answer *answer)
{
    if (job->action.kind == ACTION_LOGS)
        return RESULT_OK;
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

/* How long nothing ran: from the answer to the Stop to the answer to the Start. */
static void measure_downtime(struct run *run, size_t index, enum result result)
{
    struct job *job = &run->pass->jobs[index];
    struct pass_progress *progress = &run->pass->progress[index];
    const struct live *live = job_live(job);
    if (result != RESULT_OK || !live || live->role == ROLE_SINGLE)
        return;
    bool stops = job->action.kind == ACTION_STOP || job->action.kind == ACTION_REMOVE;
    if (stops && live->role == ROLE_OLD && live_runs(live) && !job->outcome.starts)
        progress->down_since_ms = clock_now_ms();
    if (job->action.kind == ACTION_START && progress->down_since_ms)
        job->downtime_ms = clock_now_ms() - progress->down_since_ms;
    else if (job->action.kind == ACTION_START && live->role == ROLE_NEW && job->known.start_first)
        job->downtime_ms = 0;
}

static size_t count_lines(const char *log)
{
    size_t count = 0;
    for (; log && (log = strchr(log, '\n')); log++)
        count++;
    return count;
}

static void keep_log(struct job *job, struct kanto_answer *answer)
{
    if (job->action.kind != ACTION_LOGS || !answer->log)
        return;
    free(job->log);
    job->log = steal(&answer->log);
}

/* The last N lines lack the very first one of the log (recorded: logs), and that may be the only
 * one. A log that is shorter than N is small: all of it is asked for. Returns whether that is on
 * its way. */
static bool ask_for_whole_log(struct run *run, size_t index, const struct kanto_answer *answer)
{
    struct pass_progress *progress = &run->pass->progress[index];
    struct job *job = &run->pass->jobs[index];
    bool again = progress->whole_log;
    progress->whole_log = false;
    if (job->action.kind != ACTION_LOGS || answer->outcome != KANTO_OK || again ||
        count_lines(job->log) >= LOG_LINES)
        return false;
    struct kanto_request request = {
        .method = KANTO_LOGS, .id = job_target(job), .tail = -1, .tag = index};
    struct error err = {0};
    progress->whole_log = run->kanto->table->submit(run->kanto, &request, &err) == 0;
    return progress->whole_log;
}

void call_take(struct run *run, struct kanto_answer *answer)
{
    size_t index = (size_t)answer->tag;
    if (index >= run->pass->count || !run->pass->progress[index].in_flight)
        return;
    struct job *job = &run->pass->jobs[index];
    const struct live *live = job_live(job);
    enum result result = result_of(job, answer);
    scoped_free char *id = memory_string(live ? live->id : job->id);
    keep_log(job, answer);
    if (ask_for_whole_log(run, index, answer))
        return;
    run->pass->progress[index].in_flight = false;
    run->in_flight--;
    if (answer->outcome == KANTO_UNKNOWN && answer->status == GRPC_UNAVAILABLE) {
        run->cut = true;
        job->losses++;
    }
    ledger_after(run, index, id, result);
    measure_downtime(run, index, result);
    job_tell(job, result, result == RESULT_OK ? NULL : answer->message, answer->container,
        answer->elapsed_ms);
    run_tell(run, index, PASS_ANSWERED);
    if (!run->cut)
        run_decide(run, index);
}
