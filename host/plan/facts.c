#include "plan/facts.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "plan/roles.h"

#include <string.h>

#define NOWHERE   SIZE_MAX
#define MOMENT_MS 1000 /* what was told longer ago is looked at again before it is changed */

static uint64_t bit(unsigned step)
{
    return UINT64_C(1) << step;
}

/* ---- The containers of the name ---- */

static size_t find(const struct job *job, const char *id)
{
    for (size_t i = 0; id && i < job->live_count; i++)
        if (strcmp(job->now[i].live.id, id) == 0)
            return i;
    return NOWHERE;
}

/* A reading of the snapshot or of an answer, whose differences stay there. */
static void add(struct job *job, const struct reading *reading)
{
    size_t capacity = job->live_capacity;
    memory_grow(&job->now, &capacity, job->live_count, sizeof(*job->now));
    memory_grow(&job->live, &job->live_capacity, job->live_count, sizeof(*job->live));
    job->now[job->live_count++] = *reading;
}

static void take_away(struct job *job, size_t at)
{
    for (size_t i = at + 1; i < job->live_count; i++)
        job->now[i - 1] = job->now[i];
    job->live_count--;
}

/* The daemon's newer word. What it cannot know stays. One that ran and is stopped now, and not by
 * us, was stopped by a person, whatever we were about to do. */
static void renew(struct job *job, size_t at, const struct reading *reading)
{
    struct live before = job->now[at].live;
    job->now[at] = *reading;
    struct live *live = &job->now[at].live;
    live->role = before.role;
    live->unusable = before.unusable;
    live->lost = before.lost && live_runs(live);
    live->stopped_by_us = before.stopped_by_us && !live_runs(live);
    live->by_person = live->by_person && !live->stopped_by_us;
    bool own =
        job->facts.known.resumed && before.role == ROLE_OLD; /* its Stop may have been ours */
    live->stays_down =
        live->by_person && !live_runs(live) && (before.stays_down || (live_runs(&before) && !own));
    live->started_before = live->started_before || before.started_before;
}

/* ---- Who is old and new ---- */

/* The old one as it was when its replacement began. */
static Kanto__Container *former_of(const struct job *job, const struct roles *roles, size_t old)
{
    if (roles->entry && roles->entry->former)
        return container_unpack(roles->entry->former, roles->entry->former_length);
    if (old == NOWHERE)
        return NULL;
    Kanto__Container *former = container_clone(job->now[old].container);
    if (roles->has_policy && roles->policy != job->now[old].live.policy)
        container_set_policy(former, roles->policy);
    return former;
}

/* In a pass that was interrupted we stopped it, as far as one can tell. */
static void disown_stop(struct live *old, const struct roles *roles)
{
    if (!roles->ran || !old->by_person || old->stays_down)
        return;
    old->by_person = false;
    old->stopped_by_us = true;
}

/* No manifest names them and the journal knows none: what goes on there is another deployer's. */
static bool is_somebody_elses(const struct job *job)
{
    for (size_t i = 0; i < job->live_count; i++)
        if (job->now[i].live.recorded)
            return false;
    return job->around.orphaned && job->live_count > 0;
}

/* An orphan that was made quiet to make room. */
static void describe_quiet(struct job *job)
{
    size_t at =
        job->around.orphaned && job->former ? find(job, container_id(job->former)) : NOWHERE;
    job->facts.known.former_policy =
        at != NOWHERE && job->now[at].live.policy != container_policy_kind(job->former);
}

static void assign_roles(struct job *job)
{
    struct roles roles;
    struct known *known = &job->facts.known;
    size_t old = NOWHERE;
    if (is_somebody_elses(job))
        return;
    for (size_t i = 0; i < job->live_count; i++)
        job->live[i] = job->now[i].live;
    roles_assign(job->live, job->live_count, job->context.journal, job->around.old_renamed, &roles);
    for (size_t i = 0; i < job->live_count; i++) {
        job->now[i].live.role = job->live[i].role;
        old = job->live[i].role == ROLE_OLD ? i : old;
    }
    if (!roles.on) {
        describe_quiet(job);
        return;
    }
    struct live *live = old == NOWHERE ? NULL : &job->now[old].live;
    if (!job->former)
        job->former = former_of(job, &roles, old);
    /* One that was found down in its crash loop may be up by now: then it is to be so again. */
    known->former_ran = roles.ran || known->former_ran || (live && live_runs(live));
    if (live)
        disown_stop(live, &roles);
    if ((live && live->stays_down) || job->facts.past.old_taken)
        known->former_ran = false;
    known->former_copy = job->former != NULL;
    known->former_policy =
        live && job->former && live->policy != container_policy_kind(job->former);
}

