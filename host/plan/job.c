#include "plan/job.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "model/defaults.h"
#include "plan/instances.h"
#include "plan/roles.h"

#include <stdlib.h>
#include <string.h>

/* The journal's id of an interrupted Create for this very desired, in the place that it was meant for.
 * A suspect may be unusable: never again. */
static void read_intended(struct job *job, const struct journal *journal)
{
    free(job->intended);
    job->intended = NULL;
    for (size_t i = 0; journal && i < journal->count; i++) {
        const struct journal_entry *entry = &journal->entries[i];
        bool meant = entry->replaces ? instances_has(job, entry->replaces) : job->live_count == 0;
        if (strcmp(entry->name, job->desired->container->name) != 0 || !meant ||
            strcmp(entry->digest, job->digest) != 0 || entry->phase != JOURNAL_INTENDED)
            continue;
        free(job->intended);
        job->intended = memory_string(entry->id);
    }
    job->known.intended_id = job->intended != NULL;
}

static void read_restart(struct job *job, const struct journal *journal)
{
    for (size_t i = 0; journal && i < job->live_count; i++) {
        const struct journal_entry *entry = journal_find(journal, job->live[i].id);
        if (!entry || !entry->restart)
            continue;
        job->known.restart = true;
        if (entry->restart == RESTART_DUE)
            continue;
        job->known.restart_begun = true;
        job->live[i].stopped_by_us = true;
        job->live[i].by_person = false;
    }
}

static void read_failure(struct job *job, const struct journal *journal)
{
    const struct journal_failure *failure =
        journal ? journal_failure_for(journal, job->desired->container->name, job->digest) : NULL;
    free(job->failed_before);
    job->failed_before = memory_string(failure ? failure->reason : NULL);
    job->known.failed = failure != NULL;
}

static void read_world(struct job *job, const struct job_world *world)
{
    const char *explicit_id = container_id(job->desired->container);
    bool taken = false;
    for (size_t i = 0; i < world->list->n_containers; i++) {
        const Kanto__Container *container = world->list->containers[i];
        taken = taken || strcmp(container_id(container), explicit_id) == 0;
        if (strcmp(container_name(container), job->desired->container->name) == 0)
            instances_add(job, container);
    }
    job->explicit_id = *explicit_id && !taken ? explicit_id : NULL;
    job->known.explicit_id = job->explicit_id != NULL;
    job->known.hold = world->hold;
    read_failure(job, world->journal);
    read_intended(job, world->journal);
    read_restart(job, world->journal);
    instances_assign_roles(job);
}

static void init(struct job *job, const struct desired *desired, const struct job_world *world)
{
    *job = (struct job){
        .desired = desired,
        .downtime_ms = -1,
        .known = {.start_first = desired->start_first, .soak = desired->soak_ms > 0},
    };
    digest_hex(&desired->digest, job->digest);
    job->context = (struct live_context){
        .desired = desired,
        .digest = job->digest,
        .journal = world->journal,
        .daemon_began = world->daemon_began,
        .booted = world->booted,
    };
    read_world(job, world);
}

/* What a person may want to see of it, before anything changes. */
static void first_decision(struct job *job, enum mode mode)
{
    size_t chosen = next_chosen(job->live, job->live_count);
    if (job->live_count > 0 && !job->live[chosen].same && !job->known.orphaned)
        container_compare(job->containers[chosen], job->desired->container, &job->differences);
    job_decide(job, mode);
}

void job_init(struct job *job, const struct desired *desired, const struct job_world *world)
{
    init(job, desired, world);
    first_decision(job, world->mode);
}

void job_init_orphaned(
    struct job *job, const struct desired *desired, const struct job_world *world, bool prune)
{
    init(job, desired, world);
    job->known.orphaned = true;
    job->known.prune = prune;
    first_decision(job, world->mode);
}

void job_renew(struct job *job, const struct job_world *world)
{
    instances_dismiss(job);
    job->context.daemon_began = world->daemon_began;
    job->context.booted = world->booted;
    job->outcome = (struct outcome){
        .creates = job->outcome.creates,
        .acted = job->outcome.acted,
        .replaced = job->outcome.replaced,
    };
    read_world(job, world);
    job_decide(job, world->mode);
}

static void clear_steps(struct job *job)
{
    for (size_t i = 0; i < job->step_count; i++) {
        free(job->steps[i].id);
        free(job->steps[i].message);
    }
    free(job->steps);
}

