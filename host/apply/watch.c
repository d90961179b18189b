#include "apply/run.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "model/container.h"

#include <string.h>

/* Everything else is over. */
bool watch_is_next(const struct run *run)
{
    bool any = false;
    for (size_t i = 0; i < run->pass->count; i++) {
        if (!run->pass->progress[i].settled && !run->pass->progress[i].parked)
            return false;
        any = any || run->pass->progress[i].parked;
    }
    return any;
}

static int64_t end_of_watch(const struct run *run)
{
    int64_t end = 0;
    for (size_t i = 0; i < run->pass->count; i++) {
        const struct pass_progress *progress = &run->pass->progress[i];
        if (progress->parked && progress->not_before_ms > end)
            end = progress->not_before_ms;
    }
    return end;
}

static const Kanto__Container *find(const Kanto__ListContainersResponse *list, const char *id)
{
    for (size_t i = 0; i < list->n_containers; i++)
        if (strcmp(container_id(list->containers[i]), id) == 0)
            return list->containers[i];
    return NULL;
}

static void unpark(struct run *run, const Kanto__ListContainersResponse *list)
{
    for (size_t i = 0; i < run->pass->count; i++) {
        struct job *job = &run->pass->jobs[i];
        if (!run->pass->progress[i].parked)
            continue;
        run->pass->progress[i].parked = false;
        job_tell(job, RESULT_OK, NULL, find(list, job_live(job)->id), 0);
        run_tell(run, i, PASS_ANSWERED);
        run_decide(run, i);
    }
}

void watch_finish(struct run *run)
{
    struct kanto_request request = {.method = KANTO_LIST};
    struct kanto_answer answer = {0};
    struct error err = {0};
    if (end_of_watch(run) > clock_now_ms())
        return;
    if (kanto_call(run->kanto, &request, &answer, &err) < 0)
        return;
    run->pass->lists++;
    if (answer.list)
        unpark(run, answer.list);
    else
        run->cut = true;
    kanto_answer_finish(&answer);
}

void watch_break_off(struct run *run)
{
    for (size_t i = 0; i < run->pass->count; i++) {
        struct job *job = &run->pass->jobs[i];
        if (!run->pass->progress[i].parked)
            continue;
        run->pass->progress[i].parked = false;
        job->action = (struct action){.kind = ACTION_VERDICT,
            .verdict = VERDICT_DEPLOYED,
            .reason = "was started; there was no time to watch it"};
        run_settle(run, i);
    }
}
