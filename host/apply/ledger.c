#include "apply/ledger.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/container.h"

#include <stdlib.h>
#include <string.h>

bool ledger_is_unwritable(const struct run *run)
{
    return !journal_remembers(run->journal);
}

static bool keep(struct run *run, int result, const struct error *err)
{
    if (result < 0 && !run->pass->journal_error)
        run->pass->journal_error = memory_string(err->text);
    return result == 0;
}

static bool save(struct run *run)
{
    struct error err = {0};
    return keep(run, journal_save(run->journal, &err), &err);
}

static struct journal_entry entry_for(
    const struct job *job, const char *id, enum journal_phase phase)
{
    return (struct journal_entry){
        .name = job->desired->container->name,
        .id = (char *)id,
        .source = job->desired->source,
        .key = job->desired->key,
        .digest = (char *)job->digest,
        .phase = phase,
    };
}

/* The entry that the journal has, its own strings and all, to be put back changed. journal_put
 * copies before it frees. */
static bool existing(const struct run *run, const char *id, struct journal_entry *ret_entry)
{
    const struct journal_entry *entry = journal_find(run->journal, id);
    if (entry)
        *ret_entry = *entry;
    return entry != NULL;
}

/* ---- Before the first call ---- */

static bool remember_create(struct run *run, const struct job *job)
{
    struct journal_entry entry = entry_for(job, job->target, JOURNAL_INTENDED);
    const struct live *old = job_replaces(job);
    scoped_free void *former = NULL;
    scoped_free char *replaces = old ? memory_string(old->id) : NULL;
    if (old && job->former)
        entry.former = former = container_pack(job->former, &entry.former_length);
    entry.replaces = replaces;
    entry.former_ran = old && live_runs(old);
    return journal_put(run->journal, &entry);
}

/* What a lost journal knew: which of them is ours, and from which manifest. What it knows: whose it
 * is, now that another source names it. */
static void own(struct run *run, const struct job *job)
{
    for (size_t i = 0; i < job->live_count; i++) {
        const struct live *live = &job->live[i];
        struct journal_entry entry = entry_for(job, live->id, JOURNAL_DEPLOYED);
        bool known = existing(run, live->id, &entry);
        if (!live->ours || (known ? job->around.contested != NULL : live->role != ROLE_SINGLE))
            continue;
        if (!known && !live->same && !live->current)
            entry.digest = (char *)"";
        entry.source = job->desired->source;
        entry.key = job->desired->key;
        journal_put(run->journal, &entry);
    }
}

static bool is_change(const struct job *job)
{
    return action_changes(job->move.action);
}

void ledger_begin(struct run *run)
{
    bool changes = false;
    struct error err = {0};
    for (size_t i = 0; i < run->pass->count; i++) {
        struct job *job = &run->pass->jobs[i];
        const char *name = job->desired->container->name;
        if (i < run->pass->desired_count)
            own(run, job);
        if (job->move.action == ACTION_CREATE)
            remember_create(run, job);
        if (!job->around.orphaned && !journal_failure_for(run->journal, name, job->digest))
            journal_absolve(run->journal, name); /* of a former manifest */
        changes = changes || is_change(job);
    }
    if (changes)
        keep(run, journal_prove(run->journal, &err), &err);
    else
        save(run);
}

/* ---- Before a call ---- */

/* The old one is made again: from now on that is what the new one replaces. */
static bool remember_copy(struct run *run, const struct job *job)
{
    char digest[SHA256_HEX_SIZE];
    struct digest of_former;
    container_digest(job->former, &of_former);
    digest_hex(&of_former, digest);
    struct journal_entry entry = entry_for(job, job->target, JOURNAL_INTENDED);
    entry.digest = digest;
    bool changed = journal_put(run->journal, &entry);
    for (size_t i = 0; i < job->live_count; i++) {
        if (job->live[i].role != ROLE_NEW)
            continue;
        size_t length = 0;
        scoped_free void *former = container_pack(job->former, &length);
        struct journal_entry new_one = entry_for(job, job->live[i].id, JOURNAL_DEPLOYED);
        existing(run, job->live[i].id, &new_one);
        new_one.replaces = job->target;
        new_one.former_ran = job->facts.known.former_ran;
        new_one.former = former;
        new_one.former_length = length;
        changed = journal_put(run->journal, &new_one) || changed;
    }
    return changed;
}

