/* One container that stands for its name, or none. */
#include "base/cleanup.h"
#include "plan/ladder.h"

#include <inttypes.h>

/* ---- The old one could be brought back only when the new one was gone ---- */

static bool new_is_gone(const struct facts *facts)
{
    return facts->past.failure || facts_did(facts, STEP_REMOVE_NEW);
}

static bool old_is_due(const struct facts *facts)
{
    return facts->chosen && facts->known.former_ran && new_is_gone(facts) &&
           !live_runs(facts->chosen) && !facts->chosen->by_person;
}

static bool old_lacks_its_policy(const struct facts *facts)
{
    return facts->chosen && facts->known.former_ran && new_is_gone(facts) &&
           live_runs(facts->chosen) && facts->known.former_policy;
}

static bool failed_and_old_runs(const struct facts *facts)
{
    return facts->past.failure && facts->chosen && live_runs(facts->chosen);
}

static bool was_taken_and_old_runs(const struct facts *facts)
{
    return failed_and_old_runs(facts) && facts->past.fault == FAULT_PERSON;
}

static bool failed(const struct facts *facts)
{
    return facts->past.failure != NULL;
}

static const struct rung undone[] = {
    DO(START_OLD, CHOSEN, old_is_due),
    DO(RESTORE_OLD, CHOSEN, old_lacks_its_policy),
    SAY(FAILED, was_taken_and_old_runs,
        "somebody removed the new one, or gave it another name; the old one runs again"),
    SAY(FAILED, failed_and_old_runs, "the new one failed; the old one runs again"),
    SAY(FAILED, failed, "the new one failed, and is gone again"),
};

/* ---- Nothing is there ---- */

static bool no_id_is_left(const struct facts *facts)
{
    return facts->past.creates >= NEXT_CREATES_MAX;
}

static bool others_were_tried(const struct facts *facts)
{
    return facts->past.creates > 0;
}

static bool is_on_record(const struct facts *facts)
{
    return facts->known.intended_id;
}

static bool manifest_has_an_id(const struct facts *facts)
{
    return facts->known.explicit_id;
}

static bool its_room_was_given_back(const struct facts *facts)
{
    return facts_did(facts, STEP_REMOVE_FAILED);
}

static const struct rung missing[] = {
    {.verdict = VERDICT_FAILED,
        .holds = its_room_was_given_back,
        .fault = FAULT_FINAL, /* what has the room is not stopped for it again */
        .reason = "was started and failed; it is gone again, as it had taken the room of another "
                  "one"},
    SAY(FAILED, no_id_is_left, "every id that was tried is taken or can never be used"),
    DO(CREATE_FRESH, NONE, others_were_tried),
    DO(CREATE_INTENDED, NONE, is_on_record),
    DO(CREATE_EXPLICIT, NONE, manifest_has_an_id),
    DO(CREATE_FIRST, NONE, NULL),
};

/* ---- Its start would stop an orphan that runs, and it failed before ---- */

static bool takes_room(const struct facts *facts)
{
    bool down = !facts->chosen || !live_runs(facts->chosen);
    return facts->known.needs_room && !facts->known.took_room && down && facts->past.starts == 0;
}

static bool failed_in_taken_room(const struct facts *facts)
{
    return takes_room(facts) && facts->known.failed;
}

static bool failed_in_taken_room_lately(const struct facts *facts)
{
    return takes_room(facts) && facts->known.backs_off;
}

static const struct rung roomless[] = {
    SAY(FAILED, failed_in_taken_room,
        "failed before, and what runs in its room is not stopped for it: it is tried again when "
        "its manifest changes, or by apply --retry"),
    SAY(FAILED, failed_in_taken_room_lately,
        "failed before, and what runs in its room is not stopped for it so soon: it is tried again "
        "in a later pass, or by apply --retry"),
};

/* ---- It can never be started again ---- */

static bool unusable_and_ignored(const struct facts *facts)
{
    return facts->mode == MODE_IGNORE && !facts->chosen->ours;
}

static bool nothing_may_go(const struct facts *facts)
{
    return facts->known.hold || facts->known.forgetful;
}

static const struct rung unusable[] = {
    SAY(SKIPPED, unusable_and_ignored, "can never be started again (existing = ignore)"),
    SAY(SKIPPED, nothing_may_go, "can never be started again; nothing is removed now"),
    DO(REMOVE_UNUSABLE, CHOSEN, NULL),
};

/* ---- It is not as the manifest says, and may be changed ---- */