/* ---- What a row changes ---- */

/* What was tried for a new one that is undone because of an interruption does not count for the
 * next one. */
static void begin_again(struct job *job)
{
    struct past *past = &job->facts.past;
    *past = (struct past){.creates = past->creates ? past->creates : 1, .acted = true};
    job->facts.known.resumed = false;
}

/* The new one went before the old one could be started again. */
static bool is_old_due(const struct job *job)
{
    bool runs = job->facts.past.did & bit(STEP_START_OLD); /* or it could not be */
    for (size_t i = 0; i < job->live_count; i++)
        runs = runs || live_runs(&job->now[i].live);
    return job->facts.known.former_ran && job->live_count > 0 && !runs;
}

static bool stands_in_its_place(const struct live *live)
{
    return live->role == ROLE_NEW && live->status != STATUS_CREATED &&
           live->status != STATUS_STOPPED;
}

/* What runs now was made from another manifest than the one there is: it is replaced in its turn.
 */
static bool is_other(const struct job *job)
{
    for (size_t i = 0; i < job->live_count; i++) {
        const struct live *live = &job->now[i].live;
        if (live->role == ROLE_NEW && !live->current && !live->same)
            return true;
    }
    return false;
}

static void removed(struct job *job, size_t at)
{
    struct live gone = job->now[at].live;
    struct past *past = &job->facts.past;
    take_away(job, at);
    /* The new one is proven by now, or the old one goes because it cannot be stopped. */
    for (size_t i = 0; gone.role == ROLE_OLD && !past->failure && i < job->live_count; i++)
        past->replaced = past->replaced || stands_in_its_place(&job->now[i].live);
    past->remade = past->remade || (gone.lost && (gone.same || gone.in_place)) ||
                   (gone.unusable && gone.started_before && gone.role == ROLE_SINGLE);
    if (gone.role == ROLE_OLD && past->replaced && is_other(job))
        begin_again(job);
    if (gone.unusable && past->creates == 0)
        past->creates = 1; /* the next id is a fresh one */
    if (gone.role == ROLE_NEW && past->fault == FAULT_OVER && !is_old_due(job))
        begin_again(job);
}

static void updated(struct job *job, size_t at, enum step step)
{
    struct reading *reading = &job->now[at];
    bool looped = reading->live.status == STATUS_EXITED;
    enum container_policy desired = container_policy_kind(job->desired->container);
    if (desired == POLICY_OTHER)
        desired = POLICY_UNLESS_STOPPED; /* the daemon's default */
    switch (step_rule(step)->update) {
    case UPDATE_DESIRED:
        live_given_all(reading, desired);
        break;
    case UPDATE_QUIET:
        live_given_policy(reading, POLICY_UNLESS_STOPPED, false);
        break;
    case UPDATE_CALM:
        live_given_policy(reading, POLICY_NO, false);
        if (looped) /* recorded: update-states */
            reading->live.status = STATUS_STOPPED;
        break;
    case UPDATE_RESTORE:
        live_given_policy(reading, job->former ? container_policy_kind(job->former) : POLICY_OTHER,
            job->former && container_policy_kind(job->former) == desired);
        break;
    case UPDATE_NONE:
        break;
    }
}

/* It was there, and somebody took it away, or gave it another name. */
static void vanished(struct job *job, size_t at)
{
    struct live gone = job->now[at].live;
    struct past *past = &job->facts.past;
    take_away(job, at);
    past->old_taken = past->old_taken || gone.role == ROLE_OLD;
    if (gone.role != ROLE_NEW || past->failure || !gone.started_before)
        return;
    past->failure = "somebody removed it, or gave it another name";
    past->fault = FAULT_PERSON;
}

static bool has_our_name(const struct job *job, const struct reading *told)
{
    return told->container &&
           strcmp(container_name(told->container), job->desired->container->name) == 0;
}

static void looked(struct job *job, const struct story_row *row, const struct reading *told)
{
    size_t at = find(job, row->id);
    bool ours = has_our_name(job, told);
    if (at == NOWHERE && ours)
        add(job, told);
    else if (at != NOWHERE && ours)
        renew(job, at, told);
    else if (at != NOWHERE)
        vanished(job, at);
}

