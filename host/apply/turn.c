#include "apply/run.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* It has had its turn: there is a verdict, or it runs and is only watched. */
static bool is_through(const struct run *run, size_t index)
{
    return run->pass->progress[index].settled || run->pass->progress[index].parked;
}

/* It failed, and nothing of its name runs: an old one that was brought back serves as well. */
static bool is_failed(const struct job *job)
{
    for (size_t i = 0; i < job->live_count; i++)
        if (live_runs(&job->live[i]))
            return false;
    return job->action.kind == ACTION_VERDICT &&
           (job->action.verdict == VERDICT_FAILED || job->action.verdict == VERDICT_WAITING);
}

/* What a container can do without those that it waits for: its image is pulled, it is looked at. A
 * replacement that is under way goes on. */
static bool needs_nobody(const struct job *job)
{
    switch (job->action.kind) {
    case ACTION_CREATE:
        return job->action.id != ID_REPLACING;
    case ACTION_START:
    case ACTION_STOP:
    case ACTION_UPDATE:
        return job->live[job->action.live].role != ROLE_SINGLE || job->outcome.starts > 0;
    default:
        return true;
    }
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
static bool waits_for_companion(const struct run *run, size_t index, size_t *ret_companion)
{
    const struct job *job = &run->pass->jobs[index];
    if (!job->desired->restart_with || index >= run->pass->desired)
        return false;
    const struct order_edges *waits = &run->pass->order.waits[index];
    for (size_t i = 0; i < waits->count; i++) {
        const struct job *other = &run->pass->jobs[waits->on[i]];
        if (strcmp(other->desired->container->name, job->desired->restart_with) != 0)
            continue;
        *ret_companion = waits->on[i];
        return true;
    }
    return false;
}

/* Those that it waits for have had their turn. One that failed blocks it. */
static bool others_are_through(struct run *run, size_t index)
{
    struct job *job = &run->pass->jobs[index];
    const struct order_edges *waits = &run->pass->order.waits[index];
    for (size_t i = 0; i < waits->count; i++)
        if (!is_through(run, waits->on[i]))
            return false;
    for (size_t i = 0; i < waits->count && !job->known.blocked; i++) {
        if (!is_failed(&run->pass->jobs[waits->on[i]]))
            continue;
        job->known.blocked = true;
        job->waits_for = memory_string(run->pass->jobs[waits->on[i]].desired->container->name);
    }
    return true;
}

/* A verdict is final only when the companion's turn is over. Returns whether something changed. */
static bool settle_or_restart(struct run *run, size_t index)
{
    struct job *job = &run->pass->jobs[index];
    size_t companion = 0;
    if (!waits_for_companion(run, index, &companion)) {
        run_settle(run, index);
        return false;
    }
    if (!is_through(run, companion))
        return false;
    if (job_has_started(&run->pass->jobs[companion]) && !job->known.restart) {
        job->known.restart = true;
        run_decide(run, index);
        return true;
    }
    run_settle(run, index);
    return false;
}

bool turn_has_come(struct run *run, size_t index, int64_t now)
{
    struct job *job = &run->pass->jobs[index];
    const struct pass_progress *progress = &run->pass->progress[index];
    if (progress->settled || progress->in_flight || progress->parked ||
        progress->not_before_ms > now)
        return false;
    if (job->action.kind == ACTION_VERDICT && !settle_or_restart(run, index))
        return false;
    if (index >= run->pass->desired || needs_nobody(job))
        return job->action.kind != ACTION_VERDICT;
    if (!others_are_through(run, index))
        return false;
    if (job->known.blocked)
        run_decide(run, index);
    return job->action.kind != ACTION_VERDICT;
}
