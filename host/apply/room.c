/* Who needs what another one gives up in this pass: host ports that are exchanged, and what an orphan
 * holds. Those that exchange ports stop together, then start together; when one of them fails, the
 * others make way for what it goes back to. */
#include "apply/run.h"
#include "base/memory.h"
#include "model/resources.h"

#include <stdlib.h>

/* ---- Who has anything that another one could need ---- */

static bool has_any(const struct job *job, bool ports_alone)
{
    const Kanto__Container *desired = job->desired->container;
    if (ports_alone ? resources_has_port(desired) : resources_has_any(desired))
        return true;
    for (size_t i = 0; i < job->listed_count; i++) {
        const Kanto__Container *listed = job->listed[i].container;
        if (ports_alone ? resources_has_port(listed) : resources_has_any(listed))
            return true;
    }
    return false;
}

/* Each of them is held against each other one, and most containers have nothing to exchange. */
void room_find(struct pass *pass)
{
    bool orphans = pass->count > pass->desired_count;
    free(pass->crowd);
    pass->crowd = memory_zeroed(pass->count, sizeof(*pass->crowd));
    pass->crowd_count = 0;
    for (size_t i = 0; i < pass->count; i++) {
        pass->slots[i].crowded = has_any(&pass->jobs[i], !orphans);
        if (pass->slots[i].crowded)
            pass->crowd[pass->crowd_count++] = i;
    }
}

static const struct job *in_crowd(const struct pass *pass, size_t place)
{
    return &pass->jobs[pass->crowd[place]];
}

static bool is_desired(const struct pass *pass, const struct job *job)
{
    return (size_t)(job - pass->jobs) < pass->desired_count;
}

static const Kanto__Container *container_of(const struct job *job, size_t at)
{
    return job->now[at].container;
}

static bool is_on_its_way_back(const struct job *job)
{
    return job->facts.past.failure || job->around.partner_failed;
}

/* The old one of a replacement that goes forward, also of one that is about to begin. */
static bool is_to_be_replaced(const struct job *job, size_t at)
{
    const struct live *replaced = job_replaces(job);
    bool old = job->live[at].role == ROLE_OLD || replaced == &job->live[at];
    return old && !is_on_its_way_back(job) && !job->around.hold;
}

/* It runs, or may run: a crash loop may be up again at any moment, also when the policy that ends it
 * was given, until it is stopped. */
static bool may_run(const struct job *job, size_t at)
{
    const struct live *live = &job->live[at];
    uint64_t did = job->facts.past.did;
    bool calmed = did >> (live->role == ROLE_NEW ? STEP_CALM_NEW : STEP_CALM_OLD) & 1;
    bool stopped = did >> (live->role == ROLE_NEW ? STEP_STOP_NEW : STEP_STOP_OLD) & 1;
    return live_runs(live) || live_loops(live) || (calmed && !stopped);
}

/* It runs, and will not by the end of this pass. */
static bool is_leaving(const struct job *job, size_t at)
{
    const struct live *live = &job->live[at];
    if (job_is_settled(job) || !may_run(job, at))
        return false;
    if (job->around.orphaned && job->around.prune)
        return live->ours && !job->around.hold && !job->around.room_failed;
    return is_to_be_replaced(job, at) || (live->role == ROLE_NEW && is_on_its_way_back(job));
}

/* It has come to its own Stop: whoever waits for that may stop as well. */
static bool has_come_to_its_stop(const struct job *job)
{
    switch (job->move.step) {
    case STEP_CALM_OLD:
    case STEP_QUIET_OLD:
    case STEP_STOP_OLD:
    case STEP_LOOK_OLD:
    case STEP_LOOK_FIRST:
    case STEP_SETTLE:
    case STEP_START_NEW:
        return true;
    default:
        return job->around.orphaned;
    }
}

/* ---- Orphans ---- */

