#include "plan/job.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "model/defaults.h"
#include "plan/facts.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_FORESEEN_MAX 32

static bool has(const struct job *job, const char *id)
{
    for (size_t i = 0; i < job->listed_count; i++)
        if (strcmp(job->listed[i].live.id, id) == 0)
            return true;
    return false;
}

/* The journal's id of an interrupted Create for this very manifest, in the place that it was meant
 * for. A suspect may be unusable: never again. */
static void read_intended(struct job *job, const struct journal *journal)
{
    const struct journal_entry *entry;
    size_t at = 0;
    free(job->intended);
    job->intended = NULL;
    while (journal && (entry = journal_next_of(journal, job->desired->container->name, &at))) {
        if (entry->phase != JOURNAL_INTENDED || strcmp(entry->digest, job->digest) != 0)
            continue;
        if (entry->replaces ? !has(job, entry->replaces) : job->listed_count > 0)
            continue;
        free(job->intended);
        job->intended = memory_string(entry->id);
    }
    job->around.intended_id = job->intended != NULL;
}

/* What we stopped, or were about to stop, was left down by nobody. */
static void read_restart(struct job *job, const struct journal *journal)
{
    for (size_t i = 0; journal && i < job->listed_count; i++) {
        struct live *live = &job->listed[i].live;
        const struct journal_entry *entry = journal_find(journal, live->id);
        if (!entry || !entry->restart)
            continue;
        job->around.restart = job->around.restart || entry->restart != RESTART_OWED;
        if (entry->restart == RESTART_DUE)
            continue;
        job->around.restart_begun = true;
        if (job->around.orphaned && entry->former && !job->former)
            job->former = container_unpack(entry->former, entry->former_length);
        live->stopped_by_us = !live_runs(live);
        live->by_person = live->by_person && live_runs(live);
    }
}

/* The old one of a replacement that was interrupted is there, and its name is another one now. */
static void read_renamed(struct job *job, const struct snapshot *snapshot)
{
    job->around.old_renamed = false;
    for (size_t i = 0; snapshot->journal && i < job->listed_count; i++) {
        const struct journal_entry *entry = journal_find(snapshot->journal, job->listed[i].live.id);
        if (entry && entry->replaces && !has(job, entry->replaces) &&
            snapshot_find(snapshot, entry->replaces))
            job->around.old_renamed = true;
    }
}

static void read_failure(struct job *job, const struct journal *journal)
{
    const struct journal_failure *failure =
        journal ? journal_failure_for(journal, job->desired->container->name, job->digest) : NULL;
    struct stamp now = stamp_now();
    job->around.failed = failure && failure->final;
    job->around.backs_off = failure && !journal_failure_due(failure, now.boot, now.boottime_ms);
    story_recall(&job->story, !failure ? NULL
                                       : &(struct former_failure){
                                             .reason = failure->reason,
                                             .message = failure->message,
                                             .final = failure->final,
                                             .has_exit = failure->has_exit,
                                             .exit_code = failure->exit_code,
                                             .log = failure->log,
                                             .at = failure->at,
                                             .attempts = failure->attempts,
                                         });
}

static bool claims(const struct desired *desired, const struct desired_source *source)
{
    if (strcmp(desired->source, source->name) == 0)
        return true;
    for (size_t i = 0; i < desired->claim_count; i++)
        if (strcmp(desired->claims[i].source, source->name) == 0)
            return true;
    return false;
}

/* While a source is broken the names that it had change hands to nobody: its silence is no word. */
static void read_contested(struct job *job, const struct snapshot *snapshot)
{
    free(job->contested);
    job->contested = NULL;
    for (size_t i = 0; i < job->listed_count && snapshot->journal && !job->around.orphaned; i++) {
        const struct journal_entry *entry = journal_find(snapshot->journal, job->listed[i].live.id);
        const struct desired_source *source =
            entry && *entry->source ? desired_source_of(snapshot->desired_set, entry->source)
                                    : NULL;
        if (!source || source->whole || claims(job->desired, source))
            continue;
        free(job->contested);
        job->contested = memory_format("source %s deployed it, and its set is not whole: source "
                                       "%s does not take it over",
            source->name, job->desired->source);
    }
    job->around.contested = job->contested ? job->contested : job->desired->contested;
}

static void forget_listed(struct job *job)
{
    for (size_t i = 0; i < job->listed_count; i++)
        live_finish(&job->listed[i]);
    job->listed_count = 0;
}

static void add_listed(struct job *job, const Kanto__Container *container)
{
    memory_grow(&job->listed, &job->listed_capacity, job->listed_count, sizeof(*job->listed));
    struct reading *reading = &job->listed[job->listed_count++];
    live_read(container, &job->context, reading);
    reading->seen_ms = job->listed_ms;
}