/* The new one is proven: what it replaced is not needed any more. */
static bool forget_former(struct run *run, const struct job *job)
{
    bool changed = false;
    for (size_t i = 0; i < job->live_count; i++) {
        struct journal_entry entry;
        if (job->live[i].role != ROLE_NEW || !existing(run, job->live[i].id, &entry))
            continue;
        entry.replaces = NULL;
        entry.former = NULL;
        entry.former_length = 0;
        entry.former_ran = false;
        entry.phase = JOURNAL_DEPLOYED;
        changed = journal_put(run->journal, &entry) || changed;
    }
    return changed;
}

static bool is_proven(const struct job *job)
{
    for (size_t i = 0; i < job->live_count; i++)
        if (job->live[i].role == ROLE_NEW &&
            (live_runs(&job->live[i]) || job->live[i].status == STATUS_EXITED))
            return !job->facts.past.failure && !job->move.failure;
    return false;
}

/* A Stop of ours is remembered of what is not ours, too. */
static struct journal_entry unowned(const char *id)
{
    char *nothing = (char *)"";
    return (struct journal_entry){.name = nothing,
        .id = (char *)id,
        .source = nothing,
        .key = nothing,
        .digest = nothing,
        .phase = JOURNAL_DEPLOYED};
}

static bool mark_restart(struct run *run, const char *id, enum journal_restart restart)
{
    struct journal_entry entry = unowned(id);
    existing(run, id, &entry);
    if (entry.restart == restart)
        return false;
    entry.restart = restart;
    if (!*entry.name && restart == RESTART_NONE) {
        journal_drop(run->journal, id);
        return true;
    }
    return journal_put(run->journal, &entry);
}

/* And how it was before that. */
static bool mark_quiet(struct run *run, const struct job *job)
{
    struct journal_entry entry = unowned(job->target);
    existing(run, job->target, &entry);
    scoped_free void *former = container_pack(job->former, &entry.former_length);
    entry.former = former;
    entry.restart = RESTART_OWED;
    return journal_put(run->journal, &entry);
}

/* A new one that we stop was not stopped by a person, for whoever finds it so. */
static bool mark_undoing(struct run *run, const char *id)
{
    struct journal_entry entry;
    if (!existing(run, id, &entry) || entry.undoing)
        return false;
    entry.undoing = true;
    return journal_put(run->journal, &entry);
}

/* Those that are to be restarted with this one know it before it starts; and if nothing came of it,
 * they are let off. */
static bool mark_companions(struct run *run, const struct job *job, bool due)
{
    bool changed = false;
    for (size_t i = 0; i < run->pass->desired_count; i++) {
        const struct job *other = &run->pass->jobs[i];
        if (!other->desired->restart_with ||
            strcmp(other->desired->restart_with, job->desired->container->name) != 0 ||
            !turn_waits(run->pass, i, job) || (!due && other->around.restart))
            continue;
        for (size_t j = 0; j < other->live_count; j++)
            if (live_runs(&other->live[j]))
                changed = mark_restart(run, other->live[j].id, due ? RESTART_DUE : RESTART_NONE) ||
                          changed;
    }
    return changed;
}

/* The new one goes first, as it cannot be stopped: without it nothing tells that it was us who
 * stopped the old one. */
static bool mark_stopped_old(struct run *run, const struct job *job)
{
    bool changed = false;
    for (size_t i = 0; job->facts.known.former_ran && i < job->live_count; i++)
        if (job->live[i].role == ROLE_OLD && !live_runs(&job->live[i]) && !job->live[i].by_person)
            changed = mark_restart(run, job->live[i].id, RESTART_OWED) || changed;
    return changed;
}

static bool write_before(struct run *run, const struct job *job)
{
    switch (job->move.step) {
    case STEP_CREATE_COPY:
        return remember_copy(run, job);
    case STEP_CREATE_FIRST:
    case STEP_CREATE_EXPLICIT:
    case STEP_CREATE_INTENDED:
    case STEP_CREATE_FRESH:
    case STEP_CREATE_NEW:
    case STEP_CREATE_NEW_INTENDED: /* mostly it is there already: ids are written down together */
        return remember_create(run, job);
    case STEP_START:
    case STEP_START_NEW:
        return mark_companions(run, job, true);
    case STEP_STOP_TO_RESTART:
    case STEP_QUIET:
        return mark_restart(run, job->target, RESTART_BEGUN);
    case STEP_QUIET_ORPHAN:
        return mark_quiet(run, job);
    case STEP_STOP_OLD: /* should the new one be gone, nothing else tells that it was us */
    case STEP_STOP_ORPHAN:
        return mark_restart(run, job->target, RESTART_OWED);
    case STEP_CALM_NEW:
    case STEP_STOP_NEW:
        return mark_undoing(run, job->target);
    case STEP_REMOVE_OLD:
    case STEP_REMOVE_LOST:
        return is_proven(job) && forget_former(run, job);
    case STEP_REMOVE_NEW:
        return mark_stopped_old(run, job);
    default:
        return false;
    }
}

