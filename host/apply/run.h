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
    int64_t stopped_ms; /* when the signal was seen; 0: not yet */
    bool cut;           /* the connection is lost: nothing is sent, what is in flight comes back */
};

void run_tell(const struct run *run, size_t index, enum pass_event event);
/* Asks `next` again; a verdict settles the job. */
void run_decide(struct run *run, size_t index);
/* What follows at once from an action that was decided: a watch begins, a failure is noted. */
void run_enter(struct run *run, size_t index);
void run_settle(struct run *run, size_t index);
void run_give_up(struct run *run, size_t index, const char *reason);
bool run_is_held(const char *hold); /* the file is there, or that cannot be told */

/* call.c: a job's action as a call, and its answer. */
void call_send(struct run *run, size_t index);
void call_take(struct run *run, struct kanto_answer *answer);

/* turn.c: whose turn it is. */
bool turn_has_come(struct run *run, size_t index, int64_t now);
/* Whether the order lets it wait for that job: of a cycle one edge is dropped. */
bool turn_waits(const struct pass *pass, size_t index, const struct job *job);

/* watch.c: what was started for the first time is watched together, at the end. */
bool watch_is_next(const struct run *run);
void watch_finish(struct run *run);
void watch_break_off(struct run *run); /* nothing new may begin: they are taken as they are */

/* again.c: after a lost connection. Returns false when there is no other. */
bool again_connect(struct run *run);

#endif