static void read_snapshot(struct job *job, const struct snapshot *snapshot)
{
    const char *explicit_id = container_id(job->desired->container);
    size_t at = 0, place = 0;
    forget_listed(job);
    job->listed_ms = snapshot->seen_ms;
    while (index_next(&snapshot->names, job->desired->container->name, &at, &place))
        add_listed(job, snapshot->list->containers[place]);
    job->explicit_id = *explicit_id && !snapshot_find(snapshot, explicit_id) ? explicit_id : NULL;
    job->around.explicit_id = job->explicit_id != NULL;
    job->around.hold = snapshot->hold;
    read_contested(job, snapshot);
    read_failure(job, snapshot->journal);
    read_intended(job, snapshot->journal);
    read_restart(job, snapshot->journal);
    read_renamed(job, snapshot);
}

static void begin_story(struct job *job)
{
    const struct desired *desired = job->desired;
    job->story = (struct story){
        .name = desired->container->name,
        .image = container_image(desired->container),
        .source = desired->source,
        .key = desired->key,
        .origin = desired->origin,
        .explicit_id = job->around.orphaned ? "" : container_id(desired->container),
        .orphaned = job->around.orphaned,
        .watched = desired->soak_ms > 0,
        .soak_ms = desired->soak_ms,
    };
}

/* What a person may want to see of it, before anything changes. */
static void take_differences(struct job *job)
{
    const struct live *chosen = job->facts.chosen;
    if (!chosen || job->around.orphaned)
        return;
    struct reading *reading = &job->listed[chosen - job->live];
    job->story.differences = reading->differences;
    reading->differences = (struct differences){0};
}

static void init(struct job *job, const struct desired *desired, const struct snapshot *snapshot)
{
    job->desired = desired;
    job->mode = snapshot->mode;
    job->pull_timeout_ms = snapshot->pull_timeout_ms;
    job->around.start_first = desired->start_first;
    job->around.soak = desired->soak_ms > 0;
    job->around.restart_with = desired->restart_with;
    digest_hex(&desired->digest, job->digest);
    job->context = (struct live_context){
        .desired = desired,
        .digest = job->digest,
        .orphaned = job->around.orphaned,
        .journal = snapshot->journal,
        .daemon_began = snapshot->daemon_began,
        .booted = snapshot->booted,
        .now = snapshot->now,
    };
    begin_story(job);
    read_snapshot(job, snapshot);
    job_decide(job, 0);
    take_differences(job);
}

void job_init(struct job *job, const struct desired *desired, const struct snapshot *snapshot)
{
    *job = (struct job){0};
    init(job, desired, snapshot);
}

void job_init_orphaned(struct job *job, const struct desired *desired,
    const struct snapshot *snapshot, bool prune, const char *why)
{
    *job = (struct job){.around = {.orphaned = true, .prune = prune, .why_orphaned = why}};
    init(job, desired, snapshot);
}

void job_renew(struct job *job, const struct snapshot *snapshot)
{
    job->context.daemon_began = snapshot->daemon_began;
    job->context.booted = snapshot->booted;
    job->context.now = snapshot->now;
    story_cut(&job->story);
    read_snapshot(job, snapshot);
    job_decide(job, 0);
}

void job_finish(struct job *job)
{
    forget_listed(job);
    free(job->listed);
    for (size_t i = 0; i < job->answer_count; i++)
        live_finish(&job->answers[i]);
    free(job->answers);
    free(job->now);
    free(job->live);
    free(job->intended);
    free(job->contested);
    free(job->lacks);
    free(job->target);
    container_free(job->former);
    story_finish(&job->story);
    *job = (struct job){0};
}

/* ---- What is next ---- */

const struct live *job_live(const struct job *job)
{
    bool none = job->move.action == ACTION_CREATE || job->move.action == ACTION_VERDICT ||
                job->move.action == ACTION_NONE;
    return none || job->move.live >= job->live_count ? NULL : &job->live[job->move.live];
}

const Kanto__Container *job_container(const struct job *job, const struct live *live)
{
    return job->now[live - job->live].container;
}

const struct live *job_replaces(const struct job *job)
{
    bool creates = job->move.step == STEP_CREATE_NEW || job->move.step == STEP_CREATE_NEW_INTENDED;
    return creates && job->move.live < job->live_count ? &job->live[job->move.live] : NULL;
}

/* Whether the journal, or this pass, knows a container that had it. */
static bool was_used(const struct job *job, const char *id)
{
    if (job->context.journal && journal_find(job->context.journal, id))
        return true;
    for (size_t i = 0; i < job->story.count; i++)
        if (job->story.rows[i].action == ACTION_CREATE && strcmp(job->story.rows[i].id, id) == 0)
            return true;
    return false;
}

