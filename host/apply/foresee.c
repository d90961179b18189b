/* What a pass would do if every call succeeded. */
#include "apply/pass.h"

#include "apply/run.h"

#include <string.h>

static void foresee_restart(struct pass *pass, size_t index, enum mode mode)
{
    struct job *job = &pass->jobs[index];
    for (size_t i = 0; job->wish->restart_with && i < pass->wished; i++) {
        if (!turn_waits(pass, index, &pass->jobs[i]) || !job_has_started(&pass->jobs[i]) ||
            strcmp(pass->jobs[i].wish->container->name, job->wish->restart_with) != 0)
            continue;
        job->known.restart = true;
        job_decide(job, mode);
        job_foresee(job, mode);
    }
}

void pass_foresee(struct pass *pass, enum mode mode)
{
    for (size_t i = 0; i < pass->count; i++)
        job_foresee(&pass->jobs[i], mode);
    for (size_t i = 0; i < pass->wished; i++)
        foresee_restart(pass, i, mode);
}
