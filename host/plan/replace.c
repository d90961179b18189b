#include "plan/replace.h"

struct pair replace_pair(const struct live *live, size_t live_count)
{
    struct pair pair = {0};
    for (size_t i = 0; i < live_count; i++) {
        if (live[i].role == ROLE_OLD) {
            pair.old = &live[i];
            pair.old_at = i;
        } else if (live[i].role == ROLE_NEW) {
            pair.new = &live[i];
            pair.new_at = i;
        }
    }
    return pair;
}

bool live_runs(const struct live *live)
{
    return live->status == STATUS_RUNNING || live->status == STATUS_PAUSED;
}

bool live_loops(const struct live *live)
{
    return live->status == STATUS_EXITED && live->restarts && !live->exhausted &&
           !live->daemon_missed && !live->error && live->policy != POLICY_NO;
}

bool live_did_its_work(const struct live *live)
{
    return live->status == STATUS_EXITED && live->ends && live->exit_code == 0 && !live->error;
}

struct action action_step(enum action_kind kind, size_t live, enum done done)
{
    return (struct action){.kind = kind, .live = live, .step = done};
}

struct action action_update(size_t live, enum update_choice choice, enum done done)
{
    return (struct action){.kind = ACTION_UPDATE, .live = live, .update = choice, .step = done};
}

struct action action_verdict(enum verdict verdict, const char *reason)
{
    return (struct action){.kind = ACTION_VERDICT, .verdict = verdict, .reason = reason};
}

static struct action give_up(const struct pair *pair, const struct known *known,
    const struct outcome *outcome, const char *failure, enum fault fault)
{
    struct outcome failed = *outcome;
    failed.failure = failure;
    failed.fault = fault;
    struct action action = undo_next(pair, known, &failed);
    action.failure = failure;
    action.fault = fault;
    return action;
}

/* Frees what the old one holds (ports, files): it is stopped, and stays so over a reboot.
 * ACTION_NONE: it does not run and nobody will start it, or (failure set) it cannot be stopped. */
static struct action clear_way(const struct pair *pair, const struct outcome *outcome)
{
    const struct live *old = pair->old;
    if (!old)
        return (struct action){.kind = ACTION_NONE};
    /* Its process is gone and the daemon does not know: a Remove with SIGTERM is the way out. */
    if (outcome->last == ACTION_STOP && outcome->result == RESULT_STUCK &&
        outcome->target == ROLE_OLD)
        return action_step(ACTION_REMOVE, pair->old_at, 0);
    if (live_loops(old) && !outcome_was(outcome, DONE_CALM_OLD))
        return action_update(pair->old_at, UPDATE_CALM, DONE_CALM_OLD);
    /* It may have been up again when that Update came. */
    if (outcome_was(outcome, DONE_CALM_OLD) && !outcome_was(outcome, DONE_STOP_OLD))
        return action_step(ACTION_STOP, pair->old_at, DONE_STOP_OLD);
    if (!live_runs(old))
        return (struct action){.kind = ACTION_NONE};
    bool stays = old->policy == POLICY_UNLESS_STOPPED || old->policy == POLICY_NO;
    if (!stays && !outcome_was(outcome, DONE_QUIET))
        return action_update(pair->old_at, UPDATE_QUIET, DONE_QUIET);
    if (!outcome_was(outcome, DONE_STOP_OLD))
        return action_step(ACTION_STOP, pair->old_at, DONE_STOP_OLD);
    /* Refused: it may have ended by itself meanwhile. */
    if (!outcome_was(outcome, DONE_LOOK_OLD))
        return action_step(ACTION_LOOK, pair->old_at, DONE_LOOK_OLD);
    return (struct action){.kind = ACTION_NONE, .failure = "the running one could not be stopped"};
}

/* It stays up, or it has done its work: the old one may go. */
static struct action remove_old(const struct pair *pair, const struct outcome *outcome)
{
    if (outcome->last == ACTION_REMOVE && outcome->target == ROLE_OLD &&
        outcome->result != RESULT_OK)
        return action_verdict(VERDICT_FAILED, "the new one runs; the old one could not be removed");
    if (pair->old)
        return action_step(ACTION_REMOVE, pair->old_at, 0);
    return (struct action){.kind = ACTION_NONE};
}

/* The manifest's fault, if it is still that manifest. */
static enum fault fault_of(const struct live *new)
{
    return new->desired || new->same ? FAULT_FINAL : FAULT_OVER;
}

/* The new one was started: does it stay up? */
static struct action prove(
    const struct pair *pair, const struct known *known, const struct outcome *outcome)
{
    const struct live *new = pair->new;
    if (new->status == STATUS_RUNNING && known->soak) {
        if (!outcome_was(outcome, DONE_SOAK))
            return action_step(ACTION_SOAK, pair->new_at, DONE_SOAK);
        if (!outcome_was(outcome, DONE_LOOK_NEW))
            return action_step(ACTION_LOOK, pair->new_at, DONE_LOOK_NEW);
        if (new->restart_count != outcome->restart_count)
            return give_up(pair, known, outcome, "it ended and was started again", fault_of(new));
    }
    if (live_runs(new) || live_did_its_work(new))
        return remove_old(pair, outcome);
    bool lost = new->daemon_missed || (new->error &&new->exit_code == 0);
    return give_up(
        pair, known, outcome, "it ended soon after its start", lost ? FAULT_LATER : fault_of(new));
}

