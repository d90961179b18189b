/* The story of one container in one pass: everything that was done for it, in the order in which it
 * was begun, and how it ended. Only the apply room appends. What is known during the pass is folded
 * from it (plan/facts.h); reports read it and nothing else. */
#ifndef KD_STORY_STORY_H
#define KD_STORY_STORY_H

#include "base/stamp.h"
#include "model/compare.h"
#include "proto/containers.pb-c.h"
#include "story/words.h"

#include <stddef.h>
#include <stdint.h>

struct story_row {
    unsigned step;    /* the plan's number of it (plan/step.h) */
    const char *name; /* and its name. Static */
    enum action action;
    enum role role;     /* of its target, as it was then */
    bool ran;           /* its target ran then */
    char *id;           /* its target's; of a Create the one that was chosen */
    char *image;        /* CREATE: what it pulls */
    enum result result; /* RESULT_PENDING: it is in flight */
    char *message;      /* the daemon's refusal, or why there was no answer; NULL: it went well */
    char *log;          /* LOGS: kanto-cm's log lines (JSON), or NULL */
    int64_t began_ms;   /* clock_now_ms() when it was asked; 0 in a plan */
    int64_t elapsed_ms;
    const char
        *failure; /* from here on the new one is given up, for this reason. Static, or NULL */
    enum fault fault;
    Kanto__Container *answer; /* what Create, Get or List told of the target; NULL: nothing */
};

/* A failure of an earlier pass, as the journal has it. */
struct former_failure {
    char *reason;  /* a sentence of ours */
    char *message; /* the daemon's, or NULL */
    bool final;    /* the manifest's fault */
    bool has_exit;
    int64_t exit_code;
    char *log;         /* kanto-cm's log lines (JSON), or NULL */
    struct stamp at;   /* of the last one */
    unsigned attempts; /* how many tries failed, up to then */
};

struct story {
    const char *name; /* the container's; borrowed, as the next five are */
    const char *image;
    const char *source, *key, *origin; /* of the manifest; "" where none names it */
    const char *explicit_id;           /* the manifest's; "" for none */
    bool orphaned;                     /* no manifest names it (any more) */
    bool watched;                      /* what is started is watched for soak_ms */
    int64_t soak_ms;
    struct differences
        differences; /* of what was there to what is desired, as they were at first */

    struct story_row *rows;
    size_t count, capacity;
    size_t since; /* the first row that speaks of the present connection: facts begin there */

    enum verdict verdict; /* NONE: it goes on */
    char *reason;         /* a sentence without the end, or NULL */
    char *id;             /* what stands for the name now; NULL: nothing does */
    bool runs;            /* and it runs */
    char *waits_for;      /* whose failure it waits out, or NULL */
    bool final; /* it failed by the manifest's fault: not tried again until that changes */
    struct former_failure *failed_before; /* of this manifest, in an earlier pass; NULL: none */
    bool parked;                          /* it runs, and is watched */
    int64_t ended_ms;
};

/* Appends a row that is in flight; it lives until the next append. `row`: step, name, action, role,
 * ran, id and image (copied), began_ms, failure and fault count. */
struct story_row *story_begin(struct story *story, const struct story_row *row);
/* The last row has come to its end. Texts are copied; *answer and *log are taken over. */
void story_end(struct story *story, enum result result, const char *message,
    Kanto__Container *answer, char *log, int64_t elapsed_ms);
/* A new connection: what was tried before is reported, and counts no more. */
void story_cut(struct story *story);
void story_settle(struct story *story, enum verdict verdict, const char *reason, int64_t now_ms);
/* What is known of an earlier failure (copied); NULL: nothing. */
void story_recall(struct story *story, const struct former_failure *failure);
void story_finish(struct story *story);

/* ---- What follows from it ---- */

const struct story_row *story_last(const struct story *story); /* NULL: nothing was begun */
bool story_is_in_flight(const struct story *story);
int64_t story_began_ms(const struct story *story); /* 0: nothing was begun */
bool story_has(const struct story *story, enum action action);
bool story_changes(const struct story *story); /* something was done, not only looked at */

/* The row from which on the new one was given up, or NULL. */
const struct story_row *story_failure(const struct story *story);
/* The daemon's last refusal, until something was done after all, and by which row; NULL: none. */
const struct story_row *story_refusal(const struct story *story);
/* The refusal for which the new one was given up, or NULL. */
const char *story_cause(const struct story *story);
/* How the one that failed was when it was looked at last; NULL: nobody looked. */
const Kanto__State *story_failed_state(const struct story *story);
const char *story_log(const struct story *story); /* its last lines (JSON), or NULL */
/* The earlier failure that still says how it stands: it is not well, and this pass did not try it
 * again (a plan only would). NULL: there is none. */
const struct former_failure *story_former_failure(const struct story *story);
/* How long nothing ran at most: from the request of the Stop to the answer to the last Start; 0: the
 * new one ran before the old one stopped; negative: not known, or nothing was stopped. */
int64_t story_downtime_ms(const struct story *story);

/* ---- All stories of one pass ---- */

struct stories {
    const struct story **items; /* of the desired ones, in their order; then of the orphaned */
    size_t count;
    unsigned lists;   /* List calls that the pass made itself */
    bool interrupted; /* by a signal */
    bool lost;        /* kanto-cm went away in the middle, and did not come back */
};

/* Told as it happens, for a live view. */
enum story_event {
    STORY_BEGINS,  /* the last row of stories->items[index] was begun */
    STORY_ANSWERS, /* and has come to its end */
    STORY_ENDS,    /* it has a verdict */
    STORY_TICK,    /* nothing happened for a moment; index is 0 */
};
typedef void story_listener(
    void *context, const struct stories *stories, size_t index, enum story_event event);

#endif