/* A desired container that was to start in this pass, and needs what the orphan has. */
static bool displaces(const struct job *desired, const struct job *orphan)
{
    bool undecided = !job_is_settled(desired);
    bool failed = !undecided && verdict_failed(desired->story.verdict);
    if (!undecided && !failed && desired->facts.past.starts == 0 && !desired->facts.past.replaced)
        return false; /* it is as it was */
    for (size_t i = 0; i < orphan->listed_count; i++)
        if (resources_share_any(desired->desired->container, orphan->listed[i].container))
            return true;
    return false;
}

static void describe_orphan(const struct pass *pass, struct job *orphan)
{
    bool all_stand = true, failed = false;
    orphan->around.makes_room = false;
    for (size_t i = 0; i < pass->crowd_count; i++) {
        const struct job *desired = in_crowd(pass, i);
        if (!is_desired(pass, desired) || !displaces(desired, orphan))
            continue;
        orphan->around.makes_room = true;
        all_stand = all_stand && job_is_settled(desired);
        failed = failed || (job_is_settled(desired) && verdict_failed(desired->story.verdict));
    }
    orphan->around.room_failed = failed;
    orphan->around.room_taken = all_stand && !failed;
}

static bool is_about_to_start(const struct job *job)
{
    return !job_is_settled(job) && (job->move.action == ACTION_START || has_come_to_its_stop(job));
}

/* It is stopped only when what needs its place is ready. */
static bool orphan_may_stop(const struct pass *pass, const struct job *orphan)
{
    for (size_t i = 0; i < pass->crowd_count; i++) {
        const struct job *desired = in_crowd(pass, i);
        if (is_desired(pass, desired) && is_about_to_start(desired) && displaces(desired, orphan))
            return true;
    }
    return false;
}

/* ---- Ports that are exchanged ---- */

/* The other one failed, and what it goes back to needs a port of ours. */
static bool fails_us(const struct job *other, const struct job *job)
{
    return other->facts.past.failure && other->facts.known.former_ran && other->former &&
           resources_share_port(other->former, job->desired->container);
}

static bool has_a_new_one(const struct job *job)
{
    for (size_t i = 0; i < job->live_count; i++)
        if (job->live[i].role == ROLE_NEW)
            return true;
    return false;
}

/* One that runs and will be replaced has a port that another one is about to start with. */
static bool is_waited_for(const struct pass *pass, const struct job *job)
{
    for (size_t i = 0; i < pass->crowd_count; i++) {
        const struct job *other = in_crowd(pass, i);
        if (other == job || !is_desired(pass, other) || job_is_settled(other) ||
            other->move.action == ACTION_VERDICT)
            continue;
        for (size_t j = 0; j < job->listed_count; j++)
            if (job->listed[j].live.status == STATUS_RUNNING &&
                resources_share_port(other->desired->container, job->listed[j].container))
                return true;
    }
    return false;
}

/* An orphan that may go ran at first and has what it needs; `stopped`: and was stopped, by this pass
 * or by one that was interrupted. */
static bool has_room_of_orphan(const struct pass *pass, const struct job *job, bool stopped)
{
    for (size_t i = 0; i < pass->crowd_count; i++) {
        const struct job *orphan = in_crowd(pass, i);
        bool stops = orphan->facts.past.did >> STEP_STOP_ORPHAN & 1;
        bool may_go = orphan->around.orphaned && orphan->around.prune;
        for (size_t j = 0; may_go && j < orphan->listed_count; j++) {
            const struct live *live = &orphan->listed[j].live;
            bool ran = live_runs(live) && (stops || !stopped);
            if ((ran || (stopped && live->stopped_by_us)) &&
                resources_share_any(job->desired->container, orphan->listed[j].container))
                return true;
        }
    }
    return false;
}

static void describe_desired(const struct pass *pass, struct job *job)
{
    const struct live *chosen = job->facts.chosen, *old = job->facts.old;
    const struct live *there = old ? old : chosen;
    job->around.shares_port =
        there && resources_share_port(job_container(job, there), job->desired->container);
    job->around.makes_way = !job->around.shares_port && is_waited_for(pass, job);
    job->around.needs_room = has_room_of_orphan(pass, job, false);
    job->around.took_room = has_room_of_orphan(pass, job, true);
    job->around.partner_failed = false;
    for (size_t i = 0; has_a_new_one(job) && i < pass->crowd_count; i++) {
        const struct job *other = in_crowd(pass, i);
        if (other != job && is_desired(pass, other) && fails_us(other, job))
            job->around.partner_failed = true;
    }
}

