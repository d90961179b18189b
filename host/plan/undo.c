#include "plan/replace.h"

/* The new one must not hold what the old one needs, and its last words are kept. */
static struct action silence_new(const struct pair *pair, const struct outcome *outcome)
{
    const struct live *new = pair->new;
    if (!new || new->status == STATUS_CREATED)
        return (struct action){.kind = ACTION_NONE};
    if (outcome->failure && outcome->fault != FAULT_OVER && new->started_before) {
        if (!outcome_was(outcome, DONE_LOOK_DOWN))
            return action_step(ACTION_LOOK, pair->new_at, DONE_LOOK_DOWN);
        if (!outcome_was(outcome, DONE_LOGS))
            return action_step(ACTION_LOGS, pair->new_at, DONE_LOGS);
    }
    bool at_work = live_runs(new) || live_loops(new);
    if (at_work && new->policy != POLICY_NO && !outcome_was(outcome, DONE_CALM_NEW))
        return action_update(pair->new_at, UPDATE_CALM, DONE_CALM_NEW);
    /* The daemon missed its end: what it holds is free when it is gone, not before. (An old one
     * that is made again is told by the new one until then.) */
    bool old_is_there = pair->old && !pair->old->unusable;
    if (old_is_there && outcome->last == ACTION_STOP && outcome->target == ROLE_NEW &&
        outcome->result == RESULT_STUCK)
        return action_step(ACTION_REMOVE, pair->new_at, DONE_REMOVE_NEW);
    /* A crash loop may have been up again when its Update came: it would run beside the old one. */
    bool may_run = live_runs(new) || outcome_was(outcome, DONE_CALM_NEW);
    if (may_run && !outcome_was(outcome, DONE_STOP_NEW))
        return action_step(ACTION_STOP, pair->new_at, DONE_STOP_NEW);
    return (struct action){.kind = ACTION_NONE};
}

/* The old one, as it is known, under another id. */
static struct action make_again(
    const struct pair *pair, const struct known *known, const struct outcome *outcome)
{
    bool stays = outcome->last == ACTION_REMOVE && outcome->target == ROLE_OLD &&
                 outcome->result != RESULT_OK;
    if (pair->old && stays)
        return action_verdict(VERDICT_FAILED, "the old one is lost, and could not be removed");
    if (pair->old)
        return action_step(ACTION_REMOVE, pair->old_at, 0);
    if (!known->former_copy)
        return action_verdict(VERDICT_FAILED, "the old one is lost");
    if (outcome_was(outcome, DONE_COPY))
        return action_verdict(VERDICT_FAILED, "the old one is lost, and could not be made again");
    return (struct action){.kind = ACTION_CREATE, .id = ID_FORMER, .step = DONE_COPY};
}

/* The old one runs again, under its own policy: Start first, because a policy given to a stopped
 * container can start it. ACTION_NONE: it is as it was. */
static struct action bring_back(
    const struct pair *pair, const struct known *known, const struct outcome *outcome)
{
    const struct live *old = pair->old;
    if (!old && !known->former_ran)
        return (struct action){.kind = ACTION_NONE};
    if (!old || old->unusable)
        return make_again(pair, known, outcome);
    /* Its Stop was not answered, or refused. A policy would start a stopped one, and leave it
     * marked as stopped by a person. */
    if (live_runs(old) && outcome_was(outcome, DONE_STOP_OLD) &&
        !outcome_was(outcome, DONE_LOOK_OLD) && !outcome_was(outcome, DONE_START_OLD))
        return action_step(ACTION_LOOK, pair->old_at, DONE_LOOK_OLD);
    if (known->former_ran && !live_runs(old)) {
        if (!outcome_was(outcome, DONE_START_OLD))
            return action_step(ACTION_START, pair->old_at, DONE_START_OLD);
        return action_verdict(VERDICT_FAILED, "the old one could not be started again");
    }
    if (known->former_policy && !old->by_person && !outcome_was(outcome, DONE_RESTORE))
        return action_update(pair->old_at, UPDATE_RESTORE, DONE_RESTORE);
    return (struct action){.kind = ACTION_NONE};
}

/* The new one is removed last: as long as it is there, a List tells what is going on. */
struct action undo_next(
    const struct pair *pair, const struct known *known, const struct outcome *outcome)
{
    struct action action = silence_new(pair, outcome);
    if (action.kind == ACTION_NONE)
        action = bring_back(pair, known, outcome);
    if (action.kind != ACTION_NONE || !pair->new)
        return action;
    if (!outcome_was(outcome, DONE_REMOVE_NEW))
        return action_step(ACTION_REMOVE, pair->new_at, DONE_REMOVE_NEW);
    return action_verdict(VERDICT_FAILED, "the new one could not be removed");
}