static bool is_fresh(const struct live *live)
{
    return live->status == STATUS_CREATED && live->ours && !live->started_before;
}

/* What a person stopped, or what gave up by itself, is not touched until its manifest changes, and
 * nothing that was stopped by hand is given a policy, which can start it; what is paused or under
 * somebody's hands is never touched. */
static bool may_change(const struct facts *facts)
{
    const struct live *live = facts->chosen;
    if (facts->mode != MODE_UPDATE || facts->known.contested || live->same || live->unusable ||
        is_fresh(live))
        return false;
    switch (live->status) {
    case STATUS_PAUSED:
    case STATUS_CREATING:
        return false;
    case STATUS_EXITED:
    case STATUS_STOPPED:
        if (live->by_person)
            return live->edited && !live->in_place && !live->stays_down;
        return !live->exhausted || live->edited;
    default:
        return true;
    }
}

/* It is down, and cannot be replaced now: better the old version than none. */
static bool is_started_as_it_is(const struct facts *facts)
{
    const struct known *known = &facts->known;
    bool stuck = known->failed || known->hold || known->forgetful || known->backs_off;
    return stuck && !facts->chosen->in_place && !live_runs(facts->chosen);
}

static bool is_to_be_changed(const struct facts *facts)
{
    return may_change(facts) && facts->past.starts == 0 && !facts_did(facts, STEP_QUIET) &&
           !is_started_as_it_is(facts);
}

/* The daemon will never know that it has ended. For a restart alone nothing is made again as the
 * manifest has it now. */
static bool is_to_be_remade(const struct facts *facts)
{
    return facts->chosen->lost && facts->chosen->ours && facts->mode != MODE_IGNORE &&
           facts->past.starts == 0 && (facts->chosen->same || may_change(facts));
}

static bool differs_in_place(const struct facts *facts)
{
    return facts->chosen->in_place && !facts->chosen->lost;
}

static bool is_forgetful(const struct facts *facts)
{
    return facts->known.forgetful;
}

static bool failed_before(const struct facts *facts)
{
    return facts->known.failed && !facts->chosen->lost;
}

static bool is_too_early(const struct facts *facts)
{
    return facts->known.backs_off && live_runs(facts->chosen) && !facts->chosen->lost;
}

static const struct rung change[] = {
    SAY(FAILED, is_forgetful, UNWRITABLE),
    DO(UPDATE_IN_PLACE, CHOSEN, differs_in_place),
    SAY(FAILED, differs_in_place, "was updated, and differs all the same"),
    SAY(FAILED, failed_before, FAILED_BEFORE),
    SAY(FAILED, is_too_early,
        "this manifest failed before, and nothing is stopped for it so soon: it is tried again in "
        "a later pass, or by apply --retry"),
};

/* ---- It does not run ---- */

static bool was_started(const struct facts *facts)
{
    return facts->past.starts > 0;
}

/* Its last words are kept. There is nothing proven to go back to. */
static bool went_down_while_watched(const struct facts *facts)
{
    return was_started(facts) && facts_was_watched(facts);
}

static bool is_ignored(const struct facts *facts)
{
    return facts->mode == MODE_IGNORE;
}

static const struct rung down[] = {
    DO(LOGS, CHOSEN, went_down_while_watched),
    DO(REMOVE_FAILED, CHOSEN, facts_owes_its_room),
    SAY(FAILED, was_started, "was started and is down again"),
    SAY(SKIPPED, is_ignored, "does not run (existing = ignore)"),
    DO(START, CHOSEN, NULL),
};

static bool did_its_work(const struct facts *facts)
{
    return live_did_its_work(facts->chosen);
}

static bool is_exhausted(const struct facts *facts)
{
    return facts->past.starts == 0 && facts->chosen->exhausted;
}

/* A policy that was just given may not be the one it ended under. */
static bool is_about_to_start(const struct facts *facts)
{
    return facts->past.starts == 0 && live_loops(facts->chosen) &&
           !facts_did(facts, STEP_UPDATE_IN_PLACE);
}

static void explain_exhausted(const struct facts *facts, struct text *out)
{
    text_add_format(out, "its retries are used up (%" PRId64 " restart%s), last exit code %" PRId64,
        facts->chosen->restart_count, facts->chosen->restart_count == 1 ? "" : "s",
        facts->chosen->exit_code);
}

static bool is_in_a_crash_loop(const struct facts *facts)
{
    return is_about_to_start(facts) && facts_crashes(facts);
}