static void make_id(const struct job *job, bool fresh, char id[ID_SIZE])
{
    const struct live *old = job_replaces(job);
    struct digest digest = job->desired->digest;
    uint32_t nonce = fresh ? id_fresh_nonce() : 0;
    if (job->move.id == ID_FORMER)
        container_digest(job->former, &digest);
    if (old)
        nonce = id_replacing_nonce(
            old->id, &(struct id_replaced){.ran = live_runs(old), .policy = old->policy}, nonce);
    id_make(job->desired->container->name, &digest, nonce, id);
}

#define IDS_TRIED_MAX 64 /* the nonce of a replacing one has 5 free bits */

/* The first one is the same after every interruption; one that was ever used is never used again:
 * it can meet a task of its former life (recorded: burnt-ids). */
static char *choose_id(const struct job *job)
{
    char id[ID_SIZE];
    if (job->move.id == ID_EXPLICIT)
        return memory_string(job->explicit_id);
    if (job->move.id == ID_INTENDED)
        return memory_string(job->intended);
    bool fresh = job->move.id == ID_FRESH || job->move.id == ID_FORMER;
    for (int i = 0; i < IDS_TRIED_MAX; i++) {
        make_id(job, fresh || i > 0, id);
        if (!was_used(job, id))
            break;
    }
    return memory_string(id);
}

/* Of a Create that is repeated it stays. */
static char *target_of(const struct job *job)
{
    const struct live *live = job_live(job);
    const struct story_row *last = story_last(&job->story);
    if (live)
        return memory_string(live->id);
    bool repeats = last && last->step == job->move.step && last->result == RESULT_TRANSIENT;
    if (job->move.action == ACTION_CREATE && !repeats)
        return choose_id(job);
    for (size_t i = job->story.count; i > 0; i--)
        if (job->story.rows[i - 1].action == ACTION_CREATE)
            return memory_string(job->story.rows[i - 1].id);
    return NULL;
}

/* Another Create than the one that was decided before gets an id of its own; else it keeps it. */
static bool is_decided(const struct job *job, const struct move *move)
{
    const struct story_row *last = story_last(&job->story);
    bool begun = last && job->target && strcmp(last->id ? last->id : "", job->target) == 0;
    return job->target && move->action == ACTION_CREATE && move->step == job->move.step && !begun &&
           move->live == job->move.live;
}

void job_decide(struct job *job, int64_t now_ms)
{
    facts_fold(job, now_ms);
    struct move move = next(&job->facts);
    bool decided = is_decided(job, &move);
    job->move = move;
    if (decided)
        return;
    char *target = move.action == ACTION_VERDICT ? NULL : target_of(job);
    free(job->target);
    job->target = target;
    /* As it is before it is changed: should it have to be brought back. */
    const struct live *changes = move.step == STEP_QUIET_ORPHAN ? job_live(job) : job_replaces(job);
    if (!changes || (job->former && strcmp(container_id(job->former), changes->id) == 0))
        return;
    container_free(job->former);
    job->former = container_clone(job_container(job, changes));
}

Kanto__Container *job_request(const struct job *job)
{
    bool former = job->move.id == ID_FORMER;
    Kanto__Container *container = container_clone(former ? job->former : job->desired->container);
    container_strip_results(container);
    free(container->id);
    container->id = memory_string(job->target);
    return container;
}

void job_update(const struct job *job, const Kanto__RestartPolicy **ret_policy,
    const Kanto__Resources **ret_resources, Kanto__Container **ret_owner)
{
    bool all = job->move.update == UPDATE_DESIRED;
    bool restore = job->move.update == UPDATE_RESTORE && job->former;
    Kanto__Container *owner = container_clone(restore ? job->former : job->desired->container);
    container_normalise(owner);
    if (job->move.update == UPDATE_QUIET)
        container_set_policy(owner, POLICY_UNLESS_STOPPED);
    if (job->move.update == UPDATE_CALM)
        container_set_policy(owner, POLICY_NO);
    *ret_policy = owner->host_config->restart_policy;
    if (all && !owner->host_config->resources)
        owner->host_config->resources = container_no_resources();
    *ret_resources = all ? owner->host_config->resources : NULL;
    *ret_owner = owner;
}

/* ---- The story goes on ---- */

/* What a Create pulls. */
static const char *image_of(const struct job *job)
{
    if (job->move.action != ACTION_CREATE)
        return NULL;
    return container_image(job->move.id == ID_FORMER ? job->former : job->desired->container);
}

