/* One pass: every desired name is brought forward by `next` until there is a verdict, several at a
 * time; and so is what no manifest names any more. */
#ifndef KD_APPLY_PASS_H
#define KD_APPLY_PASS_H

#include "apply/observe.h"
#include "plan/job.h"
#include "plan/order.h"
#include "plan/prune.h"
#include "plan/snapshot.h"
#include "story/story.h"

/* After a signal a Create (a long pull) is given up: its id is on record. */
#define PASS_CREATE_GRACE_MS 20000

struct pass_options {
    enum mode mode;
    size_t parallel;         /* calls in flight, at least 1 */
    int64_t timeout_ms;      /* after that nothing new begins; 0: no bound */
    int64_t pull_timeout_ms; /* a Create that the network fails is repeated as long; 0: no bound */
    int64_t pull_limit_ms;   /* a Create without an answer is left after that; 0: no bound */
    int64_t grace_s;         /* a Stop kills after that */
    const char *hold; /* while this file is there nothing is replaced, stopped or removed; NULL or
                         "": there is no such file */
    bool (*stop)(void *context); /* SIGTERM, SIGINT: nothing new begins; may be NULL */
    story_listener *listener;    /* may be NULL */
    void *context;               /* of both */
    /* The connection was lost, nothing is in flight: makes another one (the former one is closed by
     * it) and takes a first look; what was observed before must outlive the pass. NULL: the pass
     * ends there. */
    int (*reconnect)(void *connector, struct kanto **ret_kanto, struct observed *ret_observed,
        struct error *err);
    void *connector;
};

/* When a job may go on. */
struct slot {
    int64_t not_before_ms; /* its next step; of one that is watched: the end of the watch */
    int64_t waits_ms;      /* how long its next step waits since the last try */
    bool whole_log;        /* its log is asked for once more, whole */
    bool recorded;         /* its failure is in the journal */
    bool crowded;          /* it has, or needs, something that others could need */
    unsigned losses;       /* connections that were lost while a call of it was in flight */
};

struct pass {
    struct job *jobs; /* one for each desired container, in its order; then the orphaned ones */
    struct slot *slots;
    size_t count;
    size_t desired_count;
    struct stories stories; /* of the jobs */
    const struct desired_set *desired_set;
    struct snapshot snapshot; /* that the jobs were made from */
    size_t *crowd;            /* those jobs whose slots are crowded */
    size_t crowd_count;
    struct prune prune;
    struct order order; /* of the desired ones */
    int64_t began_ms;
    int64_t ended_ms;
    unsigned losses;     /* connections lost in it */
    char *lost_reason;   /* or NULL */
    char *journal_error; /* the journal could not be written, or NULL */
};

/* Prepares the jobs: from here the happy path is foreseeable (pass_foresee, instead of pass_run).
 * `desired_set`, `observed` and `journal` must outlive the pass. Of the options mode, hold and
 * pull_timeout_ms count. */
void pass_init(struct pass *pass, const struct desired_set *desired_set,
    const struct observed *observed, const struct journal *journal,
    const struct pass_options *options);

/* What pass_run would do if every call succeeded: the stories of the jobs. */
void pass_foresee(struct pass *pass);

/* Runs it. Failures stand in the stories; one of them never stops the others. */
void pass_run(struct pass *pass, struct kanto *kanto, struct journal *journal,
    const struct pass_options *options);

void pass_finish(struct pass *pass);

#endif
