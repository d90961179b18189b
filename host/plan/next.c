#include "plan/next.h"

#include "base/backoff.h"
#include "plan/replace.h"

int64_t next_backoff_ms(unsigned tries)
{
    return backoff_ms(&(struct backoff){.first_ms = 500, .most_ms = 30000}, tries);
}

static int rank(const struct live *live)
{
    if (live->unusable)
        return 0;
    if (live->status == STATUS_RUNNING)
        return live->same ? 6 : 5;
    return (live->same ? 3 : 1) + (live->ours ? 1 : 0);
}

size_t next_chosen(const struct live *live, size_t live_count)
{
    size_t chosen = 0;
    for (size_t i = 1; i < live_count; i++)
        if (rank(&live[i]) > rank(&live[chosen]))
            chosen = i;
    return chosen;
}

static struct action create(const struct known *known, const struct outcome *outcome)
{
    struct action action = {.kind = ACTION_CREATE, .id = ID_FIRST};
    if (outcome->creates >= NEXT_CREATES_MAX)
        return action_verdict(VERDICT_FAILED, "every id that was tried is taken or unusable");
    if (outcome->creates > 0)
        action.id = ID_FRESH;
    else if (known->intended_id)
        action.id = ID_INTENDED;
    else if (known->explicit_id)
        action.id = ID_EXPLICIT;
    return action;
}

/* A pull as long as the pass has time, anything else a few times. A Remove that missed the end of
 * the process: the next one finds no process, and goes through (recorded: kill-race). */
static bool is_worth_again(const struct outcome *outcome)
{
    if (outcome->result == RESULT_STUCK)
        return outcome->last == ACTION_REMOVE && outcome->tries < NEXT_STUCK_MAX;
    return outcome->result == RESULT_TRANSIENT &&
           (outcome->last == ACTION_CREATE || outcome->tries < NEXT_TRANSIENT_MAX);
}

/* The last action once more. ACTION_NONE: it is not worth it, or not any more. */
static struct action again(const struct outcome *outcome)
{
    if (!is_worth_again(outcome))
        return (struct action){.kind = ACTION_NONE};
    return (struct action){.kind = outcome->last,
        .live = outcome->live,
        .id = outcome->id,
        .update = outcome->update,
        .step = outcome->step,
        .wait_ms = outcome->result == RESULT_STUCK ? 0 : next_backoff_ms(outcome->tries)};
}

/* Where something runs already, a manifest that is at fault is not tried again and again. */
static struct action refused(const struct outcome *outcome)
{
    bool replacing = outcome->last == ACTION_CREATE && outcome->id == ID_REPLACING;
    struct action action = action_verdict(VERDICT_FAILED,
        replacing ? "kanto-cm refused to create the new one; the old one is as it was"
                  : "kanto-cm refused it");
    action.fault = replacing ? FAULT_FINAL : FAULT_NONE;
    return action;
}

/* The last action did not end well. ACTION_NONE: what is live decides after all. */
static struct action after_failure(const struct outcome *outcome)
{
    switch (outcome->result) {
    case RESULT_TAKEN:
        return (struct action){.kind = ACTION_LOOK, .live = NEXT_LAST_ID};
    case RESULT_TRANSIENT:
        return action_verdict(VERDICT_FAILED, "kanto-cm refused it again and again");
    case RESULT_REFUSED:
        return refused(outcome);
    case RESULT_LATER:
        return action_verdict(VERDICT_FAILED, "kanto-cm could not do it");
    case RESULT_NO_ANSWER:
        return action_verdict(VERDICT_FAILED, "kanto-cm gave no answer");
    case RESULT_STUCK:
        return action_verdict(VERDICT_FAILED, "kanto-cm could not stop it");
    case RESULT_UNUSABLE:
    case RESULT_NONE:
    case RESULT_OK:
        break;
    }
    return (struct action){.kind = ACTION_NONE};
}

/* It was started in this pass: one wait at the end shows whether it stays up. */
static bool is_unwatched(const struct known *known, const struct outcome *outcome)
{
    return known->soak && outcome->starts > 0 && !outcome_was(outcome, DONE_SOAK);
}

static struct action watch(size_t chosen)
{
    return (struct action){.kind = ACTION_SOAK, .live = chosen, .step = DONE_SOAK, .shared = true};
}

/* Told, and left as it is: there is nothing proven to go back to. Its last words are kept. */
static struct action went_down(size_t chosen, const struct outcome *outcome)
{
    if (outcome_was(outcome, DONE_SOAK) && !outcome_was(outcome, DONE_LOGS))
        return action_step(ACTION_LOGS, chosen, DONE_LOGS);
    return action_verdict(VERDICT_FAILED, "was started and is down again");
}