void job_finish(struct job *job)
{
    instances_dismiss(job);
    free(job->live);
    free(job->containers);
    free(job->message);
    free(job->cause);
    free(job->failed_before);
    free(job->id);
    free(job->intended);
    free(job->waits_for);
    free(job->log);
    container_free(job->former);
    if (job->failed_state)
        kanto__state__free_unpacked(job->failed_state, NULL);
    differences_finish(&job->differences);
    clear_steps(job);
    *job = (struct job){0};
}

/* The new one is given up here: how it ended is kept for the report. */
static void note_failure(struct job *job)
{
    job->outcome.failure = job->action.failure;
    job->outcome.fault = job->action.fault;
    free(job->cause);
    job->cause = steal(&job->message);
    instances_keep_state(job, ROLE_NEW);
}

void job_decide(struct job *job, enum mode mode)
{
    job->action = next(mode, job->live, job->live_count, &job->known, &job->outcome);
    if (job->action.failure && !job->outcome.failure)
        note_failure(job);
    if (job->action.kind == ACTION_CREATE && job->action.id == ID_REPLACING && !job->former)
        job->former = container_clone(job->containers[job->action.live]);
    if (job->action.kind != ACTION_VERDICT || job->live_count == 0)
        return;
    free(job->id);
    job->id = memory_string(job->live[next_chosen(job->live, job->live_count)].id);
}

static void choose_id(struct job *job)
{
    const struct live *old = job_replaces(job);
    struct digest digest = job->desired->digest;
    uint32_t nonce = job->outcome.creates ? id_fresh_nonce() : 0;
    char id[ID_SIZE];
    free(job->id);
    job->id = NULL;
    switch (job->action.id) {
    case ID_EXPLICIT:
        job->id = memory_string(job->explicit_id);
        return;
    case ID_INTENDED:
        job->id = memory_string(job->intended);
        return;
    case ID_FIRST:
        nonce = 0;
        break;
    case ID_FRESH:
        break;
    case ID_REPLACING:
        nonce = id_replacing_nonce(
            old->id, &(struct id_replaced){.ran = live_runs(old), .policy = old->policy}, nonce);
        break;
    case ID_FORMER:
        container_digest(job->former, &digest);
        nonce = id_fresh_nonce();
        break;
    }
    id_make(job->desired->container->name, &digest, nonce, id);
    job->id = memory_string(id);
}

const struct live *job_live(const struct job *job)
{
    switch (job->action.kind) {
    case ACTION_START:
    case ACTION_STOP:
    case ACTION_UPDATE:
    case ACTION_REMOVE:
    case ACTION_LOOK:
    case ACTION_LOGS:
    case ACTION_SOAK:
        return job->action.live == NEXT_LAST_ID ? NULL : &job->live[job->action.live];
    default:
        return NULL;
    }
}

const struct live *job_replaces(const struct job *job)
{
    bool creates = job->action.kind == ACTION_CREATE && job->action.id != ID_FORMER;
    return creates && job->live_count > 0 ? &job->live[job->action.live] : NULL;
}

const char *job_target(struct job *job)
{
    bool again = job->outcome.result == RESULT_TRANSIENT && job->outcome.last == ACTION_CREATE;
    const struct live *live = job_live(job);
    if (job->action.kind == ACTION_CREATE && !again)
        choose_id(job);
    return live ? live->id : job->id;
}

Kanto__Container *job_request(const struct job *job, const char *id)
{
    bool former = job->action.id == ID_FORMER;
    Kanto__Container *container = container_clone(former ? job->former : job->desired->container);
    container_strip_results(container);
    free(container->id);
    container->id = memory_string(id);
    return container;
}

void job_update(const struct job *job, const Kanto__RestartPolicy **ret_policy,
    const Kanto__Resources **ret_resources, Kanto__Container **ret_owner)
{
    bool desired = job->action.update == UPDATE_DESIRED;
    bool restore = job->action.update == UPDATE_RESTORE && job->former;
    Kanto__Container *owner = container_clone(restore ? job->former : job->desired->container);
    container_normalise(owner);
    if (job->action.update == UPDATE_QUIET)
        container_set_policy(owner, POLICY_UNLESS_STOPPED);
    if (job->action.update == UPDATE_CALM)
        container_set_policy(owner, POLICY_NO);
    *ret_policy = owner->host_config->restart_policy;
    if (desired && !owner->host_config->resources)
        owner->host_config->resources = container_no_resources();
    *ret_resources = desired ? owner->host_config->resources : NULL;
    *ret_owner = owner;
}

bool job_has_started(const struct job *job)
{
    enum verdict verdict = job->action.kind == ACTION_VERDICT ? job->action.verdict : VERDICT_NONE;
    return job->outcome.starts > 0 || verdict == VERDICT_REPLACED;
}