/* A new one that is down, and was not started in this pass. */
static bool may_start(const struct live *new)
{
    switch (new->status) {
    case STATUS_CREATED:
        return true;
    case STATUS_EXITED:
        return new->daemon_missed || (new->error &&new->exit_code == 0);
    case STATUS_STOPPED: /* by the daemon's shutdown; or a Start that was cut */
        return !new->by_person;
    default:
        return false;
    }
}

static struct action start_new(
    const struct pair *pair, const struct known *known, const struct outcome *outcome)
{
    if (!known->start_first) {
        struct action action = clear_way(pair, outcome);
        if (action.failure)
            return give_up(pair, known, outcome, action.failure, FAULT_LATER);
        if (action.kind != ACTION_NONE)
            return action;
    }
    return action_step(ACTION_START, pair->new_at, 0);
}

static struct action create_new(
    const struct pair *pair, const struct known *known, const struct outcome *outcome)
{
    if (outcome->creates >= NEXT_CREATES_MAX)
        return action_verdict(VERDICT_FAILED, "every id that was tried is taken or unusable");
    bool again = known->intended_id && outcome->creates == 0;
    return (struct action){
        .kind = ACTION_CREATE, .live = pair->old_at, .id = again ? ID_INTENDED : ID_REPLACING};
}

/* A new one that differs from the desired it was made from: an interrupted undoing gave it another
 * policy; or, fresh as it is, kanto-cm makes something else of the manifest, and the next pass
 * would replace it again. */
static enum fault other_fault(const struct live *new)
{
    return new->status == STATUS_CREATED ? FAULT_FINAL : FAULT_OVER;
}

static struct action forward(
    const struct pair *pair, const struct known *known, const struct outcome *outcome)
{
    const struct live *new = pair->new;
    if (!new)
        return create_new(pair, known, outcome);
    if (!new->same && outcome->starts == 0)
        return give_up(pair, known, outcome, "it is not as the manifest says", other_fault(new));
    if (outcome->starts > 0 || new->status == STATUS_RUNNING || live_did_its_work(new))
        return prove(pair, known, outcome);
    if (may_start(new))
        return start_new(pair, known, outcome);
    /* Down after a Start of an earlier pass: by its own fault, or because that pass was undoing it
     * when it was interrupted. */
    bool own_fault = !new->by_person && (live_loops(new) || new->exit_code != 0);
    return give_up(pair, known, outcome, "it was found down after its start",
        own_fault ? FAULT_FINAL : FAULT_OVER);
}

/* The last action was one of the new one's, or of the way to it, and it was refused for good or not
 * answered. NULL: it was not. */
static const char *refusal(const struct outcome *outcome, enum fault *ret_fault)
{
    bool refused = outcome->result == RESULT_REFUSED;
    bool unanswered = outcome->result == RESULT_NO_ANSWER;
    *ret_fault = FAULT_LATER;
    if (outcome->last == ACTION_UPDATE && outcome->target == ROLE_OLD && (refused || unanswered))
        return "the running one's restart policy could not be changed";
    if (outcome->last == ACTION_STOP && outcome->target == ROLE_OLD && unanswered)
        return "the running one's Stop was not answered";
    if (outcome->last != ACTION_START || outcome->target != ROLE_NEW)
        return NULL;
    if (outcome->result == RESULT_UNUSABLE)
        *ret_fault = outcome->creates < NEXT_CREATES_MAX ? FAULT_OVER : FAULT_LATER;
    if (refused)
        *ret_fault = FAULT_FINAL;
    return outcome->result == RESULT_UNUSABLE ? "its id is unusable"
           : unanswered                       ? "its Start was not answered"
           : outcome->result == RESULT_OK     ? NULL
                                              : "kanto-cm refused to start it";
}

/* Under hold nothing is stopped or removed: what runs goes on; if neither does, the proven one
 * comes back. */
static struct action held(
    const struct pair *pair, const struct known *known, const struct outcome *outcome)
{
    bool runs = (pair->old && live_runs(pair->old)) || (pair->new &&live_runs(pair->new));
    if (!runs && pair->old && known->former_ran && !outcome_was(outcome, DONE_START_OLD))
        return action_step(ACTION_START, pair->old_at, DONE_START_OLD);
    if (!runs && pair->old && known->former_ran)
        return action_verdict(VERDICT_FAILED, "the old one could not be started again");
    return action_verdict(
        VERDICT_SKIPPED, "differs from the manifest; not replaced while hold is there");
}

/* The new one runs and the old one never did: whatever is desired now, it is what there is to lose.
 */
static bool is_all_there_is(const struct pair *pair, const struct known *known)
{
    return live_runs(pair->new) && !known->former_ran && !known->orphaned;
}

struct action replace_next(
    const struct pair *pair, const struct known *known, const struct outcome *outcome)
{
    enum fault fault = FAULT_NONE;
    if (known->hold)
        return held(pair, known, outcome);
    if (outcome->failure)
        return undo_next(pair, known, outcome);
    const char *failure = refusal(outcome, &fault);
    if (failure)
        return give_up(pair, known, outcome, failure, fault);
    bool other = pair->new && !pair->new->desired && !pair->new->same;
    if (other && is_all_there_is(pair, known))
        return prove(pair, known, outcome);
    if (known->orphaned || other)
        return undo_next(pair, known, outcome);
    if (pair->new && known->failed)
        return give_up(pair, known, outcome, "it failed before", FAULT_FINAL);
    return forward(pair, known, outcome);
}