/* What an action that succeeded changes in what is there. */
static void advance(struct job *job, const struct story_row *row, const struct reading *told)
{
    size_t at = find(job, row->id);
    struct past *past = &job->facts.past;
    if (row->action == ACTION_LOOK || (row->action == ACTION_CREATE && at == NOWHERE))
        looked(job, row, told);
    if (at == NOWHERE)
        return;
    job->now[at].seen_ms = row->began_ms + row->elapsed_ms;
    switch (row->action) {
    case ACTION_START:
        live_started(&job->now[at]);
        break;
    case ACTION_STOP:
        live_stopped(&job->now[at]);
        break;
    case ACTION_UPDATE:
        updated(job, at, (enum step)row->step);
        break;
    case ACTION_REMOVE:
        removed(job, at);
        break;
    case ACTION_SOAK:
        past->restart_count = job->now[at].live.restart_count;
        if (told->container)
            looked(job, row, told);
        break;
    default:
        break;
    }
}

/* ---- How the pass has gone ---- */

static bool counts_as_start(const struct story_row *row)
{
    return row->action == ACTION_START && row->role != ROLE_OLD && row->step != STEP_START_OLD &&
           row->step != STEP_START_ORPHAN;
}

static int64_t first_try_ms(const struct job *job, const struct story_row *row)
{
    const struct story_row *first = row;
    while (first > &job->story.rows[job->story.since] && first[-1].step == row->step &&
           first[-1].result == RESULT_TRANSIENT)
        first--;
    return first->began_ms;
}

static bool is_exhausted(const struct job *job, const struct story_row *row, unsigned tries)
{
    int64_t ended = row->began_ms + row->elapsed_ms;
    if (row->result != RESULT_TRANSIENT)
        return false;
    if (row->action != ACTION_CREATE)
        return tries >= NEXT_TRANSIENT_MAX;
    return job->pull_timeout_ms > 0 && ended - first_try_ms(job, row) >= job->pull_timeout_ms;
}

static void count(struct job *job, const struct story_row *row)
{
    struct past *past = &job->facts.past;
    bool again = past->step == row->step && past->result == row->result;
    bool missed = row->result == RESULT_MISSED || row->result == RESULT_STUCK;
    past->tries = again ? past->tries + 1 : 1;
    past->misses = !missed ? 0 : past->step == row->step ? past->misses + 1 : 1;
    past->step = (enum step)row->step;
    past->action = row->action;
    past->role = row->role;
    past->result = row->result;
    past->settled = false;
    past->exhausted = is_exhausted(job, row, past->tries);
    if (row->result != RESULT_TRANSIENT || past->exhausted)
        past->did |= bit(row->step);
    if (row->action == ACTION_CREATE)
        past->creates += row->result != RESULT_TRANSIENT || past->exhausted;
    past->starts += counts_as_start(row) && row->result == RESULT_OK;
    past->acted = past->acted || (row->result == RESULT_OK && action_changes(row->action));
}

/* ---- What became of a call ---- */

static bool came_true(const struct job *job, const struct story_row *call)
{
    size_t at = find(job, call->id);
    const struct live *live = at == NOWHERE ? NULL : &job->now[at].live;
    switch (call->action) {
    case ACTION_CREATE:
        return live != NULL;
    case ACTION_START:
        return live && live_runs(live);
    case ACTION_STOP:
        return live && !live_runs(live);
    case ACTION_REMOVE:
        return !live;
    case ACTION_UPDATE:
        return live && (step_rule(call->step)->update == UPDATE_DESIRED ? live->same
                           : step_rule(call->step)->update == UPDATE_CALM
                               ? live->policy == POLICY_NO
                               : live->policy == POLICY_UNLESS_STOPPED);
    default:
        return false;
    }
}

/* It was done after all: a Stop by us, a Start that counts. */
static void confirm(struct job *job, const struct story_row *call)
{
    struct past *past = &job->facts.past;
    size_t at = find(job, call->id);
    past->result = RESULT_OK;
    past->acted = true;
    past->starts += counts_as_start(call);
    if (call->action == ACTION_STOP && at != NOWHERE)
        live_stopped(&job->now[at]);
}

#define MISSES_PROOF 2

