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

/* What a container is to a replacement that is under way, see roles.h. */
enum role {
    ROLE_SINGLE,
    ROLE_OLD,
    ROLE_NEW,
};

/* Facts about one container of the name, see live.h for where they come from. */
struct live {
    const char *id;
    enum role role;
    enum container_status status;
    bool ours;           /* made by this program: by its id, or by the journal */
    bool same;           /* equals the desired, field by field */
    bool in_place;       /* differs, and in nothing that Update could not change */
    bool desired;        /* made from this very desired */
    bool edited;         /* ours, and made from another desired: the manifest has changed since */
    bool started_before; /* state.started_at is set */
    bool by_person;      /* manually_stopped, and not by us */
    bool stopped_by_us;  /* in this pass, or in one that was interrupted */
    bool error;          /* state.error is set */
    int64_t exit_code;
    int64_t restart_count;
    enum container_policy policy;
    bool restarts;      /* its policy lets the daemon start it again after this exit */
    bool exhausted;     /* on-failure, and its retries are used up */
    bool ends;          /* policy no or on-failure: an exit with 0 is the end of its work */
    bool daemon_missed; /* this daemon did not start it: nobody will start it again */
    bool policy_lost;   /* it runs since before this daemon began: nobody will start it again */
    bool unusable;      /* its id can never be started again: a Start of it said so, or the daemon
                           missed the end of its process */
};

/* What the journal, the manifest and the conf know for this name. */
struct known {
    bool orphaned;      /* no manifest names it (any more): a replacement is undone */
    bool prune;         /* orphaned, and may be removed */
    bool explicit_id;   /* the manifest names one, and no other container has it */
    bool intended_id;   /* an interrupted run wrote one down for this very desired, no suspect */
    bool hold;          /* nothing is replaced, stopped or removed */
    bool start_first;   /* replace = start-first */
    bool soak;          /* what was started is watched for a while */
    bool failed;        /* this very desired failed before */
    bool restart;       /* restart_with: what it goes with was changed */
    bool restart_begun; /* an interrupted pass may have begun to restart it */
    bool blocked;       /* what it waits for failed */
    bool former_ran;    /* the old one ran when its replacement began */
    bool former_policy; /* the old one's policy is another one now than it was: it is given back */
    bool former_copy;   /* the old one is known whole: it can be made again */
};

enum action_kind {
    ACTION_NONE, /* nothing happened yet in this pass */
    ACTION_CREATE,
    ACTION_START,
    ACTION_STOP,
    ACTION_UPDATE,
    ACTION_REMOVE,
    ACTION_LOOK,    /* Get: the id that was just refused, or how the container is */
    ACTION_LOGS,    /* the last lines of one that failed */
    ACTION_SOAK,    /* wait, and see whether it stays up; holds no slot */
    ACTION_VERDICT, /* nothing (more) to do */
};

enum id_choice {
    ID_EXPLICIT,  /* the manifest's own */
    ID_INTENDED,  /* the journal's: a lost Create is repeated under its id, never doubled */
    ID_FIRST,     /* ours, nonce 0: the same after every interruption, even without a journal */
    ID_FRESH,     /* ours, a new nonce: the former id is taken or unusable */
    ID_REPLACING, /* ours, and the nonce says what it replaces */
    ID_FORMER,    /* ours: the old one made again from what is known of it */
};

/* What an Update gives. */
enum update_choice {
    UPDATE_DESIRED, /* the manifest's policy and resources */
    UPDATE_QUIET,   /* unless-stopped: a Stop keeps it down, also over a reboot */
    UPDATE_CALM,    /* no: ends a crash loop */
    UPDATE_RESTORE, /* the old one's own policy */
};

enum result {
    RESULT_NONE,
    RESULT_OK,
    RESULT_TAKEN,     /* the id is in use, or something of it is in the way */
    RESULT_UNUSABLE,  /* the id can never be used again */
    RESULT_STUCK,     /* the daemon missed its end: it can be neither stopped nor started */
    RESULT_TRANSIENT, /* worth asking again */
    RESULT_REFUSED,   /* final: the manifest's fault, as far as one can tell */
    RESULT_LATER,     /* refused, and not the manifest's fault: a full disk */
    RESULT_NO_ANSWER, /* it may have happened or not */
};