/* Creating and starting what is missing goes on without a memory, and so does what brings a running
 * one back. */
static bool relies_on_it(const struct job *job)
{
    switch (job->move.action) {
    case ACTION_CREATE:
        return job_replaces(job) != NULL;
    case ACTION_UPDATE:
        return job->move.step != STEP_RESTORE_POLICY && job->move.step != STEP_RESTORE_OLD &&
               job->move.step != STEP_RESTORE_ORPHAN;
    case ACTION_STOP:
    case ACTION_REMOVE:
        return true;
    default:
        return false;
    }
}

bool ledger_before(struct run *run, size_t index)
{
    const struct job *job = &run->pass->jobs[index];
    if (write_before(run, job))
        save(run);
    return journal_remembers(run->journal) || !relies_on_it(job);
}

/* ---- After it ---- */

static void set_phase(
    struct run *run, const struct job *job, const char *id, enum journal_phase phase)
{
    struct journal_entry entry = entry_for(job, id, phase);
    existing(run, id, &entry);
    entry.phase = phase;
    journal_put(run->journal, &entry);
}

/* A person was faster, and it stays down; or it runs again. (One that has yet to get its policy back
 * is remembered until it has it.) */
static bool is_square(const struct job *job, enum result result)
{
    const struct live *live = job_live(job);
    switch (job->move.step) {
    case STEP_STOP_TO_RESTART:
    case STEP_STOP_OLD:
    case STEP_STOP_ORPHAN:
        return result == RESULT_ALREADY;
    case STEP_START:
        return result == RESULT_OK && live && !live->in_place;
    case STEP_START_ORPHAN:
        return result == RESULT_OK && !job->facts.known.former_policy;
    case STEP_RESTORE_POLICY:
    case STEP_RESTORE_ORPHAN:
    case STEP_START_OLD:
        return result == RESULT_OK;
    default:
        return false;
    }
}

void ledger_after(struct run *run, size_t index, enum result result)
{
    const struct job *job = &run->pass->jobs[index];
    const struct live *live = job_live(job);
    bool ours = job->move.action == ACTION_CREATE || (live && live->ours);
    if (is_square(job, result) && mark_restart(run, job->target, RESTART_NONE))
        save(run);
    if (!action_changes(job->move.action) || !ours)
        return;
    if (result == RESULT_NO_ANSWER || result == RESULT_UNUSABLE) {
        set_phase(run, job, job->target, JOURNAL_SUSPECT);
        save(run);
    } else if (result == RESULT_OK && job->move.action == ACTION_REMOVE) {
        journal_retire(run->journal, job->target);
    } else if (result == RESULT_OK && job->move.action == ACTION_START) {
        set_phase(run, job, job->target, JOURNAL_DEPLOYED);
    }
}

/* ---- What failed stays known ---- */

/* The running one had been stopped for it, or one that ran in its room. */
static bool was_costly(const struct job *job)
{
    if (job->around.took_room)
        return true;
    for (size_t i = 0; i < job->story.count; i++) {
        const struct story_row *row = &job->story.rows[i];
        if (row->step == STEP_STOP_OLD && row->result == RESULT_OK)
            return true;
    }
    return false;
}

/* An interruption's fault is nobody's. A failure of the world is recorded where something runs that
 * is not to be stopped again and again for it, and for whoever asks. */
void ledger_failed(struct run *run, const struct job *job)
{
    const struct story_row *refusal = story_refusal(&job->story);
    const char *cause = story_cause(&job->story);
    const Kanto__State *state = story_failed_state(&job->story);
    const struct story_row *failure = story_failure(&job->story);
    const char *reason = failure             ? failure->failure
                         : job->move.failure ? job->move.failure
                                             : job->story.reason;
    struct slot *slot = &run->pass->slots[job - run->pass->jobs];
    if (job->around.orphaned || job->facts.past.fault == FAULT_PERSON)
        return;
    journal_fail(run->journal,
        &(struct journal_failure){
            .name = job->desired->container->name,
            .digest = (char *)job->digest,
            .reason = (char *)(reason ? reason : "failed"),
            .message = (char *)(cause     ? cause
                                : refusal ? refusal->message
                                          : NULL),
            .final = job->move.fault == FAULT_FINAL || job->facts.past.fault == FAULT_FINAL,
            .costly = was_costly(job),
            .at = stamp_now(),
            .has_exit = state && state->started_at && *state->started_at && !state->running,
            .exit_code = state ? state->exit_code : 0,
            .log = (char *)story_log(&job->story),
            .amends = slot->recorded,
        });
    slot->recorded = true;
    save(run);
}

