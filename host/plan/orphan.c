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
    return !facts->known.prune && facts->past.acted;
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

static bool waits(const struct facts *facts)
{
    return facts->known.makes_room && facts_did(facts, STEP_STOP_ORPHAN) &&
           !facts->known.room_taken && !facts->known.room_failed;
}

static bool room_was_not_taken(const struct facts *facts)
{
    return facts->known.room_failed && facts->chosen->stopped_by_us;
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
    DO(START_ORPHAN, CHOSEN, room_was_not_taken),
    SAY(SKIPPED, room_failed,
        "orphaned: no manifest names it; what was to take its place failed, and it stays"),
    DO(STOP_ORPHAN, CHOSEN, is_in_the_way),
    DO(WAIT_FOR_ROOM, CHOSEN, waits),
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