void job_begin(struct job *job, int64_t now_ms)
{
    const struct live *live = job_live(job);
    story_begin(&job->story, &(struct story_row){
                                 .step = job->move.step,
                                 .name = step_rule(job->move.step)->name,
                                 .action = job->move.action,
                                 .role = live                ? live->role
                                         : job_replaces(job) ? ROLE_NEW
                                                             : ROLE_SINGLE,
                                 .ran = live && live_runs(live),
                                 .id = job->target,
                                 .image = (char *)image_of(job),
                                 .began_ms = now_ms,
                                 .failure = job->move.failure,
                                 .fault = job->move.fault,
                             });
    job->story.parked = job->move.shared;
}

void job_end(struct job *job, enum result result, const char *message, Kanto__Container *answer,
    char *log, int64_t elapsed_ms)
{
    story_end(&job->story, result, message, answer, log, elapsed_ms);
    job->story.parked = false;
    while (job->answer_count < job->story.count) {
        memory_grow(&job->answers, &job->answer_capacity, job->answer_count, sizeof(*job->answers));
        job->answers[job->answer_count++] = (struct reading){0};
    }
    if (!answer)
        return;
    struct reading *reading = &job->answers[job->story.count - 1];
    const struct story_row *row = story_last(&job->story);
    live_read(answer, &job->context, reading);
    reading->seen_ms = row->began_ms + elapsed_ms;
}

static void settle_as(struct job *job, enum verdict verdict, const char *reason, int64_t now_ms)
{
    facts_fold(job, 0);
    const struct live *live =
        job->live_count ? &job->live[next_chosen(job->live, job->live_count)] : NULL;
    job->move = (struct move){.action = ACTION_VERDICT,
        .verdict = verdict,
        .fault = job->move.action == ACTION_VERDICT ? job->move.fault : FAULT_NONE};
    job->story.final = job->move.fault == FAULT_FINAL || job->facts.past.fault == FAULT_FINAL;
    story_settle(&job->story, verdict, reason, now_ms);
    free(job->story.id);
    job->story.id = memory_string(live ? live->id : NULL);
    job->story.runs = live && live_runs(live);
}

/* kanto-cm lets several containers have one name: peers find the one or the other. */
static void add_instances(const struct job *job, struct text *out)
{
    bool pair = job->facts.old || job->facts.newer; /* these belong together */
    if (job->live_count < 2 || pair)
        return;
    text_add_format(
        out, "%s%zu instances have this name:", out->length ? "; " : "", job->live_count);
    for (size_t i = 0; i < job->live_count; i++) {
        text_add(out, i ? ", " : " ");
        text_add_printable(out, job->live[i].id);
    }
}

void job_settle(struct job *job, int64_t now_ms)
{
    scoped(text_finish) struct text reason = {0};
    if (job->move.explain)
        job->move.explain(&job->facts, &reason);
    else
        text_add(&reason, job->move.reason ? job->move.reason : "");
    add_instances(job, &reason);
    settle_as(job, job->move.verdict, reason.length ? text_get(&reason) : NULL, now_ms);
}

bool job_has_started(const struct job *job)
{
    return job->facts.past.starts > 0 || job->story.verdict == VERDICT_REPLACED ||
           job->story.verdict == VERDICT_REMADE;
}

bool job_runs(const struct job *job)
{
    for (size_t i = 0; i < job->live_count; i++)
        if (live_runs(&job->live[i]))
            return true;
    return false;
}

/* ---- What would be ---- */

/* What kanto-cm would answer to the Create. */
static Kanto__Container *created(const struct job *job)
{
    Kanto__Container *made = job_request(job);
    container_normalise(made);
    if (!made->state) {
        made->state = memory_zeroed(1, sizeof(*made->state));
        kanto__state__init(made->state);
    }
    free(made->state->status);
    made->state->status = memory_string(container_status_word(STATUS_CREATED));
    return made;
}

/* A look finds what is known. */
static Kanto__Container *found(const struct job *job)
{
    const struct live *live = job_live(job);
    if (job->move.action != ACTION_LOOK || !live)
        return NULL;
    Kanto__Container *copy = container_clone(job_container(job, live));
    if (copy->state) {
        free(copy->state->status);
        copy->state->status = memory_string(container_status_word(live->status));
    }
    return copy;
}

/* No time passes in a plan; what is to be looked at before it is changed is looked at all the same. */
#define FORESEEN_MS 1

void job_foresee(struct job *job)
{
    job_decide(job, FORESEEN_MS);
    for (unsigned i = 0; job->move.action != ACTION_VERDICT && job->move.action != ACTION_NONE &&
                         i < STEPS_FORESEEN_MAX;
         i++) {
        Kanto__Container *answer = job->move.action == ACTION_CREATE ? created(job) : found(job);
        job_begin(job, 0);
        job_end(job, RESULT_OK, NULL, answer, NULL, 0);
        job_decide(job, FORESEEN_MS);
    }
    if (job->move.action != ACTION_NONE)
        job_settle(job, 0);
}
