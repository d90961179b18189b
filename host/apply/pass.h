/* One pass: every wished name is brought forward by `next` until there is a verdict, several at a
 * time. */
#ifndef KD_APPLY_PASS_H
#define KD_APPLY_PASS_H

#include "apply/observe.h"
#include "plan/job.h"
#include "plan/order.h"

struct pass;

/* Told as it happens, for a live view. */
enum pass_event {
    PASS_BEGINS,   /* the job's action was sent */
    PASS_ANSWERED, /* job->steps has one more */
    PASS_SETTLED,  /* job->action is a verdict */
    PASS_TICK,     /* nothing happened for a moment; job is the first */
};
typedef void pass_tell(void *context, const struct pass *pass, size_t job, enum pass_event event);

struct pass_options {
    enum mode mode;
    size_t parallel;             /* calls in flight, at least 1 */
    int64_t timeout_ms;          /* after that nothing new begins; 0: no bound */
    bool (*stop)(void *context); /* SIGTERM, SIGINT: nothing new begins; may be NULL */
    pass_tell *tell;             /* may be NULL */
    void *context;
};

struct pass_progress {
    bool in_flight;
    bool settled;
    int64_t began_ms; /* duration_now_ms() of the first action; 0: none yet */
    int64_t ended_ms;
    int64_t not_before_ms; /* an action that waits */
};

struct pass {
    struct job *jobs; /* one for each wish, in its order */
    struct pass_progress *progress;
    size_t count;
    struct order order;
    int64_t began_ms;
    int64_t ended_ms;
    bool interrupted;    /* stopped by a signal */
    bool lost;           /* kanto-cm went away in the middle */
    char *journal_error; /* the journal could not be written, or NULL */
};

/* Prepares the jobs: from here the happy path is foreseeable (job_foresee on each of them, instead
 * of pass_run). `wishes` must outlive the pass. */
void pass_init(struct pass *pass, const struct wishes *wishes, const struct observed *observed,
    const struct journal *journal, enum mode mode);

/* Runs it. Failures stand in the jobs; one of them never stops the others. */
void pass_run(struct pass *pass, struct kanto *kanto, struct journal *journal,
    const struct pass_options *options);

void pass_finish(struct pass *pass);

#endif
