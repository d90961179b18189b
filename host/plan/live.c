#include "plan/live.h"

#include "model/compare.h"
#include "model/id.h"

#include <string.h>
#include <time.h>

/* By how much a start must lie before the daemon's own, which is told up to a hundredth of a second
 * too early, never too late. What is reported to people should not be wrong because the clock was set a
 * little, either. */
#define BEFORE_MS      2
#define BEFORE_TELL_MS 1000

/* By then a process has outlived its crash loop: kanto-cm begins its back-off anew. */
#define YOUNG_MS 10000

/* Milliseconds since 1970 of an RFC 3339 time in UTC, or 0. */
static int64_t milliseconds(const char *text)
{
    struct tm parts = {0};
    const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &parts) : NULL;
    int64_t fraction = 0, unit = 100;
    if (!rest)
        return 0;
    for (rest += *rest == '.'; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
        fraction += (*rest - '0') * unit;
    return (int64_t)timegm(&parts) * 1000 + fraction;
}

static void read_policy(const Kanto__Container *container, struct live *live)
{
    bool on_failure = live->policy == POLICY_ON_FAILURE;
    live->exhausted = false;
    live->ends = on_failure || live->policy == POLICY_NO;
    live->restarts = !live->ends || (on_failure && live->exit_code != 0);
    if (on_failure && container->host_config && container->host_config->restart_policy) {
        int64_t most = container->host_config->restart_policy->maximum_retry_count;
        live->exhausted = most > 0 && live->restart_count >= most && live->exit_code != 0;
    }
}

static void level(struct reading *reading)
{
    bool place = reading->resources || reading->policy;
    reading->live.same = !reading->elsewhere && !place;
    reading->live.in_place = !reading->elsewhere && place;
}

static void read_differences(const struct live_context *context, struct reading *reading)
{
    if (!context->orphaned)
        container_compare(reading->container, context->desired->container, &reading->differences);
    for (size_t i = 0; i < reading->differences.count; i++) {
        const struct difference *difference = &reading->differences.items[i];
        bool policy = strstr(difference->path, "restart_policy") != NULL;
        reading->elsewhere = reading->elsewhere || !difference->in_place;
        reading->policy = reading->policy || (difference->in_place && policy);
        reading->resources = reading->resources || (difference->in_place && !policy);
    }
    level(reading);
}

/* It bears the id that the manifest names, and is the manifest's in every field: it is taken for
 * ours where the journal has lost it, as nothing else would ever tell. */
static bool is_by_manifest(const struct live_context *context, const struct live *live)
{
    const char *id = container_id(context->desired->container);
    return !context->orphaned && live->same && *id && strcmp(id, live->id) == 0;
}

/* One that a person has renamed is ours no more. The journal's word goes before the id's: an Update
 * makes a container that of another manifest. */
static void read_origin(const struct live_context *context, struct reading *reading)
{
    struct live *live = &reading->live;
    const char *name = container_name(reading->container);
    const struct journal_entry *entry =
        context->journal ? journal_find(context->journal, live->id) : NULL;
    bool by_id = id_is_for_name(live->id, name);
    if (entry && strcmp(entry->name, name) != 0)
        entry = NULL;
    live->recorded = entry != NULL;
    if (entry && entry->undoing && live->by_person) {
        live->by_person = false;
        live->stopped_by_us = true;
    }
    live->stays_down = live->by_person && !live_runs(live) && entry && entry->hand &&
                       strcmp(entry->hand, context->digest) == 0;
    bool by_manifest = !entry && !by_id && is_by_manifest(context, live);
    live->ours = entry || by_id || by_manifest;
    if (entry)
        live->current = strcmp(entry->digest, context->digest) == 0;
    else
        live->current =
            by_manifest || (by_id && id_is_for_digest(live->id, &context->desired->digest));
    live->edited = live->ours && !live->current;
}

/* A daemon restarts nothing that it did not start itself: what runs since before it began, ended
 * before it began, or ended since. A start before the machine's own means that the clock was set
 * meanwhile: it tells nothing. */
static void read_times(
    const Kanto__State *state, const struct live_context *context, struct live *live)
{
    int64_t began = context->daemon_began;
    int64_t started = milliseconds(state->started_at), ended = milliseconds(state->finished_at);
    bool known = started > 0 && context->booted > 0 && started >= context->booted;
    live->started_before = state->started_at && *state->started_at;
    live->young = known && context->now > 0 && context->now - started < YOUNG_MS;
    if (began <= 0)
        return;
    live->daemon_missed = (ended > 0 && ended < began) ||
                          (live->status == STATUS_EXITED && known && started + BEFORE_MS < began);
    live->policy_lost = live->status == STATUS_RUNNING && live->policy != POLICY_NO && known &&
                        started + BEFORE_TELL_MS < began;
}

void live_read(
    const Kanto__Container *container, const struct live_context *context, struct reading *ret)
{
    const Kanto__State *state = container->state;
    *ret = (struct reading){.container = container};
    ret->live = (struct live){
        .id = container_id(container),
        .status = container_status(container),
        .error = *container_error(container) != '\0',
        .exit_code = state ? state->exit_code : 0,
        .restart_count = container->restart_count,
        .policy = container_policy_kind(container),
    };
    /* The flag of a Stop stays until a Start has succeeded. One that ran until the power was cut
     * (its policy had started it again), or of which a Start failed since, is not left down. */
    bool down = ret->live.status == STATUS_EXITED || ret->live.status == STATUS_STOPPED;
    ret->live.by_person = container->manually_stopped && !(down && ret->live.error);
    read_policy(container, &ret->live);
    read_differences(context, ret);
    read_origin(context, ret);
    if (state)
        read_times(state, context, &ret->live);
}

void live_finish(struct reading *reading)
{
    differences_finish(&reading->differences);
}

void live_started(struct reading *reading)
{
    struct live *live = &reading->live;
    live->status = STATUS_RUNNING;
    live->error = live->by_person = live->stays_down = live->stopped_by_us = false;
    live->daemon_missed = live->policy_lost = live->young = false;
    live->exit_code = live->restart_count = 0;
    live->started_before = true;
    read_policy(reading->container, live);
}

void live_stopped(struct reading *reading)
{
    reading->live.status = STATUS_STOPPED;
    reading->live.stopped_by_us = true;
    reading->live.by_person = reading->live.stays_down = false;
}

void live_given_policy(struct reading *reading, enum container_policy policy, bool matches)
{
    reading->live.policy = policy;
    reading->policy = !matches;
    read_policy(reading->container, &reading->live);
    level(reading);
}

void live_given_all(struct reading *reading, enum container_policy policy)
{
    reading->resources = false;
    live_given_policy(reading, policy, true);
}
