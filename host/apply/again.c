#include "apply/run.h"

#include "base/memory.h"

#include <stdlib.h>

#define LOSSES_MAX      3  /* of one container: is it what brings the daemon down? */
#define CONNECTIONS_MAX 20 /* of one pass */

/* Nothing is known any more of what was in flight: everything that has no verdict yet is looked at
 * as if the pass began here. */
static void renew_jobs(struct run *run, const struct observed *observed)
{
    struct job_world world = {
        .mode = run->options->mode,
        .list = observed->list,
        .journal = run->journal,
        .daemon_began = observed->daemon_began,
        .booted = observed->booted,
        .hold = run_is_held(run->options->hold),
    };
    run->pass->list = observed->list;
    for (size_t i = 0; i < run->pass->count; i++) {
        struct pass_progress *progress = &run->pass->progress[i];
        struct job *job = &run->pass->jobs[i];
        if (progress->settled)
            continue;
        progress->parked = false;
        job_renew(job, &world);
        run_enter(run, i);
        if (job->losses >= LOSSES_MAX)
            run_give_up(run, i, "kanto-cm went away again and again while it was at this one");
    }
}

bool again_connect(struct run *run)
{
    struct observed observed = {0};
    struct error err = {0};
    run->pass->losses++;
    bool tried = run->options->reconnect && run->pass->losses <= CONNECTIONS_MAX;
    if (!tried ||
        run->options->reconnect(run->options->connector, &run->kanto, &observed, &err) < 0) {
        run->pass->lost = true;
        run->pass->lost_reason = tried ? memory_string(err.text) : NULL;
        return false;
    }
    run->pass->lists += observed.calls;
    renew_jobs(run, &observed);
    run->cut = false;
    return true;
}