static struct action failed_before(void)
{
    return action_verdict(VERDICT_FAILED,
        "this manifest failed before: it is tried again when it changes, or by apply --retry");
}

/* It was made quiet for its restart, by this pass or by one that was interrupted. */
static bool is_policy_owed(
    const struct live *live, const struct known *known, const struct outcome *outcome)
{
    bool quieted = outcome_was(outcome, DONE_QUIET) || known->restart_begun;
    return quieted && live->role == ROLE_SINGLE && live->in_place && outcome->starts > 0 &&
           !outcome_was(outcome, DONE_RESTORE);
}

/* It runs, and was started or changed by this pass. */
static struct action changed(enum mode mode, const struct live *live, size_t chosen,
    const struct known *known, const struct outcome *outcome)
{
    if (is_policy_owed(live, known, outcome))
        return action_update(chosen, UPDATE_DESIRED, DONE_RESTORE);
    if (is_unwatched(known, outcome))
        return watch(chosen);
    if (outcome_was(outcome, DONE_SOAK) && outcome->starts > 0 &&
        live->restart_count != outcome->restart_count) {
        if (!outcome_was(outcome, DONE_LOGS))
            return action_step(ACTION_LOGS, chosen, DONE_LOGS);
        return action_verdict(VERDICT_FAILED, "ended soon after its start, and was started again");
    }
    if (outcome->replaced || live->role == ROLE_NEW)
        return action_verdict(VERDICT_REPLACED, NULL);
    if (!live->same && known->failed && mode == MODE_UPDATE)
        return failed_before();
    if (!live->same)
        return action_verdict(VERDICT_DEPLOYED, "runs with other fields than the manifest has now");
    if (outcome_was(outcome, DONE_RESTART))
        return action_verdict(VERDICT_DEPLOYED, "restarted: what it goes with was changed");
    return action_verdict(
        outcome_was(outcome, DONE_UPDATE) ? VERDICT_UPDATED : VERDICT_DEPLOYED, NULL);
}

/* restart_with: what it goes with was changed, and this one was not (re)started since. */
static bool is_restart_due(enum mode mode, const struct known *known, const struct outcome *outcome)
{
    return mode != MODE_IGNORE && known->restart && outcome->starts == 0 && !outcome->replaced &&
           !outcome_was(outcome, DONE_RESTART);
}

/* Stopped under always or on-failure the daemon would start it again by itself, perhaps before our
 * Start, and remember for ever that a client had stopped it. */
static struct action restart(const struct live *live, size_t chosen, const struct outcome *outcome)
{
    bool stays = live->policy == POLICY_UNLESS_STOPPED || live->policy == POLICY_NO;
    if (live->same && !stays && !outcome_was(outcome, DONE_QUIET))
        return action_update(chosen, UPDATE_QUIET, DONE_QUIET);
    return action_step(ACTION_STOP, chosen, DONE_RESTART);
}

static struct action running(enum mode mode, const struct live *live, size_t chosen,
    const struct known *known, const struct outcome *outcome)
{
    if (is_restart_due(mode, known, outcome) && known->hold)
        return action_verdict(VERDICT_SKIPPED, "not restarted while hold is there");
    if (is_restart_due(mode, known, outcome))
        return restart(live, chosen, outcome);
    if (outcome->acted)
        return changed(mode, live, chosen, known, outcome);
    if (!live->same)
        return action_verdict(VERDICT_DIFFERS, "differs from the manifest; left as it is");
    if (live->policy_lost)
        return action_verdict(VERDICT_KEEP,
            "kanto-cm crashed under it: until it is started again, nobody restarts it when it "
            "ends");
    return action_verdict(VERDICT_KEEP, NULL);
}

/* It does not run, nobody is about to start it, and no person wanted that. */
static struct action down(enum mode mode, size_t chosen, const struct outcome *outcome)
{
    if (outcome->starts > 0)
        return went_down(chosen, outcome);
    if (mode == MODE_IGNORE)
        return action_verdict(VERDICT_SKIPPED, "does not run; left as it is (existing = ignore)");
    return action_step(ACTION_START, chosen, 0);
}

static struct action exited(
    enum mode mode, const struct live *live, size_t chosen, const struct outcome *outcome)
{
    if (live_did_its_work(live))
        return action_verdict(VERDICT_DONE, "ended with exit code 0");
    if (outcome->starts > 0)
        return went_down(chosen, outcome);
    if (live->exhausted)
        return action_verdict(VERDICT_SKIPPED, "its retries are used up");
    /* A policy that was just given may not be the one it ended under. */
    if (live_loops(live) && !outcome_was(outcome, DONE_UPDATE))
        return action_verdict(VERDICT_SKIPPED, "ended, and kanto-cm is about to start it again");
    return down(mode, chosen, outcome);
}

