/* The heart: for one container name, what to do next.
 *
 * A pure function over facts: it does no I/O, reads no clock and keeps no state. `plan` prints its
 * happy path, `apply` runs it for all names at once, and recovery after a crash is nothing special:
 * the same function looks at what is there. The rows of its table test are the agreed behaviour. */
#ifndef KD_PLAN_NEXT_H
#define KD_PLAN_NEXT_H

#include "model/container.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the conf calls `existing`: how far a pass goes with a name that is already there. */
enum mode { MODE_IGNORE, MODE_START, MODE_UPDATE };

/* Facts about one container of the name, see live.h for where they come from. */
struct live {
    const char *id;
    enum container_status status;
    bool ours;           /* made by this program: by its id, or by the journal */
    bool same;           /* equals the wish, field by field */
    bool started_before; /* state.started_at is set */
    bool by_person;      /* manually_stopped, and not by us */
    bool error;          /* state.error is set */
    int64_t exit_code;
    bool restarts;      /* its policy lets the daemon start it again after this exit */
    bool exhausted;     /* on-failure, and its retries are used up */
    bool ends;          /* policy no or on-failure: an exit with 0 is the end of its work */
    bool daemon_missed; /* it ended before this daemon began: nobody will start it again */
    bool burnt;         /* a Start of it answered that its id can never be started again */
};

/* What the journal and the manifest know of ids for this wish. */
struct known {
    bool explicit_id; /* the manifest names one, and no other container has it */
    bool intended_id; /* an interrupted run wrote one down for this very wish, and it is no suspect
                       */
};

enum action_kind {
    ACTION_NONE, /* nothing happened yet in this pass */
    ACTION_CREATE,
    ACTION_START,
    ACTION_REMOVE,
    ACTION_LOOK,    /* Get the id that was just refused: is it there? */
    ACTION_VERDICT, /* nothing (more) to do */
};

enum id_choice {
    ID_EXPLICIT, /* the manifest's own */
    ID_INTENDED, /* the journal's: a lost Create is repeated under its id, so it can never be
                    doubled */
    ID_FIRST,    /* ours, nonce 0: the same after every interruption, even without a journal */
    ID_FRESH,    /* ours, a new nonce: the former id is taken or burnt */
};

enum result {
    RESULT_NONE,
    RESULT_OK,
    RESULT_TAKEN,     /* the id is in use, or something of it is in the way */
    RESULT_BURNT,     /* the id can never be used again */
    RESULT_TRANSIENT, /* worth asking again */
    RESULT_REFUSED,   /* final */
    RESULT_NO_ANSWER, /* it may have happened or not */
};

/* How the pass has gone for this name so far. */
struct outcome {
    enum action_kind last;
    enum result result;
    unsigned tries;    /* of the last action, with the same result */
    unsigned creates;  /* Creates sent in this pass */
    unsigned starts;   /* Starts that were answered with OK */
    bool acted;        /* something was changed */
    enum id_choice id; /* of the last Create */
};

enum verdict {
    VERDICT_NONE,
    VERDICT_KEEP,     /* runs as wished; nothing was done */
    VERDICT_DEPLOYED, /* runs now */
    VERDICT_DONE,     /* did its work and ended with 0, as its restart policy allows */
    VERDICT_LEFT,     /* not touched, and that is worth saying */
    VERDICT_DIFFERS,  /* runs, with other fields than wished, and the mode says: leave it */
    VERDICT_PENDING,  /* runs, with other fields than wished, and the mode says: update it */
    VERDICT_FAILED,
};

struct action {
    enum action_kind kind;
    size_t live;       /* START, REMOVE: index into the live ones */
    enum id_choice id; /* CREATE */
    int64_t wait_ms;   /* before doing it; 0: at once */
    enum verdict verdict;
    const char *reason; /* VERDICT: a sentence without the end, or NULL. Static. */
};

#define NEXT_CREATES_MAX   4 /* ids tried in one pass */
#define NEXT_TRANSIENT_MAX 8 /* transient answers to one action */

/* `live` may be empty. All pointers are read only. */
struct action next(enum mode mode, const struct live *live, size_t live_count,
    const struct known *known, const struct outcome *outcome);

/* Which of several containers of one name stands for it: the one that runs as wished, else one that
 * runs, else ours, else the first. */
size_t next_chosen(const struct live *live, size_t live_count);

#endif