static bool was_recorded(const struct run *run, const struct job *job)
{
    return journal_failure_for(run->journal, job->desired->container->name, job->digest) != NULL;
}

static bool tried(const struct job *job)
{
    return story_has(&job->story, ACTION_CREATE) || story_has(&job->story, ACTION_START) ||
           story_has(&job->story, ACTION_UPDATE) || story_has(&job->story, ACTION_LOGS);
}

static void settle_failure(struct run *run, const struct job *job)
{
    bool failed = job->story.verdict == VERDICT_FAILED || job->story.verdict == VERDICT_WAITING;
    const char *name = job->desired->container->name;
    if (failed && tried(job) && !run->closed)
        ledger_failed(run, job);
    else if (failed && was_recorded(run, job) && job->around.backs_off)
        journal_failure_skip(run->journal, name);
}

/* ---- Where it stands ---- */

/* A person stopped it while this manifest was there: it stays down until another one is. */
static void remember_hand(struct run *run, const struct job *job)
{
    struct journal_entry entry;
    for (size_t i = 0; i < job->live_count; i++) {
        if (!job->live[i].stays_down || !existing(run, job->live[i].id, &entry))
            continue;
        entry.hand = (char *)job->digest;
        journal_put(run->journal, &entry);
    }
}

/* What runs is owed no Start, and what a person stopped gets none, whatever we were about to do. */
static void forget_stops(struct run *run, const struct job *job)
{
    bool well = verdict_is_well(job->story.verdict);
    bool owes = job->around.orphaned && job->facts.known.former_policy;
    for (size_t i = 0; i < job->live_count; i++) {
        const struct live *live = &job->live[i];
        const struct journal_entry *entry = journal_find(run->journal, live->id);
        bool stands = live_runs(live) && live->role != ROLE_OLD && !owes;
        if (entry && (live->stays_down || (stands && (well || entry->restart == RESTART_OWED))))
            mark_restart(run, live->id, RESTART_NONE);
    }
}

/* Whose it is, and from which manifest. Of one that differs that is not known, unless the journal
 * knew. */
void ledger_settled(struct run *run, const struct job *job)
{
    if (!job_has_started(job))
        mark_companions(run, job, false);
    forget_stops(run, job);
    if (job->around.orphaned)
        return;
    remember_hand(run, job);
    settle_failure(run, job);
    if (job->live_count == 0 || !verdict_is_well(job->story.verdict))
        return;
    const struct live *live = &job->live[next_chosen(job->live, job->live_count)];
    struct journal_entry entry = entry_for(job, live->id, JOURNAL_DEPLOYED), was;
    if (!live->ours || live->role == ROLE_OLD || job->around.contested)
        return;
    if (!live->same)
        entry.digest = existing(run, live->id, &was) ? was.digest : (char *)"";
    journal_put(run->journal, &entry);
    if (live->same)
        journal_absolve(run->journal, job->desired->container->name);
}

/* Ids that this pass saw, or made. */
static bool still_there(void *context, const char *id)
{
    const struct pass *pass = context;
    const struct journal_entry *entry = journal_find(pass->snapshot.journal, id);
    if (snapshot_find(&pass->snapshot, id))
        return true;
    for (size_t i = 0; entry && i < pass->count; i++) {
        const struct job *job = &pass->jobs[i];
        const struct story_row *last = story_last(&job->story);
        if (!last || strcmp(job->story.name, entry->name) != 0)
            continue;
        for (size_t j = 0; j < job->live_count; j++)
            if (strcmp(job->live[j].id, id) == 0)
                return true;
        if (last->action == ACTION_CREATE && strcmp(last->id, id) == 0)
            return true;
    }
    return false;
}

void ledger_end(struct run *run)
{
    if (!run->pass->stories.lost)
        journal_forget_lost(run->journal, still_there, run->pass);
    save(run);
}
