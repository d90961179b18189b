/* What a pass would do if every call succeeded. */
#include "apply/pass.h"

#include "apply/run.h"

#include <string.h>

static void foresee_restart(struct pass *pass, size_t index, enum mode mode)
{
    struct job *job = &pass->jobs[index];
    for (size_t i = 0; job->desired->restart_with && i < pass->desired; i++) {
        if (!turn_waits(pass, index, &pass->jobs[i]) || !job_has_started(&pass->jobs[i]) ||
            strcmp(pass->jobs[i].desired->container->name, job->desired->restart_with) != 0)
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
    for (size_t i = 0; i < pass->desired; i++)
        foresee_restart(pass, i, mode);
}
