/* A replacement, forward: of two containers of one name the old one makes room for the new one. */
#include "base/cleanup.h"
#include "plan/ladder.h"

#define NOT_TOLD                                                                                   \
    "the new one was started, and kanto-cm did not say whether it stays up; the old one is kept "  \
    "for a later pass"
#define NO_ID_LEFT "every id that was tried is taken or can never be used"

/* ---- What was refused on the way ---- */

static bool refused(const struct facts *facts)
{
    switch (facts->past.result) {
    case RESULT_REFUSED:
    case RESULT_LATER:
    case RESULT_NO_ANSWER:
        return true;
    case RESULT_TRANSIENT:
        return facts->past.exhausted;
    default:
        return false;
    }
}

static bool policy_refused(const struct facts *facts)
{
    return facts_last_was(facts, ACTION_UPDATE, ROLE_OLD) && refused(facts);
}

static bool stop_unanswered(const struct facts *facts)
{
    return facts_last_was(facts, ACTION_STOP, ROLE_OLD) && facts->past.result == RESULT_NO_ANSWER;
}

static bool start_ended(const struct facts *facts, enum result result)
{
    return facts_last_was(facts, ACTION_START, ROLE_NEW) && facts->past.result == result;
}

static bool id_unusable(const struct facts *facts)
{
    return start_ended(facts, RESULT_UNUSABLE);
}

static bool id_unusable_others_left(const struct facts *facts)
{
    return id_unusable(facts) && facts->past.creates < NEXT_CREATES_MAX;
}

static bool start_unanswered(const struct facts *facts)
{
    return start_ended(facts, RESULT_NO_ANSWER);
}

static bool start_refused_for_good(const struct facts *facts)
{
    return start_ended(facts, RESULT_REFUSED);
}

static bool start_refused(const struct facts *facts)
{
    return start_ended(facts, RESULT_LATER) ||
           (start_ended(facts, RESULT_TRANSIENT) && refused(facts));
}

static bool lost_one_stays(const struct facts *facts)
{
    return facts->past.step == STEP_REMOVE_LOST && facts->past.result != RESULT_OK;
}

/* ---- Before it is created ---- */

static bool begins(const struct facts *facts)
{
    return !facts->newer;
}

static bool is_untouched(const struct facts *facts)
{
    return !facts->newer || (facts->newer->status == STATUS_CREATED && facts->past.starts == 0);
}

static bool old_runs(const struct facts *facts)
{
    return facts->old && !facts->old->lost && live_runs(facts->old);
}

/* What is known to fail stops nothing. */
static bool something_is_missing(const struct facts *facts)
{
    return facts->known.lacks && is_untouched(facts) && old_runs(facts);
}

/* It was created before that was known. */
static bool new_one_is_in_vain(const struct facts *facts)
{
    return facts->newer && something_is_missing(facts);
}

static void explain_what_is_missing(const struct facts *facts, struct text *out)
{
    text_add_printable(out, facts->known.lacks);
    text_add(out, ": its Start would fail; what is there stays as it is");
}

static bool cannot_start_first(const struct facts *facts)
{
    return facts->known.start_first && facts->known.shares_port && is_untouched(facts) &&
           old_runs(facts);
}

static bool cannot_start_first_and_begins(const struct facts *facts)
{
    return begins(facts) && cannot_start_first(facts);
}

static bool no_id_is_left(const struct facts *facts)
{
    return begins(facts) && facts->past.creates >= NEXT_CREATES_MAX;
}

static bool is_on_record(const struct facts *facts)
{
    return begins(facts) && facts->known.intended_id && facts->past.creates == 0;
}

/* ---- It is there ---- */

/* A person may do with both as they like. */
static bool old_was_stopped_by_hand(const struct facts *facts)
{
    return facts->old && facts->old->stays_down && facts->past.starts == 0;
}

/* An undoing that was interrupted stops the new one too: it is on record, or leaves the policy `no`.
 */
static bool new_was_stopped_by_hand(const struct facts *facts)
{
    const struct live *newer = facts->newer;
    return newer->by_person && !live_runs(newer) && newer->started_before &&
           (newer->recorded || newer->policy != POLICY_NO);
}

static bool failed_before(const struct facts *facts)
{
    return facts->known.failed;
}

/* It differs from the manifest it was made from: fresh as it is, kanto-cm makes something else of
 * the manifest, and the next pass would replace it again. */
static bool is_made_otherwise(const struct facts *facts)
{
    return !facts->newer->same && facts->past.starts == 0 && facts->newer->status == STATUS_CREATED;
}

/* Likewise, and not fresh: an undoing that was interrupted gave it another policy. */
static bool was_being_undone(const struct facts *facts)
{
    return !facts->newer->same && facts->past.starts == 0;
}

static bool partner_failed(const struct facts *facts)
{
    return facts->known.partner_failed && !facts->past.replaced;
}

/* ---- It was started: does it stay up? ---- */

