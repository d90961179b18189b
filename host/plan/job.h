/* One name in one pass: the desired, what is live, what was tried, and how it stands. `plan` advances
 * jobs by assuming that every action succeeds, `apply` by the daemon's answers; both go through
 * here. */
#ifndef KD_PLAN_JOB_H
#define KD_PLAN_JOB_H

#include "journal/journal.h"
#include "model/compare.h"
#include "model/id.h"
#include "plan/desired.h"
#include "plan/live.h"
#include "plan/next.h"

struct job_step { /* for the report: what was done, or would be */
    enum action_kind action;
    enum role role; /* of its container in a replacement */
    enum update_choice update;
    bool again; /* CREATE: the old one is made again */
    char *id;
    int64_t elapsed_ms; /* 0 in a plan */
    char *message;      /* the daemon's refusal, or why there was no answer; NULL: it went well */
    bool unanswered;
};

struct job {
    const struct desired *desired;
    struct live *live; /* their ids borrow `containers` */
    Kanto__Container **containers;
    size_t live_count, live_capacity;
    struct live_context context;
    char digest[SHA256_HEX_SIZE];

    struct known known;
    struct outcome outcome;
    char *message;            /* the daemon's last refusal, until something was done after all;
                                 NULL: none */
    char *cause;              /* the refusal for which the new one was given up, or NULL */
    char *id;                 /* of the last Create, or of the chosen container */
    char *intended;           /* journal's id for this desired, or NULL */
    const char *explicit_id;  /* the manifest's, or NULL */
    Kanto__Container *former; /* the old one of a replacement as it was, or NULL */
    char *waits_for;          /* whose failure it waits out, or NULL */
    char *failed_before;      /* why this very desired failed in a former pass, or NULL */
    unsigned losses;          /* connections that were lost while a call of it was in flight */

    struct action action;           /* what is next */
    struct differences differences; /* of the chosen one to the desired, as they were at first */
    struct job_step *steps;
    size_t step_count, step_capacity;

    /* For the report of one that failed, or was replaced. */
    Kanto__State *failed_state; /* of the new one when it was given up, or NULL */
    char *log;                  /* its last lines, or NULL */
    int64_t downtime_ms;        /* from the old one's end to the new one's start; -1: not known */
};

/* The world that jobs are made from. The list's containers are copied. */
struct job_world {
    enum mode mode;
    const Kanto__ListContainersResponse *list;
    const struct journal *journal; /* may be NULL; must live as long as the jobs */
    int64_t daemon_began;          /* see live.h */
    int64_t booted;
    bool hold;
};

void job_init(struct job *job, const struct desired *desired, const struct job_world *world);
/* Nobody desired_set it: `prune` says whether it may be removed. `desired` names it. */
void job_init_orphaned(
    struct job *job, const struct desired *desired, const struct job_world *world, bool prune);
void job_finish(struct job *job);

/* Takes a new look at the world, after a connection was lost: what is live is read again, what was
 * tried is forgotten, what was done stays in the steps. */
void job_renew(struct job *job, const struct job_world *world);

/* Decides job->action from all that is known now. */
void job_decide(struct job *job, enum mode mode);

/* The id that job->action works on: for a CREATE chosen here (and remembered in job->id until the
 * outcome is told). Owned by the job. */
const char *job_target(struct job *job);
/* The container that job->action works on, or NULL (CREATE, and LOOK at the last id). */
const struct live *job_live(const struct job *job);
/* The container that a CREATE of job->action would replace, or NULL. */
const struct live *job_replaces(const struct job *job);
/* What a CREATE of job->action sends. container_free() it. */
Kanto__Container *job_request(const struct job *job, const char *id);
/* What an UPDATE of job->action gives; *ret_resources is NULL where they stay as they are. Both
 * belong to *ret_owner, which is for container_free(). */
void job_update(const struct job *job, const Kanto__RestartPolicy **ret_policy,
    const Kanto__Resources **ret_resources, Kanto__Container **ret_owner);

/* Tells the outcome of job->action and advances what is known. `container`: what Create, Get or
 * (for a SOAK) List answered, NULL otherwise. `message`: the refusal, NULL otherwise. */
void job_tell(struct job *job, enum result result, const char *message,
    const Kanto__Container *container, int64_t elapsed_ms);

/* Decides and assumes success until there is a verdict: the plan's happy path, in job->steps. */
void job_foresee(struct job *job, enum mode mode);

/* Whether a new process of it runs because of this pass. */
bool job_has_started(const struct job *job);

/* A person's word for an action ("create", "start"), a verdict ("kept"), a role ("old"; "" for
 * one that is alone). */
const char *action_word(enum action_kind kind);
const char *verdict_word(enum verdict verdict);
const char *role_word(enum role role);

#endif
