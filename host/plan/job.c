#include "plan/job.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "model/defaults.h"
#include "plan/live.h"

#include <stdlib.h>
#include <string.h>

const char *action_word(enum action_kind kind)
{
    static const char *const words[] = {
        [ACTION_NONE] = "wait",
        [ACTION_CREATE] = "create",
        [ACTION_START] = "start",
        [ACTION_REMOVE] = "remove",
        [ACTION_LOOK] = "look",
        [ACTION_VERDICT] = "end",
    };
    return words[kind];
}

const char *verdict_word(enum verdict verdict)
{
    static const char *const words[] = {
        [VERDICT_NONE] = "unfinished",
        [VERDICT_KEEP] = "kept",
        [VERDICT_DEPLOYED] = "deployed",
        [VERDICT_DONE] = "done",
        [VERDICT_LEFT] = "left",
        [VERDICT_DIFFERS] = "differs",
        [VERDICT_PENDING] = "pending",
        [VERDICT_FAILED] = "failed",
    };
    return words[verdict];
}

static void add_live(struct job *job, const Kanto__Container *container, bool ours)
{
    size_t capacity = job->live_capacity;
    memory_grow(&job->live, &capacity, job->live_count, sizeof(*job->live));
    memory_grow(&job->containers, &job->live_capacity, job->live_count, sizeof(*job->containers));
    Kanto__Container *copy = container_clone(container);
    job->containers[job->live_count] = copy;
    live_read(copy, job->wish->container, ours, job->daemon_began, &job->live[job->live_count++]);
}

static void remove_live(struct job *job, size_t index)
{
    container_free(job->containers[index]);
    for (size_t i = index + 1; i < job->live_count; i++) {
        job->containers[i - 1] = job->containers[i];
        job->live[i - 1] = job->live[i];
    }
    job->live_count--;
}

/* The journal's id of an interrupted Create for this very wish. A suspect may be burnt: never
 * again. */
static void read_journal(struct job *job, const struct journal *journal)
{
    char digest[DIGEST_HEX];
    digest_hex(&job->wish->digest, digest);
    for (size_t i = 0; journal && i < journal->count; i++) {
        const struct journal_entry *entry = &journal->entries[i];
        if (strcmp(entry->name, job->wish->container->name) != 0 ||
            strcmp(entry->digest, digest) != 0 || entry->phase != JOURNAL_INTENDED)
            continue;
        free(job->intended);
        job->intended = memory_string(entry->id);
    }
    job->known.intended_id = job->intended != NULL;
}

void job_init(struct job *job, const struct wish *wish, const struct job_world *world)
{
    *job = (struct job){.wish = wish, .daemon_began = world->daemon_began};
    const char *explicit_id = container_id(wish->container);
    bool taken = false;
    for (size_t i = 0; i < world->list->n_containers; i++) {
        const Kanto__Container *container = world->list->containers[i];
        const char *id = container_id(container);
        taken = taken || strcmp(id, explicit_id) == 0;
        if (strcmp(container_name(container), wish->container->name) == 0)
            add_live(job, container, world->journal && journal_find(world->journal, id));
    }
    if (*explicit_id && !taken)
        job->explicit_id = explicit_id;
    job->known.explicit_id = job->explicit_id != NULL;
    read_journal(job, world->journal);
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
    while (job->live_count)
        remove_live(job, job->live_count - 1);
    free(job->live);
    free(job->containers);
    free(job->message);
    free(job->id);
    free(job->intended);
    differences_finish(&job->differences);
    clear_steps(job);
    *job = (struct job){0};
}

void job_decide(struct job *job, enum mode mode)
{
    job->action = next(mode, job->live, job->live_count, &job->known, &job->outcome);
    if (job->action.kind != ACTION_VERDICT || job->live_count == 0)
        return;
    size_t chosen = next_chosen(job->live, job->live_count);
    free(job->id);
    job->id = memory_string(job->live[chosen].id);
    differences_finish(&job->differences);
    if (!job->live[chosen].same)
        container_compare(job->containers[chosen], job->wish->container, &job->differences);
}