static bool is_to_be_proven(const struct facts *facts)
{
    return facts->past.starts > 0 || facts->newer->status == STATUS_RUNNING ||
           live_did_its_work(facts->newer);
}

static bool is_to_be_watched(const struct facts *facts)
{
    return is_to_be_proven(facts) && facts->newer->status == STATUS_RUNNING && facts->known.soak;
}

/* What was said of it is that it was started. That proves nothing: both stay, for a later pass. */
static bool is_not_told_of(const struct facts *facts)
{
    return is_to_be_watched(facts) && facts->past.step == STEP_LOOK_NEW &&
           facts->past.result != RESULT_OK;
}

static bool was_restarted(const struct facts *facts)
{
    return is_to_be_watched(facts) && facts_ended_watched(facts, facts->newer);
}

/* The manifest's fault, if it is still that manifest. */
static bool is_from_this_manifest(const struct facts *facts)
{
    return facts->newer->current || facts->newer->same;
}

static bool was_restarted_by_its_fault(const struct facts *facts)
{
    return was_restarted(facts) && is_from_this_manifest(facts);
}

static bool stands(const struct facts *facts)
{
    return is_to_be_proven(facts) && (live_runs(facts->newer) || live_did_its_work(facts->newer));
}

static bool stands_but_old_stays(const struct facts *facts)
{
    return stands(facts) && facts_last_was(facts, ACTION_REMOVE, ROLE_OLD) &&
           facts->past.result != RESULT_OK;
}

static bool stands_beside_old(const struct facts *facts)
{
    return stands(facts) && facts->old;
}

/* The world ended it, not its program. */
static bool was_swept_away(const struct facts *facts)
{
    const struct live *newer = facts->newer;
    return is_to_be_proven(facts) &&
           (newer->daemon_missed || (newer->error && newer->exit_code == 0));
}

static bool ended_by_its_fault(const struct facts *facts)
{
    return is_to_be_proven(facts) && is_from_this_manifest(facts);
}

/* ---- It is down, and was not started in this pass ---- */

static bool may_not_start(const struct facts *facts)
{
    const struct live *newer = facts->newer;
    switch (newer->status) {
    case STATUS_CREATED:
        return false;
    case STATUS_EXITED:
        return !newer->daemon_missed && !(newer->error && newer->exit_code == 0);
    case STATUS_STOPPED: /* by the daemon's shutdown; or a Start that was cut */
        return newer->by_person;
    default:
        return true;
    }
}

/* Not because the pass that started it was undoing it when it was interrupted. */
static bool failed_by_its_fault(const struct facts *facts)
{
    const struct live *newer = facts->newer;
    return may_not_start(facts) && !newer->by_person &&
           (live_loops(newer) || newer->exit_code != 0);
}

/* ---- The old one makes room ---- */

static bool makes_room(const struct facts *facts)
{
    return facts->old && !facts->old->lost && !facts->known.start_first;
}

static bool old_loops(const struct facts *facts)
{
    return makes_room(facts) && live_loops(facts->old);
}

/* It may have been up again when that Update came. */
static bool old_was_calmed(const struct facts *facts)
{
    return makes_room(facts) && facts_did(facts, STEP_CALM_OLD);
}

static bool old_needs_stop(const struct facts *facts)
{
    return makes_room(facts) && live_runs(facts->old);
}

/* Under another policy the daemon would start it again after its Stop. */
static bool old_needs_quiet(const struct facts *facts)
{
    return old_needs_stop(facts) && facts->old->policy != POLICY_UNLESS_STOPPED &&
           facts->old->policy != POLICY_NO;
}

/* Its process is gone, and its ports stay taken until it is removed. */
static bool lost_one_is_in_the_way(const struct facts *facts)
{
    return facts->old && facts->old->lost && (facts->known.shares_port || facts->known.makes_way);
}

static void explain_refusal(const struct facts *facts, struct text *out)
{
    text_add(out, facts->known.hold ? "differs from the manifest; not replaced while hold is there"
                                    : "differs from the manifest; not replaced while the journal "
                                      "cannot be written");
}

static const struct rung refusals[] = {
    GIVE_UP(LATER, policy_refused, "the running one's restart policy could not be changed"),
    GIVE_UP(LATER, stop_unanswered, "the running one's Stop was not answered"),
    GIVE_UP(OVER, id_unusable_others_left, "its id can never be started"),
    GIVE_UP(LATER, id_unusable, "its id can never be started"),
    GIVE_UP(LATER, start_unanswered, "its Start was not answered"),
    GIVE_UP(FINAL, start_refused_for_good, "kanto-cm refused to start it"),
    GIVE_UP(LATER, start_refused, "kanto-cm could not start it"),
    GIVE_UP(LATER, lost_one_stays, "the old one is lost, and could not be removed"),
};