static bool is_fresh(const struct live *live)
{
    return live->status == STATUS_CREATED && live->ours && !live->started_before;
}

/* Ours and never started: there is nothing in it to lose. Made from a former manifest it goes. */
static struct action created(enum mode mode, const struct live *live, size_t chosen,
    const struct known *known, const struct outcome *outcome)
{
    if (!is_fresh(live))
        return down(mode, chosen, outcome);
    if (mode != MODE_IGNORE && live->edited && !live->same && !known->hold)
        return action_step(ACTION_REMOVE, chosen, 0);
    return action_step(ACTION_START, chosen, 0);
}

/* A policy can start a container: it gets none before a person has started it. */
static struct action by_hand(enum mode mode, const struct live *live)
{
    bool waits = mode == MODE_UPDATE && live->in_place;
    return action_verdict(
        VERDICT_SKIPPED, waits ? "was stopped by hand; what differs is changed when it runs again"
                               : "was stopped by hand");
}

static struct action judge(enum mode mode, const struct live *live, size_t chosen,
    const struct known *known, const struct outcome *outcome)
{
    switch (live->status) {
    case STATUS_RUNNING:
        return running(mode, live, chosen, known, outcome);
    case STATUS_PAUSED:
        return action_verdict(VERDICT_SKIPPED, "is paused");
    case STATUS_CREATED:
        return created(mode, live, chosen, known, outcome);
    case STATUS_EXITED:
        return live->by_person ? by_hand(mode, live) : exited(mode, live, chosen, outcome);
    case STATUS_STOPPED:
        return live->by_person ? by_hand(mode, live) : down(mode, chosen, outcome);
    case STATUS_CREATING:
        return action_verdict(VERDICT_SKIPPED, "is being created by somebody else");
    case STATUS_DEAD:
    case STATUS_UNKNOWN:
        break;
    }
    return down(mode, chosen, outcome);
}

/* Whether this one may be changed at all. What a person stopped, or what gave up by itself, is left
 * alone until its manifest changes, and nothing that was stopped by hand is given a policy, which
 * can start it; what is paused or under somebody's hands is left alone always. */
static bool may_change(enum mode mode, const struct live *live)
{
    if (mode != MODE_UPDATE || live->same || live->unusable || is_fresh(live))
        return false;
    switch (live->status) {
    case STATUS_PAUSED:
    case STATUS_CREATING:
        return false;
    case STATUS_EXITED:
    case STATUS_STOPPED:
        if (live->by_person)
            return live->edited && !live->in_place;
        return !live->exhausted || live->edited;
    case STATUS_RUNNING:
    case STATUS_CREATED:
    case STATUS_DEAD:
    case STATUS_UNKNOWN:
        break;
    }
    return true;
}

/* The mode is update, and it is not as the manifest says. */
static struct action change(const struct live *live, size_t chosen, const struct known *known,
    const struct outcome *outcome)
{
    struct pair pair = {.old = &live[chosen], .old_at = chosen};
    if (live[chosen].in_place && !outcome_was(outcome, DONE_UPDATE))
        return action_update(chosen, UPDATE_DESIRED, DONE_UPDATE);
    if (live[chosen].in_place)
        return action_verdict(VERDICT_FAILED, "was updated, and differs all the same");
    if (known->failed)
        return failed_before();
    return replace_next(&pair, known, outcome);
}

/* Nobody desired_set it. */
static struct action orphaned(const struct live *live, size_t live_count, const struct known *known,
    const struct outcome *outcome)
{
    if (live_count == 0)
        return action_verdict(VERDICT_REMOVED, NULL);
    if (!known->prune)
        return action_verdict(outcome->acted ? VERDICT_REMOVED : VERDICT_SKIPPED,
            outcome->acted ? "an interrupted replacement was undone" : "no manifest names it");
    if (known->hold)
        return action_verdict(
            VERDICT_SKIPPED, "no manifest names it; not removed while hold is there");
    for (size_t i = 0; i < live_count; i++)
        if (live[i].ours && live[i].status != STATUS_PAUSED)
            return action_step(ACTION_REMOVE, i, 0);
    return action_verdict(VERDICT_SKIPPED, live[0].ours ? "no manifest names it; it is paused"
                                                        : "no manifest names it; it is not ours");
}

