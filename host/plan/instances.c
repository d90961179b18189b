#include "plan/instances.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "plan/roles.h"

#include <stdlib.h>
#include <string.h>

/* The facts are read again from our copy; what the daemon cannot know stays. */
static void read_again(struct job *job, size_t index)
{
    struct live *live = &job->live[index], before = *live;
    live_read(job->containers[index], &job->context, live);
    live->role = before.role;
    live->unusable = before.unusable;
    live->stopped_by_us = before.stopped_by_us;
    live->by_person = live->by_person && !live->stopped_by_us;
    live->started_before = live->started_before || before.started_before;
}

void instances_add(struct job *job, const Kanto__Container *container)
{
    size_t capacity = job->live_capacity;
    memory_grow(&job->live, &capacity, job->live_count, sizeof(*job->live));
    memory_grow(&job->containers, &job->live_capacity, job->live_count, sizeof(*job->containers));
    Kanto__Container *copy = container_clone(container);
    job->containers[job->live_count] = copy;
    live_read(copy, &job->context, &job->live[job->live_count++]);
}

void instances_remove(struct job *job, size_t index)
{
    container_free(job->containers[index]);
    for (size_t i = index + 1; i < job->live_count; i++) {
        job->containers[i - 1] = job->containers[i];
        job->live[i - 1] = job->live[i];
    }
    job->live_count--;
}

void instances_dismiss(struct job *job)
{
    while (job->live_count)
        instances_remove(job, job->live_count - 1);
}

bool instances_has(const struct job *job, const char *id)
{
    for (size_t i = 0; i < job->live_count; i++)
        if (strcmp(job->live[i].id, id) == 0)
            return true;
    return false;
}

void instances_renew(struct job *job, size_t index, const Kanto__Container *container)
{
    Kanto__Container *copy = container_clone(container);
    container_free(job->containers[index]);
    job->containers[index] = copy;
    read_again(job, index);
}

static Kanto__State *fresh_state(Kanto__Container *container, enum container_status status)
{
    if (!container->state) {
        container->state = memory_zeroed(1, sizeof(*container->state));
        kanto__state__init(container->state);
    }
    free(container->state->status);
    container->state->status = memory_string(container_status_word(status));
    return container->state;
}

void instances_started(struct job *job, size_t index)
{
    Kanto__Container *container = job->containers[index];
    Kanto__State *state = fresh_state(container, STATUS_RUNNING);
    free(steal(&state->error));
    free(steal(&state->started_at));
    free(steal(&state->finished_at));
    state->exit_code = 0;
    container->manually_stopped = false;
    container->restart_count = 0;
    job->live[index].started_before = true;
    job->live[index].stopped_by_us = false;
    read_again(job, index);
}

void instances_stopped(struct job *job, size_t index)
{
    fresh_state(job->containers[index], STATUS_STOPPED);
    job->live[index].stopped_by_us = true;
    read_again(job, index);
}

void instances_updated(struct job *job, size_t index)
{
    Kanto__Container *container = job->containers[index];
    bool looped = job->live[index].status == STATUS_EXITED;
    const Kanto__RestartPolicy *policy;
    const Kanto__Resources *resources;
    scoped_container Kanto__Container *owner = NULL;
    job_update(job, &policy, &resources, &owner);
    if (resources)
        container_copy_in_place(container, owner);
    else
        container_copy_policy(container, owner);
    if (job->action.update == UPDATE_CALM && looped) /* recorded: update-states */
        fresh_state(container, STATUS_STOPPED);
    read_again(job, index);
}

/* The old one as it was when its replacement began. */
static Kanto__Container *former_of(
    const struct job *job, const struct roles *roles, const struct live *old, size_t index)
{
    if (roles->entry && roles->entry->former)
        return container_unpack(roles->entry->former, roles->entry->former_length);
    if (!old)
        return NULL;
    Kanto__Container *former = container_clone(job->containers[index]);
    if (roles->has_policy && roles->policy != old->policy)
        container_set_policy(former, roles->policy);
    return former;
}

void instances_assign_roles(struct job *job)
{
    struct roles roles;
    roles_assign(job->live, job->live_count, job->context.journal, &roles);
    if (!roles.on)
        return;
    size_t at = 0;
    while (at < job->live_count && job->live[at].role != ROLE_OLD)
        at++;
    const struct live *old = at < job->live_count ? &job->live[at] : NULL;
    if (!job->former)
        job->former = former_of(job, &roles, old, at);
    /* One that was found down in its crash loop may be up by now: then it is to be so again. */
    job->known.former_ran = roles.ran || job->known.former_ran || (old && live_runs(old));
    job->known.former_copy = job->former != NULL;
    job->known.former_policy =
        old && job->former && old->policy != container_policy_kind(job->former);
}

void instances_keep_state(struct job *job, enum role role)
{
    size_t at = next_chosen(job->live, job->live_count);
    for (size_t i = 0; i < job->live_count; i++)
        if (job->live[i].role == role)
            at = i;
    if (at >= job->live_count || !job->containers[at]->state)
        return;
    if (job->failed_state)
        kanto__state__free_unpacked(job->failed_state, NULL);
    scoped_container Kanto__Container *copy = container_clone(job->containers[at]);
    job->failed_state = steal(&copy->state);
}