static const struct rung forward[] = {
    SAY(FAILED, cannot_start_first_and_begins,
        "replace = start-first cannot work: the old and the new one need the same host port"),
    GIVE_UP(LATER, cannot_start_first, "replace = start-first cannot work with one host port"),
    DO(REMOVE_NEW, NEW, new_one_is_in_vain),
    {.verdict = VERDICT_WAITING,
        .holds = something_is_missing,
        .explain = explain_what_is_missing,
        .reason = "its Start would fail; the running one stays"},
    SAY(FAILED, no_id_is_left, NO_ID_LEFT),
    DO(CREATE_NEW_INTENDED, OLD, is_on_record),
    DO(CREATE_NEW, OLD, begins),

    GIVE_UP(OVER, old_was_stopped_by_hand, "the old one was stopped by hand"),
    GIVE_UP(FINAL, failed_before, "it failed before"),
    GIVE_UP(FINAL, is_made_otherwise, "it is not as the manifest says"),
    GIVE_UP(OVER, was_being_undone, "it is not as the manifest says"),
    SAY(SKIPPED, new_was_stopped_by_hand,
        "the new one was stopped by hand; its replacement goes on when it runs again"),
    GIVE_UP(LATER, partner_failed, "another one, with which it exchanges ports, failed"),

    DO(SOAK_NEW, NEW, is_to_be_watched),
    DO(LOOK_NEW, NEW, is_to_be_watched),
    SAY(FAILED, is_not_told_of, NOT_TOLD),
    GIVE_UP(FINAL, was_restarted_by_its_fault, "it ended and was started again"),
    GIVE_UP(OVER, was_restarted, "it ended and was started again"),
    SAY(FAILED, stands_but_old_stays, "the new one runs; the old one could not be removed"),
    DO(REMOVE_OLD, OLD, stands_beside_old),
    {.over = true, .holds = stands},
    GIVE_UP(LATER, was_swept_away, "it ended soon after its start"),
    GIVE_UP(FINAL, ended_by_its_fault, "it ended soon after its start"),
    GIVE_UP(OVER, is_to_be_proven, "it ended soon after its start"),

    GIVE_UP(FINAL, failed_by_its_fault, "it was found down after its start"),
    GIVE_UP(OVER, may_not_start, "it was found down after its start"),

    DO(CALM_OLD, OLD, old_loops),
    DO(STOP_OLD, OLD, old_was_calmed),
    DO(QUIET_OLD, OLD, old_needs_quiet),
    DO(STOP_OLD, OLD, old_needs_stop),
    DO(LOOK_OLD, OLD, old_needs_stop), /* refused: it may have ended by itself meanwhile */
    GIVE_UP(LATER, old_needs_stop, "the running one could not be stopped"),
    DO(REMOVE_LOST, OLD, lost_one_is_in_the_way),
    DO(START_NEW, NEW, NULL),
};

/* ---- Under hold nothing is stopped or removed ---- */

static bool old_is_due(const struct facts *facts)
{
    bool runs = (facts->old && live_runs(facts->old)) || (facts->newer && live_runs(facts->newer));
    return !runs && facts->old && facts->known.former_ran;
}

/* What runs goes on; if neither does, the proven one comes back. */
static const struct rung held[] = {
    DO(START_OLD, OLD, old_is_due),
    SAY(FAILED, old_is_due, "the old one could not be started again"),
    {.verdict = VERDICT_SKIPPED, .explain = explain_refusal, .reason = "not replaced now"},
};

/* ---- The new one was made from another manifest than the one there is ---- */

static bool is_other(const struct facts *facts)
{
    return facts->newer && !facts->newer->current && !facts->newer->same;
}

/* The new one runs, and the old one never did, or is gone: whatever is desired now, it is what there
 * is to lose. */
static bool is_all_there_is(const struct facts *facts)
{
    bool old_counts = facts->old && facts->known.former_ran;
    return live_runs(facts->newer) && !old_counts && !facts->known.orphaned;
}

static const struct rung other[] = {
    DO(SOAK_NEW, NEW, is_to_be_watched),
    DO(LOOK_NEW, NEW, is_to_be_watched),
    SAY(FAILED, is_not_told_of, NOT_TOLD),
    GIVE_UP(OVER, was_restarted, "it ended and was started again"),
    SAY(FAILED, stands_but_old_stays, "the new one runs; the old one could not be removed"),
    DO(REMOVE_OLD, OLD, stands_beside_old),
};

/* Before all else the last call is looked after; then the way back, if it was taken. */
struct move forward_next(const struct facts *facts)
{
    if (facts->known.hold || facts->known.forgetful)
        return ladder_climb(held, countof(held), facts);
    if (facts->past.failure)
        return back_next(facts);
    struct move refusal = ladder_climb(refusals, countof(refusals), facts);
    if (refusal.step != STEP_NONE || refusal.action == ACTION_VERDICT)
        return refusal;
    if (is_other(facts) && is_all_there_is(facts))
        return ladder_climb(other, countof(other), facts);
    if (facts->known.orphaned || is_other(facts))
        return back_next(facts);
    return ladder_climb(forward, countof(forward), facts);
}
