/* The heart: for one container name, what to do next.
 *
 * A pure function over facts: it does no I/O, reads no clock and keeps no state. The facts are
 * folded from a snapshot and the story so far (facts.h); `plan` assumes that every call succeeds,
 * `apply` runs it for all names at once, and recovery after a crash is nothing special: the same
 * function looks at what is there. What comes out is the first step that holds of a ladder: single,
 * forward, back or orphan. The rows of its table test are the agreed behaviour. */
#ifndef KD_PLAN_NEXT_H
#define KD_PLAN_NEXT_H

#include "base/text.h"
#include "model/container.h"
#include "plan/step.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the conf calls `existing`: how far a pass goes with a name that is already there. */
enum mode { MODE_IGNORE, MODE_START, MODE_UPDATE };

/* Facts about one container of the name, see live.h for where they come from. */
struct live {
    const char *id;
    enum role role;
    enum container_status status;
    bool ours;           /* made by this program, and under this name */
    bool same;           /* equals what is desired, field by field */
    bool in_place;       /* differs, and in nothing that Update could not change */
    bool recorded;       /* the journal has it */
    bool current;        /* made from this very manifest */
    bool edited;         /* ours, and made from another one: the manifest has changed since */
    bool started_before; /* state.started_at is set */
    bool by_person;      /* manually_stopped, and not by us */
    bool stays_down;     /* by_person, and this manifest changes nothing of that */
    bool stopped_by_us;  /* in this pass, or in one that was interrupted */
    bool error;          /* state.error is set */
    int64_t exit_code;
    int64_t restart_count;
    enum container_policy policy;
    bool restarts;      /* its policy lets the daemon start it again after this exit */
    bool exhausted;     /* on-failure, and its retries are used up */
    bool ends;          /* policy no or on-failure: an exit with 0 is the end of its work */
    bool young;         /* its process began only moments ago */
    bool daemon_missed; /* this daemon did not start it: nobody will start it again */
    bool policy_lost;   /* it runs since before this daemon began: nobody will start it again */
    bool unusable;      /* its id can never be started again: a Start of it said so */
    bool lost;          /* proven: its process has ended, and the daemon will never know */
    bool stale;         /* told more than a moment ago: others may have acted since */
    bool unlooked;      /* the last step told nothing of it: likewise */
};

/* What the journal, the manifest, the conf and the other names of the pass say of this one. */
struct known {
    bool orphaned;            /* no manifest names it (any more): a replacement is undone */
    bool prune;               /* orphaned, and may be removed */
    const char *why_orphaned; /* a sentence; NULL: no manifest names it */
    bool explicit_id;         /* the manifest names one, and no other container has it */
    bool intended_id; /* an interrupted run wrote one down for this very manifest, no suspect */
    bool hold;        /* nothing is replaced, stopped or removed */
    bool forgetful;   /* the journal cannot be written: likewise */
    const char *contested; /* why nothing that is there is changed: two manifests of the name, or
                              the source that deployed it is broken; NULL */
    bool start_first;      /* replace = start-first */
    bool shares_port;      /* what is there and what is desired need one host port */
    const char *lacks;  /* what the Start is known to lack: "mount source /x is not there"; NULL */
    const char *closed; /* why nothing new may begin any more; NULL: it may */
    bool soak;          /* what was started is watched for a while */
    bool failed;        /* this very manifest failed before, by its own fault */
    bool backs_off;     /* it failed before, and it is too early to stop what runs again */
    bool restart;       /* restart_with: that one was replaced */
    const char *restart_with; /* and what that is; NULL: nothing */
    bool restart_begun;       /* an interrupted pass may have begun to restart it */
    bool blocked;             /* what it waits for failed */
    bool partner_failed;      /* another one, with which it exchanges ports, is on its way back */
    bool resumed;       /* an interrupted replacement was found: what is stopped may be by us */
    bool former_ran;    /* the old one ran when its replacement began */
    bool former_policy; /* the old one's (or the orphan's) policy is another one now than it was: it
                           is given back */
    bool former_copy;   /* the old one is known whole: it can be made again */
    bool old_renamed;   /* the old one bears another name: it is a person's */
    bool makes_room;    /* orphaned, and in the way of a new one */
    bool room_taken;    /* that one stands */
    bool room_failed;   /* that one failed */
    bool needs_room;    /* an orphan that runs, and may go, has what it needs */
    bool took_room;     /* an orphan was stopped for it */
    bool makes_way;     /* another one waits for a port of it */
};

/* How the pass has gone for this name so far: folded from its story. */
struct past {
    enum step step; /* the last one that was no mere look; its target and how it ended: */
    enum action action;
    enum role role;
    size_t live;
    enum result result;
    unsigned tries;        /* of it, with the same result */
    unsigned misses;       /* of it, as its end may have been missed */
    bool settled;          /* and what became of it was looked at */
    bool exhausted;        /* it was repeated as long as it may be */
    uint64_t did;          /* steps that were done, however they ended: 1 << enum step */
    unsigned creates;      /* Creates that were answered (or not) in this pass */
    unsigned starts;       /* Starts of what is desired that were answered with OK */
    bool acted;            /* something was changed */
    bool replaced;         /* an old one was removed, the new one being proven */
    bool remade;           /* and that one was lost: with it what it had written */
    int64_t restart_count; /* of the watched one when its watch began */
    bool old_taken;        /* somebody removed the old one, or gave it another name */
    const char *failure;   /* why the new one is given up; NULL: it is not */
    enum fault fault;
};

struct facts {
    enum mode mode;
    const struct live *live; /* may be NULL when live_count is 0 */
    size_t live_count;
    struct known known;
    struct past past;
    /* Set by next(): */
    const struct live *chosen, *old, *newer; /* the one that stands for the name; a pair's */
};

/* What comes next. */
struct move {
    enum step step;
    enum action action; /* of the step; VERDICT: nothing (more) to do */
    size_t live;        /* index into the live ones, or NEXT_LAST_ID */
    enum id_choice id;
    enum update_choice update;
    bool shared;         /* SOAK: one look at the end serves several of these */
    int64_t wait_ms;     /* since the last try; 0: at once */
    const char *failure; /* set: from here on the new one is given up, for this reason. Static. */
    enum fault fault;
    enum verdict verdict;
    const char *reason; /* VERDICT: a sentence without the end, or NULL. Static. */
    void (*explain)(const struct facts *facts, struct text *out); /* instead of it, or NULL */
};

#define NEXT_LAST_ID       SIZE_MAX /* the id of the last Create */
#define NEXT_CREATES_MAX   4        /* ids tried in one pass */
#define NEXT_STUCK_MAX     3        /* Removes of one whose end the daemon misses */
#define NEXT_TRANSIENT_MAX 8        /* transient answers to one step, other than Create */

/* Sets facts->chosen, old and newer first. All pointers are read only. */
struct move next(struct facts *facts);

/* Whether that waits for those that the container goes after: a pull does not, nor does what is
 * under way. */
bool move_needs_others(const struct facts *facts, const struct move *move);

/* Which of several containers of one name stands for it: the one that runs as desired, else ours,
 * else one that runs, else the first. */
size_t next_chosen(const struct live *live, size_t live_count);

/* Asking again: 0.5 s, doubled, at most 30 s. Jitter is the caller's. */
int64_t next_backoff_ms(unsigned tries);

bool live_runs(const struct live *live);    /* Running or Paused */
bool live_loops(const struct live *live);   /* down, and the daemon is about to start it again */
bool live_crashes(const struct live *live); /* again and again */
bool live_did_its_work(const struct live *live);

#endif