static void choose_id(struct job *job)
{
    char id[ID_SIZE];
    free(job->id);
    job->id = NULL;
    switch (job->action.id) {
    case ID_EXPLICIT:
        job->id = memory_string(job->explicit_id);
        break;
    case ID_INTENDED:
        job->id = memory_string(job->intended);
        break;
    case ID_FIRST:
    case ID_FRESH:
        id_make(job->wish->container->name, &job->wish->digest,
            job->action.id == ID_FRESH ? id_fresh_nonce() : 0, id);
        job->id = memory_string(id);
        break;
    }
}

const char *job_target(struct job *job)
{
    bool again = job->outcome.result == RESULT_TRANSIENT && job->outcome.last == ACTION_CREATE;
    if (job->action.kind == ACTION_CREATE && !again)
        choose_id(job);
    if (job->action.kind == ACTION_START || job->action.kind == ACTION_REMOVE)
        return job->live[job->action.live].id;
    return job->id;
}

Kanto__Container *job_request(const struct job *job, const char *id)
{
    Kanto__Container *container = container_clone(job->wish->container);
    container_strip_results(container);
    free(container->id);
    container->id = memory_string(id);
    return container;
}

static void note_step(struct job *job, const char *message, int64_t elapsed_ms)
{
    const char *id = job->id;
    if (job->action.kind == ACTION_START || job->action.kind == ACTION_REMOVE)
        id = job->live[job->action.live].id;
    memory_grow(&job->steps, &job->step_capacity, job->step_count, sizeof(*job->steps));
    job->steps[job->step_count++] = (struct job_step){
        .action = job->action.kind,
        .id = memory_string(id),
        .elapsed_ms = elapsed_ms,
        .message = memory_string(message),
    };
}

static void note_outcome(struct job *job, enum result result, const char *message)
{
    struct outcome *outcome = &job->outcome;
    bool again = outcome->last == job->action.kind && outcome->result == result;
    outcome->tries = again ? outcome->tries + 1 : 1;
    outcome->last = job->action.kind;
    outcome->result = result;
    if (job->action.kind == ACTION_CREATE) {
        outcome->id = job->action.id;
        outcome->creates += result != RESULT_TRANSIENT;
    }
    outcome->starts += job->action.kind == ACTION_START && result == RESULT_OK;
    outcome->acted = outcome->acted || (result == RESULT_OK && job->action.kind != ACTION_LOOK);
    if (message) {
        free(job->message);
        job->message = memory_string(message);
    }
}

/* What an action that succeeded changes in what is live. */
static void advance(struct job *job, const Kanto__Container *container)
{
    switch (job->action.kind) {
    case ACTION_CREATE:
    case ACTION_LOOK:
        if (container && strcmp(container_name(container), job->wish->container->name) == 0)
            add_live(job, container, true);
        break;
    case ACTION_START:
        job->live[job->action.live].status = STATUS_RUNNING;
        break;
    case ACTION_REMOVE:
        remove_live(job, job->action.live);
        job->outcome.creates += job->outcome.creates == 0; /* the next id is a fresh one */
        break;
    case ACTION_NONE:
    case ACTION_VERDICT:
        break;
    }
}

void job_tell(struct job *job, enum result result, const char *message,
    const Kanto__Container *container, int64_t elapsed_ms)
{
    note_step(job, message, elapsed_ms);
    note_outcome(job, result, message);
    if (result == RESULT_OK)
        advance(job, container);
    if (result == RESULT_BURNT && job->action.kind == ACTION_START)
        job->live[job->action.live].burnt = true;
}

/* What kanto-cm would answer to the Create. */
static Kanto__Container *foreseen(const struct job *job, const char *id)
{
    Kanto__Container *made = job_request(job, id);
    container_normalise(made);
    if (!made->state) {
        made->state = memory_zeroed(1, sizeof(*made->state));
        kanto__state__init(made->state);
    }
    free(made->state->status);
    made->state->status = memory_string(container_status_word(STATUS_CREATED));
    return made;
}

void job_foresee(struct job *job, enum mode mode)
{
    for (unsigned guard = 0; job->action.kind != ACTION_VERDICT && guard < 16; guard++) {
        scoped_container Kanto__Container *made = NULL;
        const char *id = job_target(job);
        if (job->action.kind == ACTION_CREATE)
            made = foreseen(job, id);
        job_tell(job, RESULT_OK, NULL, made, 0);
        job_decide(job, mode);
    }
}
