/* One that runs and stands for its name. */
#include "base/cleanup.h"
#include "plan/ladder.h"

#include <inttypes.h>

/* restart_with: that one got a new process, and this one was not (re)started since. */
static bool is_restart_due(const struct facts *facts)
{
    return facts->mode != MODE_IGNORE && facts->known.restart && facts->past.starts == 0 &&
           !facts->past.replaced && !facts_did(facts, STEP_STOP_TO_RESTART);
}

static bool is_restart_held(const struct facts *facts)
{
    return is_restart_due(facts) && facts->known.hold;
}

static bool is_restart_unwritable(const struct facts *facts)
{
    return is_restart_due(facts) && facts->known.forgetful;
}

/* Stopped under always or on-failure the daemon would start it again by itself, perhaps before our
 * Start, and remember for ever that a client had stopped it. */
static bool needs_quiet(const struct facts *facts)
{
    enum container_policy policy = facts->chosen->policy;
    return is_restart_due(facts) && facts->chosen->same && policy != POLICY_UNLESS_STOPPED &&
           policy != POLICY_NO;
}

static bool acted(const struct facts *facts)
{
    return facts->past.acted;
}

/* It was made quiet for its restart, by this pass or by one that was interrupted. */
static bool is_policy_owed(const struct facts *facts)
{
    bool quieted = facts_did(facts, STEP_QUIET) || facts->known.restart_begun;
    return acted(facts) && quieted && facts->chosen->role == ROLE_SINGLE &&
           facts->chosen->in_place && facts->past.starts > 0;
}

bool facts_was_watched(const struct facts *facts)
{
    return facts_did(facts, STEP_SOAK) || facts_did(facts, STEP_SOAK_NEW);
}

static bool is_unwatched(const struct facts *facts)
{
    return facts->known.soak && facts->past.starts > 0 && !facts_was_watched(facts) &&
           !facts->known.closed;
}

/* Its watch ended with the pass, or did not begin. */
static bool was_not_watched_to_its_end(const struct facts *facts)
{
    return facts->known.soak && facts->past.starts > 0 && facts->known.closed &&
           facts->chosen->same && !facts->past.replaced;
}

bool facts_ended_watched(const struct facts *facts, const struct live *live)
{
    return live->restart_count - facts->past.restart_count > (live->by_person ? 1 : 0);
}

static bool was_restarted(const struct facts *facts)
{
    return facts_was_watched(facts) && facts->past.starts > 0 &&
           facts_ended_watched(facts, facts->chosen);
}

static bool stands_anew(const struct facts *facts)
{
    return acted(facts) && (facts->past.replaced || facts->chosen->role == ROLE_NEW);
}

static bool was_remade(const struct facts *facts)
{
    return stands_anew(facts) && facts->past.remade;
}

static bool made_again(const struct facts *facts)
{
    return acted(facts) && facts->past.remade;
}

static bool differs_and_failed(const struct facts *facts)
{
    return acted(facts) && !facts->chosen->same && facts->known.failed &&
           facts->mode == MODE_UPDATE;
}

static bool acted_and_differs(const struct facts *facts)
{
    return acted(facts) && !facts->chosen->same;
}

static bool was_restarted_by_us(const struct facts *facts)
{
    return acted(facts) && facts_did(facts, STEP_STOP_TO_RESTART);
}

static bool was_updated(const struct facts *facts)
{
    return acted(facts) && facts_did(facts, STEP_UPDATE_IN_PLACE);
}

bool facts_crashes(const struct facts *facts)
{
    return facts->past.starts == 0 && live_crashes(facts->chosen);
}

static bool differs(const struct facts *facts)
{
    return !facts->chosen->same;
}

static bool is_contested(const struct facts *facts)
{
    return differs(facts) && facts->known.contested;
}

static bool lost_its_policy(const struct facts *facts)
{
    return facts->chosen->policy_lost;
}

void facts_explain_crashes(const struct facts *facts, struct text *out)
{
    text_add_format(out, "crash loop: %" PRId64 " restart%s, last exit code %" PRId64,
        facts->chosen->restart_count, facts->chosen->restart_count == 1 ? "" : "s",
        facts->chosen->exit_code);
}

static void explain_restart(const struct facts *facts, struct text *out)
{
    text_add(out, "restarted because ");
    text_add_printable(out, facts->known.restart_with ? facts->known.restart_with : "another one");
    text_add(out, " was replaced (restart_with)");
}

static void explain_contested(const struct facts *facts, struct text *out)
{
    text_add(out, "differs from the manifest, and nothing is changed: ");
    text_add_printable(out, facts->known.contested);
}

#define CRASHES                                                                                    \
    {                                                                                              \
        .verdict = VERDICT_FAILED, .holds = facts_crashes, .explain = facts_explain_crashes,       \
        .reason = "crash loop"                                                                     \
    }
#define MADE_AGAIN "kanto-cm had missed its end: it was made again, and what it had written is lost"

/* What it displaced comes back. */
bool facts_owes_its_room(const struct facts *facts)
{
    return facts->known.took_room && facts->past.starts > 0 && facts->chosen->ours;
}

static bool was_restarted_in_taken_room(const struct facts *facts)
{
    return was_restarted(facts) && facts_owes_its_room(facts);
}

static const struct rung running[] = {
    SAY(SKIPPED, is_restart_held, "not restarted while hold is there"),
    SAY(FAILED, is_restart_unwritable, UNWRITABLE),
    DO(QUIET, CHOSEN, needs_quiet),
    DO(STOP_TO_RESTART, CHOSEN, is_restart_due),
    DO(RESTORE_POLICY, CHOSEN, is_policy_owed),
    {.step = STEP_SOAK, .target = TARGET_CHOSEN, .shared = true, .holds = is_unwatched},
    DO(LOGS, CHOSEN, was_restarted),
    DO(REMOVE_FAILED, CHOSEN, was_restarted_in_taken_room),
    SAY(FAILED, was_restarted, "ended soon after its start, and was started again"),
    SAY(DEPLOYED, was_not_watched_to_its_end, "was started; there was no time to watch it"),
    SAY(REMADE, was_remade, MADE_AGAIN),
    SAY(REPLACED, stands_anew, NULL),
    SAY(REMADE, made_again, MADE_AGAIN),
    DO(LOGS, CHOSEN, facts_crashes),
    CRASHES,
    SAY(FAILED, differs_and_failed, FAILED_BEFORE),
    SAY(DEPLOYED, acted_and_differs, "runs with other fields than the manifest has now"),
    {.verdict = VERDICT_DEPLOYED,
        .holds = was_restarted_by_us,
        .explain = explain_restart,
        .reason = "restarted (restart_with)"},
    SAY(UPDATED, was_updated, NULL),
    SAY(DEPLOYED, acted, NULL),
    {.verdict = VERDICT_SKIPPED,
        .holds = is_contested,
        .explain = explain_contested,
        .reason = "differs from the manifest"},
    SAY(DIFFERS, differs, "differs from the manifest; nothing is changed"),
    SAY(KEEP, lost_its_policy,
        "kanto-cm crashed under it: until it is started again, nobody restarts it when it ends"),
    SAY(KEEP, NULL, NULL),
};

struct move running_next(const struct facts *facts)
{
    return ladder_climb(running, countof(running), facts);
}
