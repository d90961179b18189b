/* What no manifest names. */
#include "base/cleanup.h"
#include "plan/ladder.h"

static bool is_gone(const struct facts *facts)
{
    return facts->live_count == 0;
}

static bool went_by_itself(const struct facts *facts)
{
    return is_gone(facts) && !facts->past.acted;
}

static bool was_undone(const struct facts *facts)
{
    bool runs_again = facts_did(facts, STEP_START_ORPHAN) || facts_did(facts, STEP_RESTORE_ORPHAN);
    return !facts->known.prune && facts->past.acted && !runs_again;
}

static bool is_kept(const struct facts *facts)
{
    return !facts->known.prune;
}

static bool is_held(const struct facts *facts)
{
    return facts->known.hold;
}

static bool is_unwritable(const struct facts *facts)
{
    return facts->known.forgetful;
}

static bool is_not_ours(const struct facts *facts)
{
    return !facts->chosen->ours;
}

static bool is_paused(const struct facts *facts)
{
    return facts->chosen->status == STATUS_PAUSED;
}

/* ---- A new one needs its ports, devices or files ---- */

static bool is_in_the_way(const struct facts *facts)
{
    return facts->known.makes_room && facts->chosen->status == STATUS_RUNNING;
}

/* The daemon would start it again by itself, in the middle of the new one's Start. */
static bool needs_quiet(const struct facts *facts)
{
    enum container_policy policy = facts->chosen->policy;
    return is_in_the_way(facts) && policy != POLICY_UNLESS_STOPPED && policy != POLICY_NO;
}

static bool waits(const struct facts *facts)
{
    bool stopped = facts_did(facts, STEP_STOP_ORPHAN) || facts->chosen->stopped_by_us;
    return facts->known.makes_room && stopped && !live_runs(facts->chosen) &&
           !facts->known.room_taken && !facts->known.room_failed;
}

/* The new one failed; or nothing needs its room any more, and it may not go. */
static bool is_to_stay(const struct facts *facts)
{
    bool may_go = facts->known.prune && !facts->known.hold;
    return facts->known.room_failed || (!facts->known.makes_room && !may_go);
}

static bool is_to_run_again(const struct facts *facts)
{
    return is_to_stay(facts) && facts->chosen->stopped_by_us && !live_runs(facts->chosen);
}

static bool lacks_its_policy(const struct facts *facts)
{
    return is_to_stay(facts) && facts->known.former_policy && live_runs(facts->chosen) &&
           !facts_did(facts, STEP_RESTORE_OLD);
}

static bool room_failed(const struct facts *facts)
{
    return facts->known.room_failed;
}

static void explain_why(const struct facts *facts, struct text *out)
{
    text_add_printable(out,
        facts->known.why_orphaned ? facts->known.why_orphaned : "orphaned: no manifest names it");
}

static const struct rung orphan[] = {
    SAY(SKIPPED, went_by_itself, "somebody removed it, or gave it another name"),
    SAY(REMOVED, is_gone, NULL),
    DO(START_ORPHAN, CHOSEN, is_to_run_again),
    DO(RESTORE_ORPHAN, CHOSEN, lacks_its_policy),
    DO(WAIT_FOR_ROOM, CHOSEN, waits),
    SAY(REMOVED, was_undone, "an interrupted replacement was undone"),
    {.verdict = VERDICT_SKIPPED,
        .holds = is_kept,
        .explain = explain_why,
        .reason = "orphaned: no manifest names it"},
    SAY(SKIPPED, is_held, "orphaned: no manifest names it; not removed while hold is there"),
    SAY(SKIPPED, is_not_ours, "orphaned: no manifest names it; it is not ours"),
    SAY(SKIPPED, is_paused, "orphaned: no manifest names it; it is paused"),
    SAY(FAILED, is_unwritable,
        "orphaned: no manifest names it; not removed while the journal cannot be written"),
    SAY(SKIPPED, room_failed,
        "orphaned: no manifest names it; what was to take its place failed, and it stays"),
    DO(QUIET_ORPHAN, CHOSEN, needs_quiet),
    DO(STOP_ORPHAN, CHOSEN, is_in_the_way),
    DO(REMOVE_ORPHAN, CHOSEN, NULL),
};

/* Several of one name: those that are ours go, one after the other. */
struct move orphan_next(const struct facts *facts)
{
    struct facts one = *facts;
    for (size_t i = 0; i < facts->live_count; i++)
        if (facts->live[i].ours && facts->live[i].status != STATUS_PAUSED) {
            one.chosen = &facts->live[i];
            break;
        }
    return ladder_climb(orphan, countof(orphan), &one);
}
