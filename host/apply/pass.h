/* One pass: every desired name is brought forward by `next` until there is a verdict, several at a
 * time; and so is what nobody desired_set any more. */
#ifndef KD_APPLY_PASS_H
#define KD_APPLY_PASS_H

#include "apply/observe.h"
#include "plan/job.h"
#include "plan/order.h"
#include "plan/prune.h"

struct pass;

/* Told as it happens, for a live view. */
enum pass_event {
    PASS_BEGINS,   /* the job's action was sent, or its watch begins */
    PASS_ANSWERED, /* job->steps has one more */
    PASS_SETTLED,  /* job->action is a verdict */
    PASS_TICK,     /* nothing happened for a moment; job is the first */
};
typedef void pass_tell(void *context, const struct pass *pass, size_t job, enum pass_event event);

struct pass_options {
    enum mode mode;
    size_t parallel;    /* calls in flight, at least 1 */
    int64_t timeout_ms; /* after that nothing new begins; 0: no bound */
    int64_t grace_s;    /* a Stop kills after that */
    const char *hold;   /* while this file is there nothing is replaced, stopped or removed;
                           NULL or "": there is no such file */
    bool (*stop)(void *context); /* SIGTERM, SIGINT: nothing new begins; may be NULL */
    pass_tell *tell;             /* may be NULL */
    void *context;
    /* The connection was lost, nothing is in flight: makes another one (the former one is closed by
     * it) and takes a first look. NULL: the pass ends there. */
    int (*reconnect)(void *connector, struct kanto **ret_kanto, struct observed *ret_observed,
        struct error *err);
    void *connector;
};

struct pass_progress {
    bool in_flight;
    bool settled;
    bool whole_log;   /* its log is asked for once more, whole */
    bool parked;      /* it runs; the shared wait at the end is still to come */
    int64_t began_ms; /* clock_now_ms() of the first action; 0: none yet */
    int64_t ended_ms;
    int64_t not_before_ms; /* an action that waits; of a parked one: the end of its watch */
    int64_t down_since_ms; /* the old one was stopped; 0: it was not */
};

struct pass {
    struct job *jobs; /* one for each desired, in its order; then the orphaned ones */
    struct pass_progress *progress;
    size_t count;
    size_t desired; /* how many of them are desired */
    struct prune prune;
    const Kanto__ListContainersResponse *list; /* that the jobs were made from */
    struct order order;                        /* of the desired ones */
    int64_t began_ms;
    int64_t ended_ms;
    unsigned lists;      /* that the pass made itself */
    unsigned losses;     /* connections lost in it */
    bool interrupted;    /* stopped by a signal */
    bool lost;           /* kanto-cm went away in the middle, and did not come back */
    char *lost_reason;   /* or NULL */
    char *journal_error; /* the journal could not be written, or NULL */
};

/* Prepares the jobs: from here the happy path is foreseeable (pass_foresee, instead of pass_run).
 * `desired_set`, `observed` and `journal` must outlive the pass. `hold`: as in the options. */
void pass_init(struct pass *pass, const struct desired_set *desired_set,
    const struct observed *observed, const struct journal *journal, enum mode mode,
    const char *hold);

/* What pass_run would do if every call succeeded: the steps of the jobs. */
void pass_foresee(struct pass *pass, enum mode mode);

/* Runs it. Failures stand in the jobs; one of them never stops the others. */
void pass_run(struct pass *pass, struct kanto *kanto, struct journal *journal,
    const struct pass_options *options);

void pass_finish(struct pass *pass);

#endif
