#include "plan/live.h"

#include "model/compare.h"
#include "model/id.h"

#include <string.h>
#include <time.h>

/* By how much a start must lie before the daemon's own, which is told up to a hundredth of a second
 * too early, never too late. What is told to people should not be wrong because the clock was set a
 * little, either. */
#define BEFORE_MS      2
#define BEFORE_TELL_MS 1000

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
    live->ends = on_failure || live->policy == POLICY_NO;
    live->restarts = !live->ends || (on_failure && live->exit_code != 0);
    if (on_failure && container->host_config && container->host_config->restart_policy) {
        int64_t most = container->host_config->restart_policy->maximum_retry_count;
        live->exhausted = most > 0 && container->restart_count >= most && live->exit_code != 0;
    }
}

static void read_differences(
    const Kanto__Container *container, const struct desired *desired, struct live *live)
{
    struct differences differences;
    container_compare(container, desired->container, &differences);
    live->same = differences.count == 0;
    live->in_place = differences.count > 0;
    for (size_t i = 0; i < differences.count; i++)
        live->in_place = live->in_place && differences.items[i].in_place;
    differences_finish(&differences);
}

/* The journal's word goes before the id's: an Update makes a container that of another desired. */
static void read_origin(const struct live_context *context, struct live *live)
{
    const struct desired *desired = context->desired;
    const struct journal_entry *entry =
        context->journal ? journal_find(context->journal, live->id) : NULL;
    bool by_id = id_is_for_name(live->id, desired->container->name);
    live->ours = entry || id_is_ours(live->id);
    if (entry)
        live->desired = strcmp(entry->digest, context->digest) == 0;
    else
        live->desired = by_id && id_is_for_digest(live->id, &desired->digest);
    live->edited = (entry || by_id) && !live->desired;
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
    if (began <= 0)
        return;
    live->daemon_missed = (ended > 0 && ended < began) ||
                          (live->status == STATUS_EXITED && known && started + BEFORE_MS < began);
    live->policy_lost = live->status == STATUS_RUNNING && live->policy != POLICY_NO && known &&
                        started + BEFORE_TELL_MS < began;
}

void live_read(
    const Kanto__Container *container, const struct live_context *context, struct live *ret_live)
{
    const Kanto__State *state = container->state;
    *ret_live = (struct live){
        .id = container_id(container),
        .status = container_status(container),
        .error = *container_error(container) != '\0',
        .exit_code = state ? state->exit_code : 0,
        .restart_count = container->restart_count,
        .policy = container_policy_kind(container),
    };
    /* One that ran until the power was cut was not stopped for good: of a Stop under a policy that
     * started it again the flag stays. */
    ret_live->by_person =
        container->manually_stopped && !(ret_live->status == STATUS_EXITED && ret_live->error);
    read_policy(container, ret_live);
    read_differences(container, context->desired, ret_live);
    read_origin(context, ret_live);
    if (state)
        read_times(state, context, ret_live);
}
