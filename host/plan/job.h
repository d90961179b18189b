/* One name in one pass: what is desired, what is there, what was tried, and what comes next. The
 * facts are folded from the snapshot and the story each time that something is decided; nothing is
 * remembered beside these two. `plan` advances jobs by assuming that every call succeeds, `apply` by
 * the daemon's answers; both go through here. */
#ifndef KD_PLAN_JOB_H
#define KD_PLAN_JOB_H

#include "journal/journal.h"
#include "model/compare.h"
#include "model/id.h"
#include "plan/desired.h"
#include "plan/live.h"
#include "plan/next.h"
#include "plan/snapshot.h"
#include "story/story.h"

struct job {
    const struct desired *desired; /* of an orphaned one: itself, as it was at first */
    enum mode mode;
    struct live_context context;
    char digest[SHA256_HEX_SIZE];
    int64_t pull_timeout_ms;

    /* The snapshot. */
    struct reading *listed; /* the containers of the name, as the List told of them */
    size_t listed_count, listed_capacity;
    int64_t listed_ms;
    struct known around;     /* what journal, conf and the others of the pass say: see next.h */
    char *intended;          /* the journal's id for this manifest, or NULL */
    const char *explicit_id; /* the manifest's, or NULL */
    char *contested;         /* owner of around.contested, or NULL */
    char *lacks;             /* owner of around.lacks */

    /* The story, and what every answer of it told (one for each row). */
    struct story story;
    struct reading *answers;
    size_t answer_count, answer_capacity;

    /* Folded from both. */
    struct reading *now; /* the containers of the name as they are now */
    struct live *live;   /* their facts, for next() */
    size_t live_count, live_capacity;
    struct facts facts;
    Kanto__Container *former; /* the old one of a replacement as it was, or NULL */

    struct move move; /* what is next */
    char *target; /* the id it works on; of a Create the one that was chosen for it. NULL: none */
};

void job_init(struct job *job, const struct desired *desired, const struct snapshot *snapshot);
/* No manifest names it: `prune` says whether it may be removed, `why` why it is an orphan (borrowed,
 * or NULL). `desired` is as it is. */
void job_init_orphaned(struct job *job, const struct desired *desired,
    const struct snapshot *snapshot, bool prune, const char *why);
void job_finish(struct job *job);

/* Takes a new look at the world, after a connection was lost: what is there is read again, and what
 * was tried counts no more. */
void job_renew(struct job *job, const struct snapshot *snapshot);

/* Decides job->move from all that is known now (clock_now_ms(); 0: nothing is stale). */
void job_decide(struct job *job, int64_t now_ms);

/* The container that job->move works on, or NULL (CREATE, and LOOK at the last id). */
const struct live *job_live(const struct job *job);
const Kanto__Container *job_container(const struct job *job, const struct live *live);
/* The container that a CREATE of job->move would replace, or NULL. */
const struct live *job_replaces(const struct job *job);
/* What a CREATE of job->move sends. container_free() it. */
Kanto__Container *job_request(const struct job *job);
/* What an UPDATE of job->move gives; *ret_resources is NULL where they stay as they are. Both
 * belong to *ret_owner, which is for container_free(). */
void job_update(const struct job *job, const Kanto__RestartPolicy **ret_policy,
    const Kanto__Resources **ret_resources, Kanto__Container **ret_owner);

/* job->move was begun, and has ended; *answer is what Create, Get or (for a SOAK) List told of the
 * target, NULL otherwise, and *log what Logs gave: both are taken over. */
void job_begin(struct job *job, int64_t now_ms);
void job_end(struct job *job, enum result result, const char *message, Kanto__Container *answer,
    char *log, int64_t elapsed_ms);
/* job->move is a verdict: the story has it from now on. */
void job_settle(struct job *job, int64_t now_ms);

/* Decides and assumes success until there is a verdict, or it waits for others: the plan's happy
 * path, in the story. */
void job_foresee(struct job *job);

/* Whether a new process of it runs because of this pass. */
bool job_has_started(const struct job *job);
bool job_runs(const struct job *job); /* something of its name does */

#endif