static void settle(struct job *job, const struct story_row *call, const struct story_row *row,
    const struct reading *told)
{
    struct past *past = &job->facts.past;
    size_t at = find(job, call->id);
    bool removes = call->action == ACTION_REMOVE && at != NOWHERE && !has_our_name(job, told);
    past->settled = true;
    if (row->result != RESULT_OK)
        return;
    if (removes && call->result == RESULT_NO_ANSWER)
        removed(job, at);
    else
        looked(job, row, told);
    at = find(job, call->id);
    struct live *live = at == NOWHERE ? NULL : &job->now[at].live;
    if (call->result == RESULT_ALREADY)
        return;
    if (came_true(job, call))
        confirm(job, call);
    else if (call->result == RESULT_MISSED && live && live_runs(live))
        live->lost =
            past->misses >= MISSES_PROOF; /* it says both, twice: no process, and it runs */
    else if (call->result == RESULT_MISSED && past->misses < MISSES_PROOF) {
        past->result = RESULT_NONE; /* it had ended by itself: once more, as it is now */
        past->did &= ~bit(call->step);
    }
}

/* ---- All of it ---- */

static void mark_unusable(struct job *job, const struct story_row *row)
{
    size_t at = find(job, row->id);
    if (row->result == RESULT_UNUSABLE && row->action == ACTION_START && at != NOWHERE)
        job->now[at].live.unusable = true;
}

static bool is_mere_look(const struct story_row *row)
{
    return row->step == STEP_LOOK_FIRST || row->step == STEP_SETTLE;
}

/* The last row before this one that was no mere look. */
static const struct story_row *call_before(const struct job *job, size_t index)
{
    while (index > job->story.since) {
        const struct story_row *row = &job->story.rows[--index];
        if (!is_mere_look(row))
            return row;
    }
    return NULL;
}

static void fold_row(struct job *job, size_t index)
{
    static const struct reading nothing = {0};
    struct past *past = &job->facts.past;
    const struct story_row *row = &job->story.rows[index];
    const struct reading *told = index < job->answer_count ? &job->answers[index] : &nothing;
    if (row->failure && !past->failure) {
        past->failure = row->failure;
        past->fault = row->fault;
    }
    if (row->step == STEP_SETTLE) {
        const struct story_row *call = call_before(job, index);
        if (call)
            settle(job, call, row, told);
    } else if (row->step == STEP_LOOK_FIRST) {
        if (row->result == RESULT_OK)
            looked(job, row, told);
    } else {
        count(job, row);
        mark_unusable(job, row);
        if (row->result == RESULT_OK)
            advance(job, row, told);
    }
    if (!is_mere_look(row)) {
        size_t at = find(job, row->id);
        past->live = at == NOWHERE ? NEXT_LAST_ID : at;
    }
    assign_roles(job);
}

/* What was done on a former connection is reported, and counts as done; what was tried does not. */
static void fold_former(struct job *job)
{
    struct past *past = &job->facts.past;
    for (size_t i = 0; i < job->story.since; i++) {
        const struct story_row *row = &job->story.rows[i];
        bool done = row->result == RESULT_OK && action_changes(row->action);
        past->acted = past->acted || done;
        past->creates += row->action == ACTION_CREATE && row->result != RESULT_TRANSIENT;
        past->replaced = past->replaced || (done && row->step == STEP_REMOVE_OLD);
    }
}

/* The last step was on it, and the daemon answered. */
static bool was_told_last(const struct job *job, const char *id)
{
    const struct story_row *last = story_last(&job->story);
    return last && job->story.count > job->story.since && last->id && strcmp(last->id, id) == 0 &&
           last->result != RESULT_PENDING && last->result != RESULT_NO_ANSWER;
}

void facts_fold(struct job *job, int64_t now_ms)
{
    job->facts = (struct facts){.mode = job->mode, .known = job->around};
    job->live_count = 0;
    for (size_t i = 0; i < job->listed_count; i++)
        add(job, &job->listed[i]);
    fold_former(job);
    assign_roles(job);
    for (size_t i = 0; i < job->live_count; i++)
        job->facts.known.resumed = job->facts.known.resumed || job->now[i].live.role == ROLE_NEW;
    for (size_t i = job->story.since; i < job->story.count; i++)
        if (job->story.rows[i].result != RESULT_PENDING)
            fold_row(job, i);
    for (size_t i = 0; i < job->live_count; i++) {
        job->live[i] = job->now[i].live;
        job->live[i].stale = now_ms > 0 && now_ms - job->now[i].seen_ms > MOMENT_MS;
        job->live[i].unlooked = now_ms > 0 && !was_told_last(job, job->live[i].id);
    }
    job->facts.live = job->live;
    job->facts.live_count = job->live_count;
}
