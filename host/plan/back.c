/* A replacement, back: the new one is silenced, the old one runs again under its own policy, and the
 * new one goes. It is removed last: as long as it is there, a List tells what is going on. */
#include "base/cleanup.h"
#include "plan/ladder.h"

/* ---- The new one must not hold what the old one needs, and its last words are kept ---- */

static bool new_has_run(const struct facts *facts)
{
    return facts->newer && facts->newer->status != STATUS_CREATED;
}

static bool new_has_words(const struct facts *facts)
{
    return new_has_run(facts) && facts->past.failure && facts->past.fault != FAULT_OVER &&
           facts->newer->started_before;
}

static bool new_is_at_work(const struct facts *facts)
{
    return new_has_run(facts) && (live_runs(facts->newer) || live_loops(facts->newer)) &&
           facts->newer->policy != POLICY_NO;
}

/* The daemon missed its end: what it holds is free when it is gone, not before. (An old one that is
 * made again is known by the new one until then.) */
static bool new_is_stuck(const struct facts *facts)
{
    bool stuck = facts_last_was(facts, ACTION_STOP, ROLE_NEW) &&
                 (facts->past.result == RESULT_STUCK || facts->past.result == RESULT_MISSED);
    bool old_is_there = facts->old && !facts->old->unusable && !facts->old->lost;
    return new_has_run(facts) && old_is_there && (stuck || facts->newer->lost);
}

/* A crash loop may have been up again when its Update came: it would run beside the old one. */
static bool new_may_run(const struct facts *facts)
{
    return new_has_run(facts) && (live_runs(facts->newer) || facts_did(facts, STEP_CALM_NEW));
}

/* ---- The old one runs again ---- */

static bool old_is_lost(const struct facts *facts)
{
    return facts->old ? facts->old->unusable || facts->old->lost : facts->known.former_ran;
}

static bool lost_one_stays(const struct facts *facts)
{
    return old_is_lost(facts) && facts->old && facts_last_was(facts, ACTION_REMOVE, ROLE_OLD) &&
           facts->past.result != RESULT_OK;
}

static bool lost_one_is_there(const struct facts *facts)
{
    return old_is_lost(facts) && facts->old;
}

static bool nothing_is_known_of_it(const struct facts *facts)
{
    return old_is_lost(facts) && !facts->known.former_copy;
}

static bool was_not_made_again(const struct facts *facts)
{
    return old_is_lost(facts) && facts_did(facts, STEP_CREATE_COPY);
}

/* Its Stop was not answered, or refused. A policy would start a stopped one, and leave it marked as
 * stopped by a person. */
static bool old_may_be_stopped(const struct facts *facts)
{
    return facts->old && live_runs(facts->old) && facts_did(facts, STEP_STOP_OLD) &&
           !facts_did(facts, STEP_START_OLD);
}

static bool old_is_due(const struct facts *facts)
{
    return facts->old && facts->known.former_ran && !live_runs(facts->old) &&
           !facts->old->by_person;
}

/* What was given up for an interruption alone is no reason to stay without either: the new one is
 * made anew. */
static bool old_cannot_return(const struct facts *facts)
{
    return old_is_due(facts) && facts->past.fault != FAULT_OVER;
}

/* A policy can start a container: what a person stopped gets none. */
static bool old_lacks_its_policy(const struct facts *facts)
{
    return facts->old && facts->known.former_policy && !facts->old->by_person;
}

/* ---- And the new one goes ---- */

static bool new_is_there(const struct facts *facts)
{
    return facts->newer != NULL;
}

static const struct rung back[] = {
    DO(LOOK_DOWN, NEW, new_has_words),
    DO(LOGS, NEW, new_has_words),
    DO(CALM_NEW, NEW, new_is_at_work),
    DO(REMOVE_NEW, NEW, new_is_stuck),
    DO(STOP_NEW, NEW, new_may_run),

    SAY(FAILED, lost_one_stays, "the old one is lost, and could not be removed"),
    DO(REMOVE_LOST, OLD, lost_one_is_there),
    SAY(FAILED, nothing_is_known_of_it, "the old one is lost"),
    SAY(FAILED, was_not_made_again, "the old one is lost, and could not be made again"),
    DO(CREATE_COPY, NONE, old_is_lost),
    DO(LOOK_OLD, OLD, old_may_be_stopped),
    /* Start before the policy: one that is given to a stopped container can start it. */
    DO(START_OLD, OLD, old_is_due),
    SAY(FAILED, old_cannot_return, "the old one could not be started again"),
    DO(RESTORE_OLD, OLD, old_lacks_its_policy),

    DO(REMOVE_NEW, NEW, new_is_there),
    SAY(FAILED, new_is_there, "the new one could not be removed"),
};

struct move back_next(const struct facts *facts)
{
    return ladder_climb(back, countof(back), facts);
}
