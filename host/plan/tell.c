/* How a job takes the outcome of its action. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/defaults.h"
#include "plan/instances.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_FORESEEN_MAX 32

static void note_step(struct job *job, enum result result, const char *message, int64_t elapsed_ms)
{
    const struct live *live = job_live(job);
    memory_grow(&job->steps, &job->step_capacity, job->step_count, sizeof(*job->steps));
    job->steps[job->step_count++] = (struct job_step){
        .action = job->action.kind,
        .role = live                ? live->role
                : job_replaces(job) ? ROLE_NEW
                                    : ROLE_SINGLE,
        .update = job->action.update,
        .again = job->action.kind == ACTION_CREATE && job->action.id == ID_FORMER,
        .id = memory_string(live ? live->id : job->id),
        .elapsed_ms = elapsed_ms,
        .message = memory_string(message),
        .unanswered = result == RESULT_NO_ANSWER,
    };
}

static bool is_change(enum action_kind kind)
{
    return kind == ACTION_CREATE || kind == ACTION_START || kind == ACTION_STOP ||
           kind == ACTION_UPDATE || kind == ACTION_REMOVE;
}

static void note_outcome(struct job *job, enum result result, const char *message)
{
    struct outcome *outcome = &job->outcome;
    const struct live *live = job_live(job);
    bool again = outcome->last == job->action.kind && outcome->result == result;
    outcome->tries = again ? outcome->tries + 1 : 1;
    outcome->last = job->action.kind;
    outcome->target = live ? live->role : ROLE_SINGLE;
    outcome->live = job->action.live;
    outcome->id = job->action.id;
    outcome->update = job->action.update;
    outcome->step = job->action.step;
    outcome->result = result;
    if (result != RESULT_TRANSIENT)
        outcome->done |= job->action.step;
    if (job->action.kind == ACTION_CREATE)
        outcome->creates += result != RESULT_TRANSIENT;
    if (job->action.kind == ACTION_START && outcome->target != ROLE_OLD)
        outcome->starts += result == RESULT_OK && job->action.step != DONE_START_OLD;
    outcome->acted = outcome->acted || (result == RESULT_OK && is_change(job->action.kind));
    bool overcome = result == RESULT_OK && is_change(job->action.kind);
    if (message || overcome) {
        free(job->message);
        job->message = memory_string(message);
    }
}

/* What was tried for a new one that is undone because of an interruption does not count for the
 * next one. */
static void begin_again(struct job *job)
{
    job->outcome = (struct outcome){
        .creates = job->outcome.creates ? job->outcome.creates : 1,
        .acted = true,
    };
}

/* The new one went before the old one could be started again. */
static bool is_old_due(const struct job *job)
{
    bool runs = false;
    for (size_t i = 0; i < job->live_count; i++)
        runs = runs || live_runs(&job->live[i]);
    return job->known.former_ran && job->live_count > 0 && !runs;
}

/* What runs now was made from another manifest than the one there is: it is replaced in its turn.
 */
static bool is_other(const struct job *job)
{
    for (size_t i = 0; i < job->live_count; i++)
        if (job->live[i].role == ROLE_NEW && !job->live[i].desired && !job->live[i].same)
            return true;
    return false;
}

static void removed(struct job *job, size_t index)
{
    struct live gone = job->live[index];
    struct outcome *outcome = &job->outcome;
    instances_remove(job, index);
    /* The new one is proven by now, or the old one goes because it cannot be stopped. */
    for (size_t i = 0; gone.role == ROLE_OLD && !outcome->failure && i < job->live_count; i++)
        outcome->replaced = outcome->replaced || (job->live[i].role == ROLE_NEW &&
                                                     job->live[i].status != STATUS_CREATED &&
                                                     job->live[i].status != STATUS_STOPPED);
    if (gone.role == ROLE_OLD && outcome->replaced && is_other(job)) {
        begin_again(job);
        outcome->replaced = false;
    }
    if (gone.unusable && outcome->creates == 0)
        outcome->creates = 1; /* the next id is a fresh one */
    if (gone.role == ROLE_NEW && outcome->fault == FAULT_OVER && !is_old_due(job))
        begin_again(job);
}

static bool has_our_name(const struct job *job, const Kanto__Container *container)
{
    return container && strcmp(container_name(container), job->desired->container->name) == 0;
}

/* What an action that succeeded changes in what is live. */
static void advance(struct job *job, const Kanto__Container *container)
{
    size_t at = job->action.live;
    switch (job->action.kind) {
    case ACTION_CREATE:
        if (has_our_name(job, container) && !instances_has(job, container_id(container)))
            instances_add(job, container);
        break;
    case ACTION_LOOK:
        if (at == NEXT_LAST_ID && has_our_name(job, container) &&
            !instances_has(job, container_id(container)))
            instances_add(job, container);
        else if (at != NEXT_LAST_ID && container)
            instances_renew(job, at, container);
        else if (at != NEXT_LAST_ID)
            instances_remove(job, at);
        break;
    case ACTION_START:
        instances_started(job, at);
        break;
    case ACTION_STOP:
        instances_stopped(job, at);
        break;
    case ACTION_UPDATE:
        instances_updated(job, at);
        break;
    case ACTION_REMOVE:
        removed(job, at);
        break;
    case ACTION_SOAK:
        job->outcome.restart_count = job->live[at].restart_count;
        if (container)
            instances_renew(job, at, container);
        instances_keep_state(job, job->live[at].role);
        break;
    case ACTION_NONE:
    case ACTION_LOGS:
    case ACTION_VERDICT:
        break;
    }
}

/* Its id can never be started again; or its process is gone and the daemon does not know, and it is
 * to be restarted or changed: the daemon would keep its id when it goes. For a restart alone
 * nothing is made again as the manifest has it now. */
static bool is_lost_for_good(const struct job *job, enum result result)
{
    const struct live *live = job_live(job);
    bool restarts = job->action.step == DONE_RESTART && live->ours && live->same;
    bool changes = job->action.step == DONE_UPDATE && job->action.kind == ACTION_UPDATE;
    return (result == RESULT_UNUSABLE && job->action.kind == ACTION_START) ||
           (result == RESULT_STUCK && (restarts || changes));
}

void job_tell(struct job *job, enum result result, const char *message,
    const Kanto__Container *container, int64_t elapsed_ms)
{
    note_step(job, result, message, elapsed_ms);
    note_outcome(job, result, message);
    if (is_lost_for_good(job, result))
        job->live[job->action.live].unusable = true;
    if (result == RESULT_OK)
        advance(job, container);
    instances_assign_roles(job);
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
    for (unsigned i = 0; job->action.kind != ACTION_VERDICT && i < STEPS_FORESEEN_MAX; i++) {
        scoped_container Kanto__Container *made = NULL;
        const struct live *live = job_live(job);
        const char *id = job_target(job);
        if (job->action.kind == ACTION_CREATE)
            made = foreseen(job, id);
        else if (live)
            made = container_clone(job->containers[live - job->live]);
        job_tell(job, RESULT_OK, NULL, made, 0);
        job_decide(job, mode);
    }
}
