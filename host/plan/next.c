#include "plan/next.h"

#include "base/backoff.h"
#include "base/cleanup.h"
#include "plan/ladder.h"

int64_t next_backoff_ms(unsigned tries)
{
    static const struct backoff backoff = {.first_ms = 500, .most_ms = 30000};
    return backoff_ms(&backoff, tries);
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

#define CRASHES_LEAST 2 /* restarts of one that has run for a moment only */

bool live_crashes(const struct live *live)
{
    bool often = live->restart_count >= CRASHES_LEAST;
    if (live->status == STATUS_RUNNING)
        return often && live->young;
    return live_loops(live) && (often || live->exit_code != 0);
}

bool live_did_its_work(const struct live *live)
{
    return live->status == STATUS_EXITED && live->ends && live->exit_code == 0 && !live->error;
}

/* What is not ours is never changed while one of ours is there: it counts only where it runs as
 * desired. */
static int rank(const struct live *live)
{
    bool runs = live->status == STATUS_RUNNING;
    if (live->unusable)
        return live->ours ? 5 : 0;
    if (runs && live->same)
        return live->ours ? 10 : 9;
    return (live->ours ? 6 : 1) + (runs ? 2 : 0) + live->same;
}

size_t next_chosen(const struct live *live, size_t live_count)
{
    size_t chosen = 0;
    for (size_t i = 1; i < live_count; i++)
        if (rank(&live[i]) > rank(&live[chosen]))
            chosen = i;
    return chosen;
}

/* ---- The last call, before all else ---- */

#define MISSES_MAX 2

/* A pull as long as the pass has time, anything else a few times. A Remove that missed the end of
 * the process: the next one finds no process, and goes through (recorded: kill-race). A Stop that
 * could not stop: the next one tells whether there is a process (likewise). */
static bool is_worth_again(const struct facts *facts)
{
    const struct past *past = &facts->past;
    if (past->exhausted)
        return false;
    if (past->result == RESULT_STUCK && past->action == ACTION_REMOVE)
        return past->tries < NEXT_STUCK_MAX;
    if (past->misses > 0 && past->settled)
        return past->misses < MISSES_MAX && past->live < facts->live_count &&
               live_runs(&facts->live[past->live]) && past->role != ROLE_NEW;
    return past->result == RESULT_TRANSIENT &&
           (past->action == ACTION_CREATE || past->tries < NEXT_TRANSIENT_MAX);
}

static struct move again(const struct facts *facts)
{
    const struct step_rule *rule = step_rule(facts->past.step);
    const struct live *old = facts->old ? facts->old : facts->chosen;
    bool creates = rule->action == ACTION_CREATE;
    return (struct move){.step = facts->past.step,
        .action = rule->action,
        .live = creates ? (old ? (size_t)(old - facts->live) : 0) : facts->past.live,
        .id = rule->id,
        .update = rule->update,
        .wait_ms = facts->past.result == RESULT_TRANSIENT ? next_backoff_ms(facts->past.tries) : 0};
}

/* What a sentence says, or what was not said, is looked at before anything is done about it. */
static bool is_unsettled(const struct facts *facts)
{
    const struct past *past = &facts->past;
    if (past->settled || past->step == STEP_NONE)
        return false;
    bool removes = past->action == ACTION_REMOVE;
    return past->result == RESULT_NO_ANSWER || past->result == RESULT_ALREADY ||
           past->result == RESULT_MISSED || (past->result == RESULT_STUCK && !removes);
}

static bool id_is_taken(const struct facts *facts)
{
    return facts->past.action == ACTION_CREATE && facts->past.result == RESULT_TAKEN;
}

static const struct rung last_call[] = {
    DO(SETTLE, SAME, is_unsettled),
    DO(LOOK_TAKEN, LAST_ID, id_is_taken),
};

/* ---- It did not end well, and nothing is replaced ---- */

static bool ended(const struct facts *facts, enum result result)
{
    return facts->past.result == result;
}

static bool kept_refusing(const struct facts *facts)
{
    return ended(facts, RESULT_TRANSIENT);
}

static bool new_was_refused(const struct facts *facts)
{
    return ended(facts, RESULT_REFUSED) && facts->past.step == STEP_CREATE_NEW;
}

static bool new_could_not_be_made(const struct facts *facts)
{
    return (ended(facts, RESULT_LATER) || ended(facts, RESULT_TRANSIENT)) &&
           facts->past.step == STEP_CREATE_NEW;
}

static bool was_refused(const struct facts *facts)
{
    return ended(facts, RESULT_REFUSED);
}

static bool could_not(const struct facts *facts)
{
    return ended(facts, RESULT_LATER);
}

static bool gave_no_answer(const struct facts *facts)
{
    return ended(facts, RESULT_NO_ANSWER);
}

static bool could_not_stop(const struct facts *facts)
{
    if (!ended(facts, RESULT_STUCK) && !ended(facts, RESULT_MISSED))
        return false;
    /* It is down after all, or proven lost: what is there decides. */
    const struct live *live =
        facts->past.live < facts->live_count ? &facts->live[facts->past.live] : NULL;
    if (facts->past.action == ACTION_REMOVE)
        return true;
    return live && live_runs(live) && !(live->lost && live->ours && live->same) &&
           !(live->lost && facts->past.action == ACTION_UPDATE);
}

static void explain_kept_refusing(const struct facts *facts, struct text *out)
{
    text_add_format(out, "kanto-cm kept refusing it (%u attempt%s)", facts->past.tries,
        facts->past.tries == 1 ? "" : "s");
}

static const struct rung single_refusals[] = {
    {.verdict = VERDICT_FAILED,
        .holds = new_was_refused,
        .fault = FAULT_FINAL, /* where something runs, it is not tried again and again */
        .reason = "kanto-cm refused to create the new one; the old one is as it was"},
    SAY(FAILED, new_could_not_be_made,
        "kanto-cm could not create the new one; the old one is as it was"),
    {.verdict = VERDICT_FAILED,
        .holds = kept_refusing,
        .reason = "kanto-cm kept refusing it",
        .explain = explain_kept_refusing},
    SAY(FAILED, was_refused, "kanto-cm refused it"),
    SAY(FAILED, could_not, "kanto-cm could not do it"),
    SAY(FAILED, gave_no_answer, "kanto-cm gave no answer"),
    SAY(FAILED, could_not_stop, "kanto-cm could not stop it"),
};

/* ---- */

#define CLIMB(ladder) ladder_climb(ladder, countof(ladder), facts)

/* No manifest of ours names it, and no journal of ours knows it: another deployer may be at it. */
static bool is_of_others(const struct facts *facts)
{
    for (size_t i = 0; i < facts->live_count; i++)
        if (facts->live[i].recorded)
            return false;
    return facts->known.orphaned && (facts->old || facts->newer);
}

static struct move decide(const struct facts *facts)
{
    if (is_of_others(facts))
        return orphan_next(facts);
    if (is_worth_again(facts))
        return again(facts);
    struct move move = CLIMB(last_call);
    if (ladder_found(&move))
        return move;
    move = facts->old || facts->newer ? forward_next(facts) : CLIMB(single_refusals);
    return ladder_found(&move) ? move : single_next(facts);
}

bool move_needs_others(const struct facts *facts, const struct move *move)
{
    if (facts->old || facts->newer || facts->past.starts > 0)
        return false;
    switch (move->action) {
    case ACTION_CREATE:
        return move->id == ID_REPLACING && !facts->known.makes_way;
    case ACTION_UPDATE:
        return move->step != STEP_UPDATE_IN_PLACE;
    case ACTION_START:
    case ACTION_STOP:
        return true;
    default:
        return false;
    }
}

/* We stopped what ran, and nothing runs in its place yet: that is no moment to leave it. */
static bool is_exposed(const struct facts *facts)
{
    bool runs = false, stopped = false;
    for (size_t i = 0; i < facts->live_count; i++) {
        runs = runs || live_runs(&facts->live[i]);
        stopped = stopped || facts->live[i].stopped_by_us;
    }
    bool replacing = facts->old || facts->newer || facts->past.failure;
    return !runs && (replacing ? facts->known.former_ran : stopped && !facts->past.starts);
}

/* Others may have acted since it was told: what is stopped, changed or removed was looked at a moment
 * ago, and what is started was told a moment ago. */
static bool may_be_otherwise(const struct live *live, enum action action)
{
    switch (action) {
    case ACTION_START:
        return live->stale;
    case ACTION_STOP:
    case ACTION_UPDATE:
    case ACTION_REMOVE:
        return live->unlooked;
    default:
        return false;
    }
}

/* The container that is to be looked at before this move; NULL: none is. Before a new one starts, an
 * old one that was down is seen to be so: a person may have started it. */
static const struct live *unsure_of(const struct facts *facts, const struct move *move)
{
    const struct live *old = facts->old;
    bool down = old && !live_runs(old) && !old->stopped_by_us && !facts->known.start_first;
    if (move->live < facts->live_count && may_be_otherwise(&facts->live[move->live], move->action))
        return &facts->live[move->live];
    return move->step == STEP_START_NEW && down && old->unlooked ? old : NULL;
}

static void find_who_is_who(struct facts *facts)
{
    facts->chosen = facts->old = facts->newer = NULL;
    if (facts->live_count)
        facts->chosen = &facts->live[next_chosen(facts->live, facts->live_count)];
    for (size_t i = 0; i < facts->live_count; i++) {
        if (facts->live[i].role == ROLE_OLD)
            facts->old = &facts->live[i];
        if (facts->live[i].role == ROLE_NEW)
            facts->newer = &facts->live[i];
    }
}

struct move next(struct facts *facts)
{
    find_who_is_who(facts);
    struct move move = decide(facts);
    if (facts->known.blocked && move_needs_others(facts, &move) && !is_exposed(facts))
        return (struct move){.action = ACTION_VERDICT,
            .verdict = VERDICT_WAITING,
            .reason = "what it waits for failed"};
    if (facts->known.closed && move.action != ACTION_VERDICT && !is_exposed(facts))
        return (struct move){
            .action = ACTION_VERDICT, .verdict = VERDICT_FAILED, .reason = facts->known.closed};
    const struct live *unsure = unsure_of(facts, &move);
    if (unsure)
        return (struct move){.step = STEP_LOOK_FIRST,
            .action = ACTION_LOOK,
            .live = (size_t)(unsure - facts->live),
            .failure = move.failure,
            .fault = move.fault};
    return move;
}