static const struct rung exited[] = {
    SAY(DONE, did_its_work, "ended with exit code 0"),
    DO(LOGS, CHOSEN, is_exhausted),
    {.verdict = VERDICT_FAILED,
        .holds = is_exhausted,
        .explain = explain_exhausted,
        .reason = "its retries are used up"},
    DO(LOGS, CHOSEN, is_in_a_crash_loop),
    {.verdict = VERDICT_FAILED,
        .holds = is_in_a_crash_loop,
        .explain = facts_explain_crashes,
        .reason = "crash loop"},
    SAY(SKIPPED, is_about_to_start, "ended, and kanto-cm is about to start it again"),
};

/* Ours and never started: there is nothing in it to lose. Made from a former manifest it goes. */
static bool is_fresh_and_old(const struct facts *facts)
{
    return is_fresh(facts->chosen) && facts->mode != MODE_IGNORE && facts->chosen->edited &&
           !facts->chosen->same && !facts->known.contested && !nothing_may_go(facts);
}

static bool chosen_is_fresh(const struct facts *facts)
{
    return is_fresh(facts->chosen);
}

static const struct rung created[] = {
    DO(REMOVE_EDITED, CHOSEN, is_fresh_and_old),
    DO(START, CHOSEN, chosen_is_fresh),
};

/* A policy can start a container: it gets none before a person has started it. */
static bool waits_for_a_person(const struct facts *facts)
{
    return facts->mode == MODE_UPDATE && facts->chosen->in_place;
}

static const struct rung by_hand[] = {
    SAY(SKIPPED, waits_for_a_person,
        "was stopped by hand; what differs is changed when it runs again"),
    SAY(SKIPPED, NULL, "was stopped by hand"),
};

static const struct rung untouchable[] = {
    {.verdict = VERDICT_SKIPPED, .reason = "is paused"},
};

static const struct rung creating[] = {
    {.verdict = VERDICT_SKIPPED, .reason = "is being created by somebody else"},
};

/* ---- Which of them ---- */

#define CLIMB(ladder) ladder_climb(ladder, countof(ladder), facts)

static struct move by_status(const struct facts *facts)
{
    struct move move = {.step = STEP_NONE};
    bool stopped =
        facts->chosen->status == STATUS_EXITED || facts->chosen->status == STATUS_STOPPED;
    if (stopped && facts->chosen->by_person)
        return CLIMB(by_hand);
    switch (facts->chosen->status) {
    case STATUS_RUNNING:
        return running_next(facts);
    case STATUS_PAUSED:
        return CLIMB(untouchable);
    case STATUS_CREATING:
        return CLIMB(creating);
    case STATUS_CREATED:
        move = CLIMB(created);
        break;
    case STATUS_EXITED:
        move = CLIMB(exited);
        break;
    default:
        break;
    }
    return ladder_found(&move) ? move : CLIMB(down);
}

/* The new one is made beside it, and it makes room. */
static struct move begin_replacement(const struct facts *facts)
{
    struct facts pair = *facts;
    pair.old = facts->chosen;
    pair.newer = NULL; /* it may have been one, whose old one is gone */
    return forward_next(&pair);
}

/* Ours went in this pass, to be made again; a person's of the same name stays, and is not what
 * stands for it. */
static bool is_to_be_made_beside(const struct facts *facts)
{
    const struct live *chosen = facts->chosen;
    bool went = facts_did(facts, STEP_REMOVE_UNUSABLE) || facts_did(facts, STEP_REMOVE_EDITED) ||
                facts_did(facts, STEP_REMOVE_FAILED);
    return went && !chosen->ours && !(chosen->same && chosen->status == STATUS_RUNNING);
}

struct move single_next(const struct facts *facts)
{
    struct move move = {.step = STEP_NONE};
    if (!facts->old && !facts->newer)
        move = CLIMB(undone);
    if (ladder_found(&move))
        return move;
    if (facts->known.orphaned)
        return orphan_next(facts);
    move = CLIMB(roomless);
    if (ladder_found(&move))
        return move;
    if (!facts->chosen || is_to_be_made_beside(facts))
        return CLIMB(missing);
    if (facts->chosen->unusable)
        return CLIMB(unusable);
    if (!is_to_be_changed(facts) && !is_to_be_remade(facts))
        return by_status(facts);
    move = CLIMB(change);
    return ladder_found(&move) ? move : begin_replacement(facts);
}
