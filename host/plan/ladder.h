/* A ladder: rungs in order, of which the first that holds gives the move. Private to the room. */
#ifndef KD_PLAN_LADDER_H
#define KD_PLAN_LADDER_H

#include "plan/next.h"

enum target { TARGET_NONE, TARGET_CHOSEN, TARGET_OLD, TARGET_NEW, TARGET_LAST_ID, TARGET_SAME };

/* One of: a step on a target; a verdict with its reason (or `explain`); the new one given up, for
 * `reason` and by `fault`, which begins the way back; the end of the ladder (`over`). A step that is
 * done once in a pass holds no more when it was done. */
struct rung {
    bool (*holds)(const struct facts *facts); /* NULL: always */
    enum step step;
    enum target target;
    bool shared; /* SOAK */
    enum verdict verdict;
    bool gives_up;
    bool over;
    const char *reason;
    enum fault fault; /* of a verdict: what it says of the manifest */
    void (*explain)(const struct facts *facts, struct text *out);
};

#define DO(step_, target_, holds_)                                                                 \
    {                                                                                              \
        .step = STEP_##step_, .target = TARGET_##target_, .holds = (holds_)                        \
    }
#define SAY(verdict_, holds_, reason_)                                                             \
    {                                                                                              \
        .verdict = VERDICT_##verdict_, .holds = (holds_), .reason = (reason_)                      \
    }
#define GIVE_UP(fault_, holds_, reason_)                                                           \
    {                                                                                              \
        .gives_up = true, .fault = FAULT_##fault_, .holds = (holds_), .reason = (reason_)          \
    }

/* ACTION_NONE with STEP_NONE: no rung holds, or the one that ends it. */
struct move ladder_climb(const struct rung *rungs, size_t count, const struct facts *facts);

bool ladder_found(const struct move *move); /* some rung held */

bool facts_did(const struct facts *facts, enum step step);
/* The last step of that action on that role, and how it ended. */
bool facts_last_was(const struct facts *facts, enum action action, enum role role);

/* What one that runs and one that does not run are asked alike. */
bool facts_was_watched(const struct facts *facts);
/* It ended in its watch, and was started again. A Stop by a person, after which its policy starts
 * it, is no end of its own. */
bool facts_ended_watched(const struct facts *facts, const struct live *live);
bool facts_crashes(const struct facts *facts);
bool facts_owes_its_room(const struct facts *facts); /* an orphan was stopped for it, in vain */
void facts_explain_crashes(const struct facts *facts, struct text *out);

#define FAILED_BEFORE                                                                              \
    "this manifest failed before: it is tried again when it changes, or by apply --retry"
#define UNWRITABLE "the journal cannot be written: nothing is replaced, updated or removed"

/* The ladders. `forward` with facts->old the chosen one, and without a new one, begins. */
struct move forward_next(const struct facts *facts);
struct move back_next(const struct facts *facts);
struct move single_next(const struct facts *facts);
struct move running_next(const struct facts *facts); /* the part of single of one that runs */
struct move orphan_next(const struct facts *facts);

#endif
