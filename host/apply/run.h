/* A pass as it runs. Private to the room. */
#ifndef KD_APPLY_RUN_H
#define KD_APPLY_RUN_H

#include "apply/pass.h"

struct run {
    struct pass *pass;
    struct kanto *kanto;
    struct journal *journal;
    const struct pass_options *options;
    size_t in_flight;
    size_t overdue;     /* Creates among them that no place is kept for any more */
    bool listing;       /* the List of the watches is among them */
    int64_t listed_ms;  /* when that was asked for */
    const char *closed; /* why nothing new may begin, or NULL */
    int64_t stopped_ms; /* when the signal was seen; 0: not yet */
    bool cut;           /* the connection is lost: nothing is sent, what is in flight comes back */
    bool crowded;       /* those that wait for each other's room are let go */
};

void run_report(const struct run *run, size_t index, enum story_event event);
/* Asks `next` again, with all that the others say. */
void run_decide(struct run *run, size_t index);
/* What follows at once from a step that was decided: a watch begins, a failure is recorded. */
void run_enter(struct run *run, size_t index);
void run_settle(struct run *run, size_t index);
#define RUN_LOSSES_MAX 3            /* of one container: is it what brings the daemon down? */
bool run_is_held(const char *hold); /* the file is there, or that cannot be told */

/* How a job stands, from its story alone. */
bool job_is_settled(const struct job *job);
bool job_is_watched(const struct job *job);   /* a watch of it is going on */
bool job_is_in_flight(const struct job *job); /* a call of it is */

/* Looks at what was observed as the world from now on; the jobs are told by whoever calls. */
void pass_take_snapshot(struct pass *pass, const struct observed *observed,
    const struct journal *journal, const struct pass_options *options);

/* call.c: a job's step as a call, and its answer. */
void call_send(struct run *run, size_t index);
void call_take(struct run *run, struct kanto_answer *answer);

/* overdue.c: Creates without an answer. */
size_t overdue_count(const struct run *run, int64_t now); /* those that keep no place any more */
void overdue_leave(struct run *run, int64_t now);         /* those past their limit */

/* turn.c: whose turn it is. */
bool turn_has_come(struct run *run, size_t index, int64_t now);
/* Whether the order lets it wait for that job: of a cycle one edge is dropped. */
bool turn_waits(const struct pass *pass, size_t index, const struct job *job);

/* soak.c: what was started is watched, and decided on when its time has come. */
#define SOAK_TAG UINT64_MAX /* of the List that they share */
void soak_begin(struct run *run, size_t index);
/* Asks for a List that ends the watches that are due; those nearly due are waited for. */
void soak_end_due(struct run *run, int64_t now);
void soak_end_all(struct run *run); /* due or not */
void soak_take(struct run *run, const struct kanto_answer *answer);

/* room.c: who needs what another one gives up in this pass. */
void room_find(struct pass *pass);                         /* once for each snapshot */
void room_describe(const struct pass *pass, size_t index); /* into job->around */
/* Whether what its next step needs is free, or will not be in this pass. */
bool room_is_there(const struct run *run, size_t index);

/* lacks.c: what a container's Start needs and is known not to have, before anything is stopped for
 * it: mount sources, devices, host ports. NULL: nothing. free() it. */
char *lacks_find(const struct pass *pass, size_t index);

/* again.c: after a lost connection. Returns false when there is no other. */
bool again_connect(struct run *run);

#endif
