#include "plan/live.h"

#include "model/compare.h"
#include "model/id.h"

#include <string.h>
#include <time.h>

/* Seconds since 1970 of an RFC 3339 time in UTC, or 0. */
static int64_t seconds(const char *text)
{
    struct tm parts = {0};
    if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &parts))
        return 0;
    return (int64_t)timegm(&parts);
}

static void read_policy(const Kanto__Container *container, struct live *live)
{
    const char *policy = container_policy(container);
    bool on_failure = strcmp(policy, "on-failure") == 0;
    live->ends = on_failure || strcmp(policy, "no") == 0;
    live->restarts = !live->ends || (on_failure && live->exit_code != 0);
    if (on_failure && container->host_config && container->host_config->restart_policy) {
        int64_t most = container->host_config->restart_policy->maximum_retry_count;
        live->exhausted = most > 0 && container->restart_count >= most && live->exit_code != 0;
    }
}

void live_read(const Kanto__Container *container, const Kanto__Container *wished, bool ours,
    int64_t daemon_began, struct live *ret_live)
{
    const Kanto__State *state = container->state;
    *ret_live = (struct live){
        .id = container_id(container),
        .status = container_status(container),
        .ours = ours || id_is_ours(container_id(container)),
        .same = container_equal(container, wished),
        .started_before = state && state->started_at && *state->started_at,
        .by_person = container->manually_stopped,
        .error = *container_error(container) != '\0',
        .exit_code = state ? state->exit_code : 0,
    };
    read_policy(container, ret_live);
    int64_t ended = state ? seconds(state->finished_at) : 0;
    ret_live->daemon_missed = ended > 0 && daemon_began > 0 && ended < daemon_began;
}
