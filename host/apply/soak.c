#include "apply/run.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "model/container.h"

#include <string.h>

#define TOGETHER_MS 1000 /* watches that end within that are ended by one List */

/* A watch needs no call: of a new one it ends by itself, of the others with a List. */
void soak_begin(struct run *run, size_t index)
{
    struct job *job = &run->pass->jobs[index];
    int64_t now = clock_now_ms();
    job_begin(job, now);
    run->pass->slots[index].not_before_ms = now + job->desired->soak_ms;
    run_report(run, index, STORY_BEGINS);
}

static bool is_shared(const struct pass *pass, size_t index)
{
    return job_is_watched(&pass->jobs[index]) && pass->jobs[index].move.shared;
}

/* When the first of them is due; INT64_MAX: none is watched. */
static int64_t first_due(const struct pass *pass)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < pass->count; i++)
        if (is_shared(pass, i) && pass->slots[i].not_before_ms < first)
            first = pass->slots[i].not_before_ms;
    return first;
}

static int64_t last_together(const struct pass *pass, int64_t first)
{
    int64_t last = first;
    for (size_t i = 0; i < pass->count; i++)
        if (is_shared(pass, i) && pass->slots[i].not_before_ms <= first + TOGETHER_MS &&
            pass->slots[i].not_before_ms > last)
            last = pass->slots[i].not_before_ms;
    return last;
}

static const Kanto__Container *find(const Kanto__ListContainersResponse *list, const char *id)
{
    for (size_t i = 0; i < list->n_containers; i++)
        if (strcmp(container_id(list->containers[i]), id) == 0)
            return list->containers[i];
    return NULL;
}

/* A List says how it was when it was asked for: nothing of what was started since. */
static void end_those_of(struct run *run, const Kanto__ListContainersResponse *list)
{
    for (size_t i = 0; i < run->pass->count; i++) {
        struct job *job = &run->pass->jobs[i];
        if (!is_shared(run->pass, i) || run->pass->slots[i].not_before_ms > run->listed_ms ||
            story_last(&job->story)->began_ms >= run->listed_ms)
            continue;
        const Kanto__Container *told = find(list, job->target);
        int64_t began = story_last(&job->story)->began_ms;
        job_end(job, RESULT_OK, NULL, told ? container_clone(told) : NULL, NULL,
            clock_now_ms() - began);
        run_report(run, i, STORY_ANSWERS);
        run_decide(run, i);
    }
}

/* A call like any other: what is in flight goes on. */
static void ask(struct run *run)
{
    struct kanto_request request = {.method = KANTO_LIST, .tag = SOAK_TAG};
    struct error err = {0};
    if (run->kanto->table->submit(run->kanto, &request, &err) < 0)
        return;
    run->listing = true;
    run->listed_ms = clock_now_ms();
    run->in_flight++;
}

void soak_end_due(struct run *run, int64_t now)
{
    int64_t first = first_due(run->pass);
    if (first == INT64_MAX || run->cut || run->listing || last_together(run->pass, first) > now)
        return;
    ask(run);
}

void soak_end_all(struct run *run)
{
    if (first_due(run->pass) == INT64_MAX || run->cut || run->pass->stories.lost)
        return;
    for (size_t i = 0; i < run->pass->count; i++)
        run->pass->slots[i].not_before_ms = 0;
    if (!run->listing)
        ask(run);
}

void soak_take(struct run *run, const struct kanto_answer *answer)
{
    run->listing = false;
    run->in_flight--;
    run->pass->stories.lists++;
    if (answer->list)
        end_those_of(run, answer->list);
    else if (answer->outcome == KANTO_UNKNOWN)
        run->cut = true;
}
