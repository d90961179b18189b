#include "apply/ledger.h"
#include "apply/run.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "model/container.h"
#include "story/sentence.h"

#include <stdlib.h>
#include <string.h>

#define GRPC_DEADLINE_EXCEEDED 4
#define GRPC_UNAVAILABLE       14
#define LOG_LINES              10

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

static void fill(const struct run *run, const struct job *job, struct outgoing *out)
{
    static const enum kanto_method methods[ACTIONS] = {
        [ACTION_CREATE] = KANTO_CREATE,
        [ACTION_START] = KANTO_START,
        [ACTION_STOP] = KANTO_STOP,
        [ACTION_UPDATE] = KANTO_UPDATE,
        [ACTION_REMOVE] = KANTO_REMOVE,
        [ACTION_LOOK] = KANTO_GET,
        [ACTION_LOGS] = KANTO_LOGS,
    };
    out->request.method = methods[job->move.action];
    if (job->move.action == ACTION_CREATE)
        out->request.container = out->container = job_request(job);
    if (job->move.action == ACTION_UPDATE)
        job_update(job, &out->request.policy, &out->request.resources, &out->container);
    if (job->move.action == ACTION_STOP || job->move.action == ACTION_REMOVE)
        fill_stop(run, out);
    out->request.force = job->move.action == ACTION_REMOVE;
    out->request.tail = LOG_LINES;
}

void call_send(struct run *run, size_t index)
{
    struct job *job = &run->pass->jobs[index];
    struct outgoing out = {.request = {.id = job->target, .tag = index}};
    struct error err = {0};
    if (!ledger_before(run, index)) {
        run_decide(run, index); /* it cannot be remembered */
        return;
    }
    fill(run, job, &out);
    job_begin(job, clock_now_ms());
    int sent = run->kanto->table->submit(run->kanto, &out.request, &err);
    container_free(out.container);
    if (sent < 0) {
        job_end(job, RESULT_REFUSED, err.text, NULL, NULL, 0);
        run_decide(run, index);
        return;
    }
    run->in_flight++;
    run_report(run, index, STORY_BEGINS);
}

/* Log lines are a courtesy: without them the story goes on all the same. A registry that cannot be
 * dialled is told with the code of a deadline, by the daemon. */
static enum result result_of(enum action action, const struct kanto_answer *answer)
{
    bool told = answer->outcome == KANTO_REFUSED || (answer->status == GRPC_DEADLINE_EXCEEDED &&
                                                        sentence_is_known(action, answer->message));
    if (action == ACTION_LOGS || answer->outcome == KANTO_OK)
        return RESULT_OK;
    return told ? sentence_result(action, answer->message) : RESULT_NO_ANSWER;
}

static size_t count_lines(const char *log)
{
    size_t count = 0;
    for (; log && (log = strchr(log, '\n')); log++)
        count++;
    return count;
}

/* The last N lines lack the very first one of the log (recorded: logs), and that may be the only
 * one. A log that is shorter than N is small: all of it is asked for. Returns whether that is on
 * its way. */
static bool ask_for_whole_log(struct run *run, size_t index, const struct kanto_answer *answer)
{
    struct slot *slot = &run->pass->slots[index];
    struct job *job = &run->pass->jobs[index];
    bool again = slot->whole_log;
    slot->whole_log = false;
    if (job->move.action != ACTION_LOGS || answer->outcome != KANTO_OK || again ||
        count_lines(answer->log) >= LOG_LINES)
        return false;
    struct kanto_request request = {
        .method = KANTO_LOGS, .id = job->target, .tail = -1, .tag = index};
    struct error err = {0};
    slot->whole_log = run->kanto->table->submit(run->kanto, &request, &err) == 0;
    return slot->whole_log;
}

void call_take(struct run *run, struct kanto_answer *answer)
{
    size_t index = (size_t)answer->tag;
    if (index >= run->pass->count || !job_is_in_flight(&run->pass->jobs[index]))
        return;
    struct job *job = &run->pass->jobs[index];
    enum result result = result_of(job->move.action, answer);
    bool refused = result != RESULT_OK && job->move.action != ACTION_LOGS;
    if (ask_for_whole_log(run, index, answer))
        return;
    run->in_flight--;
    if (answer->outcome == KANTO_UNKNOWN && answer->status == GRPC_UNAVAILABLE) {
        run->cut = true;
        run->pass->slots[index].losses++;
    }
    ledger_after(run, index, result);
    job_end(job, result, refused ? answer->message : NULL, steal(&answer->container),
        steal(&answer->log), answer->elapsed_ms);
    run_report(run, index, STORY_ANSWERS);
    if (!run->cut)
        run_decide(run, index);
}
