#include "apply/run.h"

#include "base/memory.h"

#include <stdlib.h>

#define CONNECTIONS_MAX 20 /* of one pass */

/* Nothing is known any more of what was in flight: everything that has no verdict yet is looked at
 * as if the pass began here. */
static void renew_jobs(struct run *run)
{
    for (size_t i = 0; i < run->pass->count; i++) {
        struct job *job = &run->pass->jobs[i];
        if (job_is_settled(job))
            continue;
        if (story_is_in_flight(&job->story))
            job_end(job, RESULT_NO_ANSWER, NULL, NULL, NULL, 0);
        job_renew(job, &run->pass->snapshot);
    }
    room_find(run->pass);
    for (size_t i = 0; i < run->pass->count; i++)
        if (!job_is_settled(&run->pass->jobs[i]))
            run_decide(run, i);
}

bool again_connect(struct run *run)
{
    struct observed observed = {0};
    struct error err = {0};
    run->pass->losses++;
    bool tried = run->options->reconnect && run->pass->losses <= CONNECTIONS_MAX;
    if (!tried ||
        run->options->reconnect(run->options->connector, &run->kanto, &observed, &err) < 0) {
        run->pass->stories.lost = true;
        run->pass->lost_reason = tried ? memory_string(err.text) : NULL;
        return false;
    }
    snapshot_finish(&run->pass->snapshot);
    pass_take_snapshot(run->pass, &observed, run->journal, run->options);
    run->pass->stories.lists += observed.calls;
    run->cut = false;
    renew_jobs(run);
    return true;
}
