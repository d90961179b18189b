/* A Create without an answer. A registry that takes the connection and says nothing looks like a
 * slow pull, and a slow pull must not be given up: so it goes on for long, and the others do not
 * wait for its place. */
#include "apply/ledger.h"
#include "apply/run.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/text.h"

static int64_t create_age_ms(const struct job *job, int64_t now)
{
    return job_is_in_flight(job) && job->move.action == ACTION_CREATE
               ? now - story_last(&job->story)->began_ms
               : 0;
}

/* At the end of its limit it counts as not answered. What is answered later is not heard. */
static void leave(struct run *run, size_t index, int64_t age_ms)
{
    struct job *job = &run->pass->jobs[index];
    scoped_text struct text words = {0};
    text_add(&words, "no answer for ");
    duration_print(&words, run->options->pull_limit_ms);
    text_add(&words, " (pull_limit): see whether the registry of its image answers this device");
    run->in_flight--;
    ledger_after(run, index, RESULT_NO_ANSWER);
    job_end(job, RESULT_NO_ANSWER, text_get(&words), NULL, NULL, age_ms);
    run_report(run, index, STORY_ANSWERS);
    run_decide(run, index);
}

void overdue_leave(struct run *run, int64_t now)
{
    int64_t limit = run->options->pull_limit_ms;
    for (size_t i = 0; limit > 0 && i < run->pass->count; i++) {
        int64_t age = create_age_ms(&run->pass->jobs[i], now);
        if (age >= limit)
            leave(run, i, age);
    }
}

size_t overdue_count(const struct run *run, int64_t now)
{
    int64_t bound = run->options->pull_timeout_ms;
    size_t count = 0;
    for (size_t i = 0; bound > 0 && i < run->pass->count; i++)
        count += create_age_ms(&run->pass->jobs[i], now) >= bound;
    return count;
}
