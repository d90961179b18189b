/* One name in one pass: the wish, what is live, what was tried, and how it stands. `plan` advances
 * jobs by assuming that every action succeeds, `apply` by the daemon's answers; both go through
 * here. */
#ifndef KD_PLAN_JOB_H
#define KD_PLAN_JOB_H

#include "journal/journal.h"
#include "model/compare.h"
#include "model/id.h"
#include "plan/next.h"
#include "plan/wish.h"

struct job_step { /* for the report: what was done, or would be */
    enum action_kind action;
    char *id;
    int64_t elapsed_ms; /* 0 in a plan */
    char *message;      /* the daemon's refusal; NULL when it went well */
};

struct job {
    const struct wish *wish;
    struct live *live; /* their ids borrow `containers` */
    Kanto__Container **containers;
    size_t live_count, live_capacity;
    int64_t daemon_began;

    struct known known;
    struct outcome outcome;
    char *message;           /* the daemon's last refusal; NULL: none */
    char *id;                /* of the last Create, or of the chosen container */
    char *intended;          /* journal's id for this wish, or NULL */
    const char *explicit_id; /* the manifest's, or NULL */

    struct action action;           /* what is next */
    struct differences differences; /* of the chosen one when it runs with other fields */
    struct job_step *steps;
    size_t step_count, step_capacity;
};

/* The world that jobs are made from. The list's containers are copied. */
struct job_world {
    enum mode mode;
    const Kanto__ListContainersResponse *list;
    const struct journal *journal; /* may be NULL */
    int64_t daemon_began;          /* see live.h */
};

void job_init(struct job *job, const struct wish *wish, const struct job_world *world);
void job_finish(struct job *job);

/* Decides job->action from all that is known now. */
void job_decide(struct job *job, enum mode mode);

/* The id that job->action works on: for a CREATE chosen here (and remembered in job->id until the
 * outcome is told). Owned by the job. */
const char *job_target(struct job *job);

/* The wish with that id, ready for Create. container_free() it. */
Kanto__Container *job_request(const struct job *job, const char *id);

/* Tells the outcome of job->action and advances what is known. `container`: what Create or Get
 * answered, NULL otherwise. `message`: the refusal, NULL otherwise. */
void job_tell(struct job *job, enum result result, const char *message,
    const Kanto__Container *container, int64_t elapsed_ms);

/* Decides and assumes success until there is a verdict: the plan's happy path, in job->steps. */
void job_foresee(struct job *job, enum mode mode);

/* A person's word for an action: "create", "start", "remove". */
const char *action_word(enum action_kind kind);
const char *verdict_word(enum verdict verdict); /* "kept", "deployed", … */

#endif