void room_describe(const struct pass *pass, size_t index)
{
    struct job *job = &pass->jobs[index];
    if (!pass->slots[index].crowded)
        return;
    if (job->around.orphaned)
        describe_orphan(pass, job);
    else
        describe_desired(pass, job);
}

/* What the step's target holds when it runs. */
static const Kanto__Container *claim_of(const struct job *job)
{
    switch (job->move.step) {
    case STEP_START:
    case STEP_START_NEW:
    case STEP_CALM_OLD:
    case STEP_QUIET_OLD:
    case STEP_STOP_OLD:
        return job->desired->container;
    case STEP_START_OLD:
        return job->former ? job->former : job_container(job, job_live(job));
    default:
        return NULL;
    }
}

/* The order keeps it waiting for this one, with nothing stopped. */
static bool waits_for_us(const struct run *run, size_t index, const struct job *other)
{
    size_t at = (size_t)(other - run->pass->jobs);
    return at < run->pass->desired_count && !other->around.makes_way &&
           turn_waits(run->pass, at, &run->pass->jobs[index]);
}

static bool is_held_up_by(const struct run *run, size_t index, const struct job *other)
{
    const struct job *job = &run->pass->jobs[index];
    const Kanto__Container *claim = claim_of(job);
    bool starts = job->move.action == ACTION_START;
    if (waits_for_us(run, index, other))
        return false;
    for (size_t i = 0; i < other->live_count; i++) {
        if (!is_leaving(other, i) || (!starts && has_come_to_its_stop(other)))
            continue;
        if (other->around.orphaned ? resources_share_any(claim, container_of(other, i))
                                   : resources_share_port(claim, container_of(other, i)))
            return true;
    }
    return false;
}

/* Its old one made way before it was its turn: its new one starts in its turn. */
static bool is_its_turn_to_start(const struct pass *pass, size_t index)
{
    const struct order_edges *waits = &pass->order.waits[index];
    for (size_t i = 0; i < waits->count; i++) {
        const struct job *other = &pass->jobs[waits->on[i]];
        if (!job_is_settled(other) && other->facts.past.starts == 0)
            return false;
    }
    return true;
}

/* The old one is what there is to go back to: it stays until all that need its ports are proven. */
static bool others_are_proven(const struct run *run, size_t index)
{
    const struct job *job = &run->pass->jobs[index];
    for (size_t i = 0; i < run->pass->crowd_count; i++) {
        const struct job *other = in_crowd(run->pass, i);
        bool partner = other != job && is_desired(run->pass, other) && other->former &&
                       has_a_new_one(other) &&
                       resources_share_port(other->former, job->desired->container);
        if (partner && !job_is_settled(other) && other->move.step != STEP_REMOVE_OLD)
            return false;
    }
    return true;
}

bool room_is_there(const struct run *run, size_t index)
{
    const struct pass *pass = run->pass;
    const struct job *job = &pass->jobs[index];
    if (run->crowded || !pass->slots[index].crowded)
        return true;
    if (job->move.step == STEP_QUIET_ORPHAN || job->move.step == STEP_STOP_ORPHAN)
        return orphan_may_stop(pass, job);
    if (job->move.step == STEP_REMOVE_OLD)
        return others_are_proven(run, index);
    if (!claim_of(job))
        return true;
    if (job->move.step == STEP_START_NEW && job->around.makes_way &&
        !is_its_turn_to_start(pass, index))
        return false;
    for (size_t i = 0; i < pass->crowd_count; i++)
        if (in_crowd(pass, i) != job && is_held_up_by(run, index, in_crowd(pass, i)))
            return false;
    return true;
}