/* Steps that are tried once, however that ends. */
enum done {
    DONE_UPDATE = 1 << 0,
    DONE_QUIET = 1 << 1,
    DONE_CALM_OLD = 1 << 2,
    DONE_STOP_OLD = 1 << 3,
    DONE_LOOK_OLD = 1 << 4,
    DONE_SOAK = 1 << 5,
    DONE_LOOK_NEW = 1 << 6,
    DONE_LOGS = 1 << 7,
    DONE_CALM_NEW = 1 << 8,
    DONE_STOP_NEW = 1 << 9,
    DONE_START_OLD = 1 << 10,
    DONE_RESTORE = 1 << 11,
    DONE_COPY = 1 << 12,
    DONE_RESTART = 1 << 13,
    DONE_REMOVE_NEW = 1 << 14,
    DONE_LOOK_DOWN = 1 << 15,
};

/* Why a new one is given up, and what follows when it is undone. */
enum fault {
    FAULT_NONE,
    FAULT_OVER,  /* an interruption's: begin again in this pass */
    FAULT_LATER, /* the world's: the next pass tries again */
    FAULT_FINAL, /* the manifest's: not tried again until it changes */
};

/* How the pass has gone for this name so far. */
struct outcome {
    enum action_kind last;
    enum role target; /* of the last action, as are the next four */
    size_t live;
    enum id_choice id;
    enum update_choice update;
    unsigned step;
    enum result result;
    unsigned tries;        /* of the last action, with the same result */
    unsigned creates;      /* Creates that were answered (or not) in this pass */
    unsigned starts;       /* Starts of what is desired that were answered with OK */
    unsigned done;         /* enum done */
    bool acted;            /* something was changed */
    bool replaced;         /* an old one was removed, the new one being proven */
    int64_t restart_count; /* of the watched one when its soak began */
    const char *failure;   /* why the new one is given up; NULL: it is not */
    enum fault fault;
};

enum verdict {
    VERDICT_NONE,
    VERDICT_KEEP,     /* runs as desired; nothing was done */
    VERDICT_DEPLOYED, /* runs now */
    VERDICT_UPDATED,  /* was changed in place */
    VERDICT_REPLACED, /* a new one runs; the old one is gone */
    VERDICT_REMOVED,  /* pruned, or what was left of an interrupted replacement is undone */
    VERDICT_DONE,     /* did its work and ended with 0, as its restart policy allows */
    VERDICT_SKIPPED,  /* not touched, and that is worth saying */
    VERDICT_DIFFERS,  /* runs, with other fields than desired, and the mode says: leave it */
    VERDICT_WAITING,  /* what it waits for failed */
    VERDICT_FAILED,
    VERDICTS, /* how many */
};

struct action {
    enum action_kind kind;
    size_t live;       /* index into the live ones; LOOK: the same, or NEXT_LAST_ID */
    enum id_choice id; /* CREATE */
    enum update_choice update;
    unsigned step;       /* enum done: which one this is; 0: none */
    bool shared;         /* SOAK: one wait at the end of the pass serves all of these */
    int64_t wait_ms;     /* before doing it; 0: at once */
    const char *failure; /* set: from here on the new one is given up, for this reason. Static. */
    enum fault fault;
    enum verdict verdict;
    const char *reason; /* VERDICT: a sentence without the end, or NULL. Static. */
};

#define NEXT_LAST_ID       SIZE_MAX /* the id of the last Create */
#define NEXT_CREATES_MAX   4        /* ids tried in one pass */
#define NEXT_STUCK_MAX     3        /* Removes of one whose end the daemon misses */
#define NEXT_TRANSIENT_MAX 8        /* transient answers to one action, other than Create */

/* `live` may be empty. All pointers are read only. */
struct action next(enum mode mode, const struct live *live, size_t live_count,
    const struct known *known, const struct outcome *outcome);

/* Which of several containers of one name stands for it: the one that runs as desired, else one that
 * runs, else ours, else the first. */
size_t next_chosen(const struct live *live, size_t live_count);

bool live_runs(const struct live *live); /* Running or Paused */

#endif
