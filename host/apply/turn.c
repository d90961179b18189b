#include "apply/run.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* It has had its turn: there is a verdict, or it runs and is only watched. */
static bool is_through(const struct job *job)
{
    return job_is_settled(job) || (job_is_watched(job) && job->move.shared);
}

/* It failed, and nothing of its name runs: an old one that was brought back serves as well. */
static bool is_failed(const struct job *job)
{
    return job_is_settled(job) && verdict_failed(job->story.verdict) && !job_runs(job);
}

bool turn_waits(const struct pass *pass, size_t index, const struct job *job)
{
    const struct order_edges *waits = &pass->order.waits[index];
    for (size_t i = 0; i < waits->count; i++)
        if (&pass->jobs[waits->on[i]] == job)
            return true;
    return false;
}

/* Whether it is restarted when another one of this pass gets a new process. (Of a cycle one edge is
 * dropped: that one waits for nobody.) */
static const struct job *companion_of(const struct run *run, size_t index)
{
    const struct job *job = &run->pass->jobs[index];
    if (index >= run->pass->desired_count || !job->desired->restart_with)
        return NULL;
    const struct order_edges *waits = &run->pass->order.waits[index];
    for (size_t i = 0; i < waits->count; i++)
        if (strcmp(run->pass->jobs[waits->on[i]].story.name, job->desired->restart_with) == 0)
            return &run->pass->jobs[waits->on[i]];
    return NULL;
}

/* Those that it waits for have had their turn. One that failed blocks it. */
static bool others_are_through(struct run *run, size_t index)
{
    struct job *job = &run->pass->jobs[index];
    const struct order_edges *waits = &run->pass->order.waits[index];
    for (size_t i = 0; i < waits->count; i++)
        if (!is_through(&run->pass->jobs[waits->on[i]]))
            return false;
    for (size_t i = 0; i < waits->count && !job->around.blocked; i++) {
        const struct job *other = &run->pass->jobs[waits->on[i]];
        if (!is_failed(other))
            continue;
        job->around.blocked = true;
        job->story.waits_for = memory_string(other->story.name);
        run_decide(run, index);
    }
    return true;
}

/* A verdict is final only when the companion's turn is over: it may have to be restarted. */
static void settle_or_restart(struct run *run, size_t index)
{
    struct job *job = &run->pass->jobs[index];
    const struct job *companion = companion_of(run, index);
    if (companion && !is_through(companion))
        return;
    if (companion && job_has_started(companion) && !job->around.restart) {
        job->around.restart = true;
        run_decide(run, index);
    }
    if (job->move.action == ACTION_VERDICT)
        run_settle(run, index);
}

bool turn_has_come(struct run *run, size_t index, int64_t now)
{
    struct job *job = &run->pass->jobs[index];
    if (run->pass->slots[index].not_before_ms > now)
        return false;
    if (job->move.action == ACTION_VERDICT)
        settle_or_restart(run, index);
    if (job->move.action == ACTION_VERDICT || story_is_in_flight(&job->story))
        return false;
    if (index < run->pass->desired_count && move_needs_others(&job->facts, &job->move) &&
        !others_are_through(run, index))
        return false;
    if (job->move.action == ACTION_VERDICT) /* it is blocked */
        run_settle(run, index);
    return !job_is_settled(job);
}