static struct action remove_unusable(
    enum mode mode, const struct live *live, size_t chosen, const struct known *known)
{
    if (mode == MODE_IGNORE && !live->ours)
        return action_verdict(
            VERDICT_SKIPPED, "can never be started again; left (existing = ignore)");
    if (known->hold)
        return action_verdict(
            VERDICT_SKIPPED, "can never be started again; left while hold is there");
    return action_step(ACTION_REMOVE, chosen, 0);
}

/* The new one had to go before the old one could be brought back. ACTION_NONE: it is as it was. */
static struct action bring_back_late(const struct live *live, size_t live_count, size_t chosen,
    const struct known *known, const struct outcome *outcome)
{
    bool gone = outcome->failure || outcome_was(outcome, DONE_REMOVE_NEW);
    if (live_count == 0 || !known->former_ran || !gone)
        return (struct action){.kind = ACTION_NONE};
    if (!live_runs(&live[chosen]) && !outcome_was(outcome, DONE_START_OLD))
        return action_step(ACTION_START, chosen, DONE_START_OLD);
    if (live_runs(&live[chosen]) && known->former_policy && !outcome_was(outcome, DONE_RESTORE))
        return action_update(chosen, UPDATE_RESTORE, DONE_RESTORE);
    return (struct action){.kind = ACTION_NONE};
}

/* The new one is gone again. */
static struct action undone(const struct live *live, size_t live_count, size_t chosen)
{
    bool runs = live_count > 0 && live_runs(&live[chosen]);
    return action_verdict(VERDICT_FAILED, runs ? "the new one failed; the old one runs again"
                                               : "the new one failed, and is gone again");
}

/* The daemon missed its end and can neither stop nor update it: it goes, and is made again. */
static bool is_stuck_for_good(
    const struct live *live, size_t live_count, size_t chosen, const struct outcome *outcome)
{
    return outcome->last != ACTION_REMOVE && outcome->result == RESULT_STUCK && live_count > 0 &&
           live[chosen].unusable;
}

/* It is down, and cannot be replaced now: better the old version than none. */
static bool is_started_as_it_is(const struct live *live, const struct known *known)
{
    return (known->failed || known->hold) && !live->in_place && !live_runs(live);
}

static struct action decide(enum mode mode, const struct live *live, size_t live_count,
    const struct known *known, const struct outcome *outcome)
{
    size_t chosen = next_chosen(live, live_count);
    struct pair pair = replace_pair(live, live_count);
    bool replacing = pair.old || pair.new;
    bool taken = outcome->result == RESULT_TAKEN && outcome->last == ACTION_CREATE;
    struct action action = again(outcome);
    if (action.kind == ACTION_NONE && replacing && !taken)
        action = replace_next(&pair, known, outcome);
    else if (action.kind == ACTION_NONE && !is_stuck_for_good(live, live_count, chosen, outcome))
        action = after_failure(outcome);
    if (action.kind != ACTION_NONE)
        return action;
    if (!replacing)
        action = bring_back_late(live, live_count, chosen, known, outcome);
    if (action.kind != ACTION_NONE)
        return action;
    if (outcome->failure && !replacing)
        return undone(live, live_count, chosen);
    if (known->orphaned)
        return orphaned(live, live_count, known, outcome);
    if (live_count == 0)
        return create(known, outcome);
    if (live[chosen].unusable)
        return remove_unusable(mode, &live[chosen], chosen, known);
    bool restarting = outcome_was(outcome, DONE_QUIET);
    if (may_change(mode, &live[chosen]) && outcome->starts == 0 && !restarting &&
        !is_started_as_it_is(&live[chosen], known))
        return change(live, chosen, known, outcome);
    return judge(mode, &live[chosen], chosen, known, outcome);
}

/* Whether a pass may begin with it although what it waits for failed. */
static bool may_go_ahead(const struct action *action)
{
    return (action->kind == ACTION_CREATE && action->id != ID_REPLACING) ||
           action->kind == ACTION_UPDATE || action->kind == ACTION_REMOVE ||
           action->kind == ACTION_LOOK || action->kind == ACTION_LOGS ||
           action->kind == ACTION_SOAK || action->kind == ACTION_VERDICT;
}

struct action next(enum mode mode, const struct live *live, size_t live_count,
    const struct known *known, const struct outcome *outcome)
{
    struct action action = decide(mode, live, live_count, known, outcome);
    struct pair pair = replace_pair(live, live_count);
    bool under_way = pair.old || pair.new || outcome->starts > 0;
    if (known->blocked && !under_way && !may_go_ahead(&action))
        return action_verdict(VERDICT_WAITING, "what it waits for failed");
    return action;
}
