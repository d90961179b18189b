#include "apply/ledger.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/container.h"

#include <stdlib.h>
#include <string.h>

#define SENTENCE_MAX 500 /* of the daemon's, in the journal */

void ledger_save(struct run *run)
{
    struct error err = {0};
    if (!run->journal->writable || journal_save(run->journal, &err) == 0)
        return;
    if (!run->pass->journal_error)
        run->pass->journal_error = memory_string(err.text);
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

static bool remember_create(struct run *run, struct job *job, const char *id)
{
    struct journal_entry entry = entry_for(job, id, JOURNAL_INTENDED);
    const struct live *old = job_replaces(job);
    scoped_free void *former = NULL;
    scoped_free char *replaces = old ? memory_string(old->id) : NULL;
    if (old && job->former)
        entry.former = former = container_pack(job->former, &entry.former_length);
    entry.replaces = replaces;
    entry.former_ran = old && live_runs(old);
    return journal_put(run->journal, &entry);
}

/* The old one is made again: from now on that is what the new one replaces. */
static bool remember_copy(struct run *run, const struct job *job, const char *id)
{
    char digest[DIGEST_HEX];
    struct digest of_former;
    container_digest(job->former, &of_former);
    digest_hex(&of_former, digest);
    struct journal_entry entry = entry_for(job, id, JOURNAL_INTENDED);
    entry.digest = digest;
    bool changed = journal_put(run->journal, &entry);
    for (size_t i = 0; i < job->live_count; i++) {
        if (job->live[i].role != ROLE_NEW)
            continue;
        size_t length = 0;
        scoped_free void *former = container_pack(job->former, &length);
        struct journal_entry new = entry_for(job, job->live[i].id, JOURNAL_DEPLOYED);
        existing(run, job->live[i].id, &new);
        new.replaces = (char *)id;
        new.former_ran = job->known.former_ran;
        new.former = former;
        new.former_length = length;
        changed = journal_put(run->journal, &new) || changed;
    }
    return changed;
}

/* What a lost journal knew: which of them is ours, and from which desired. */
static void adopt(struct run *run, const struct job *job)
{
    for (size_t i = 0; i < job->live_count; i++) {
        struct journal_entry entry = entry_for(job, job->live[i].id, JOURNAL_DEPLOYED);
        if (!job->live[i].ours || job->live[i].role != ROLE_SINGLE ||
            journal_find(run->journal, entry.id))
            continue;
        if (!job->live[i].same && !job->live[i].desired)
            entry.digest = (char *)"";
        journal_put(run->journal, &entry);
    }
}

void ledger_begin(struct run *run)
{
    for (size_t i = 0; i < run->pass->count; i++) {
        struct job *job = &run->pass->jobs[i];
        const char *name = job->desired->container->name;
        if (i < run->pass->desired)
            adopt(run, job);
        if (job->action.kind == ACTION_CREATE)
            remember_create(run, job, job_target(job));
        if (!journal_failure_for(run->journal, name, job->digest))
            journal_absolve(run->journal, name); /* of a former manifest */
    }
    ledger_save(run);
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
            return !job->outcome.failure;
    return false;
}

static bool mark_restart(struct run *run, const char *id, enum journal_restart restart)
{
    struct journal_entry entry;
    if (!existing(run, id, &entry) || entry.restart == restart)
        return false;
    entry.restart = restart;
    return journal_put(run->journal, &entry);
}

/* Those that are to be restarted with this one know it before it starts; and if nothing came of it,
 * they are let off. */
static bool mark_companions(struct run *run, const struct job *job, bool due)
{
    bool changed = false;
    for (size_t i = 0; i < run->pass->desired; i++) {
        const struct job *other = &run->pass->jobs[i];
        if (!other->desired->restart_with ||
            strcmp(other->desired->restart_with, job->desired->container->name) != 0 ||
            !turn_waits(run->pass, i, job) || (!due && other->known.restart))
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
    for (size_t i = 0; job->known.former_ran && i < job->live_count; i++)
        if (job->live[i].role == ROLE_OLD && !live_runs(&job->live[i]))
            changed = mark_restart(run, job->live[i].id, RESTART_BEGUN) || changed;
    return changed;
}

void ledger_before(struct run *run, size_t index, const char *id)
{
    struct job *job = &run->pass->jobs[index];
    const struct live *live = job_live(job);
    bool changed = false;
    switch (job->action.kind) {
    case ACTION_CREATE:
        /* Mostly it is there already: the ids of a pass are written down together. */
        changed = job->action.id == ID_FORMER ? remember_copy(run, job, id)
                                              : remember_create(run, job, id);
        break;
    case ACTION_START:
        changed = live->role != ROLE_OLD && mark_companions(run, job, true);
        break;
    case ACTION_STOP:
        changed = job->action.step == DONE_RESTART && mark_restart(run, id, RESTART_BEGUN);
        break;
    case ACTION_UPDATE: /* to be quiet for its restart */
        changed = job->action.step == DONE_QUIET && live->role == ROLE_SINGLE &&
                  mark_restart(run, id, RESTART_BEGUN);
        break;
    case ACTION_REMOVE:
        changed = live->role == ROLE_OLD && is_proven(job) && forget_former(run, job);
        changed = (live->role == ROLE_NEW && mark_stopped_old(run, job)) || changed;
        break;
    default:
        break;
    }
    if (changed)
        ledger_save(run);
}

static void set_phase(
    struct run *run, const struct job *job, const char *id, enum journal_phase phase)
{
    struct journal_entry entry = entry_for(job, id, phase);
    existing(run, id, &entry);
    entry.phase = phase;
    journal_put(run->journal, &entry);
}

void ledger_after(struct run *run, size_t index, const char *id, enum result result)
{
    const struct job *job = &run->pass->jobs[index];
    enum action_kind kind = job->action.kind;
    const struct live *live = job_live(job);
    bool ours = kind == ACTION_CREATE || (live && live->ours);
    bool silent = kind == ACTION_LOOK || kind == ACTION_LOGS || kind == ACTION_SOAK;
    if (silent || !ours)
        return;
    if (result == RESULT_NO_ANSWER || result == RESULT_UNUSABLE) {
        set_phase(run, job, id, JOURNAL_SUSPECT);
        ledger_save(run);
    } else if (result == RESULT_OK && kind == ACTION_REMOVE) {
        journal_drop(run->journal, id);
    } else if (result == RESULT_OK && kind == ACTION_START) {
        set_phase(run, job, id, JOURNAL_DEPLOYED);
        if (job->action.step == DONE_START_OLD)
            mark_restart(run, id, RESTART_NONE);
    }
}

/* For whoever asks in a later pass. */
static void add_why(const struct job *job, struct text *out)
{
    const char *reason = job->action.failure ? job->action.failure : job->action.reason;
    const char *message = job->cause ? job->cause : job->message;
    scoped_free char *cut = memory_string(message);
    if (cut && strlen(cut) > SENTENCE_MAX)
        cut[SENTENCE_MAX] = '\0';
    text_add(out, reason ? reason : "failed");
    if (cut)
        text_add(out, ": ");
    text_add_printable(out, cut ? cut : "");
}

void ledger_failed(struct run *run, const struct job *job)
{
    if (job->known.orphaned ||
        journal_failure_for(run->journal, job->desired->container->name, job->digest))
        return;
    scoped(text_finish) struct text why = {0};
    add_why(job, &why);
    journal_fail(run->journal, &(struct journal_failure){
                                   .name = job->desired->container->name,
                                   .digest = (char *)job->digest,
                                   .reason = (char *)text_get(&why),
                                   .final = true,
                                   .at = stamp_now(),
                               });
    ledger_save(run);
}

static bool is_well(enum verdict verdict)
{
    return verdict == VERDICT_KEEP || verdict == VERDICT_DEPLOYED || verdict == VERDICT_UPDATED ||
           verdict == VERDICT_REPLACED || verdict == VERDICT_DONE;
}

/* Where it stands is written down: whose it is, and from which desired. Of one that differs that is
 * not known, unless the journal knew. */
void ledger_settled(struct run *run, const struct job *job)
{
    if (!job_has_started(job))
        mark_companions(run, job, false);
    if (job->live_count == 0 || job->known.orphaned || !is_well(job->action.verdict))
        return;
    const struct live *live = &job->live[next_chosen(job->live, job->live_count)];
    struct journal_entry entry = entry_for(job, live->id, JOURNAL_DEPLOYED), was;
    if (!live->ours || live->role == ROLE_OLD)
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
    for (size_t i = 0; i < pass->count; i++) {
        const struct job *job = &pass->jobs[i];
        for (size_t j = 0; j < job->live_count; j++)
            if (strcmp(job->live[j].id, id) == 0)
                return true;
        if (job->id && job->outcome.last == ACTION_CREATE && strcmp(job->id, id) == 0)
            return true;
    }
    for (size_t i = 0; i < pass->list->n_containers; i++)
        if (strcmp(container_id(pass->list->containers[i]), id) == 0)
            return true;
    return false;
}

void ledger_end(struct run *run)
{
    if (!run->pass->lost)
        journal_forget_lost(run->journal, still_there, run->pass);
    ledger_save(run);
}
