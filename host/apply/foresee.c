/* What a pass would do if every call succeeded. */
#include "apply/pass.h"

#include "apply/run.h"

#include <string.h>

static void foresee_restart(struct pass *pass, size_t index)
{
    struct job *job = &pass->jobs[index];
    for (size_t i = 0; job->desired->restart_with && i < pass->desired_count; i++) {
        if (!turn_waits(pass, index, &pass->jobs[i]) || !job_has_started(&pass->jobs[i]) ||
            strcmp(pass->jobs[i].story.name, job->desired->restart_with) != 0)
            continue;
        job->around.restart = true;
        job_decide(job, 0);
        job_foresee(job);
    }
}

/* An orphan that is in the way is stopped first, and goes when its room is taken. */
static void foresee_room(struct pass *pass, size_t index)
{
    struct job *job = &pass->jobs[index];
    room_describe(pass, index);
    job_decide(job, 0);
    job_foresee(job);
    if (!job_is_settled(job))
        job_settle(job, 0);
}

void pass_foresee(struct pass *pass)
{
    for (size_t i = 0; i < pass->count; i++)
        job_foresee(&pass->jobs[i]);
    for (size_t i = 0; i < pass->desired_count; i++)
        foresee_restart(pass, i);
    for (size_t i = pass->desired_count; i < pass->count; i++)
        if (pass->jobs[i].move.step == STEP_WAIT_FOR_ROOM)
            foresee_room(pass, i);
}
