#include "http/pace.h"

#include "base/backoff.h"
#include "base/clock.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define STEP_MS         50
#define DAY_MS          ((int64_t)24 * 3600 * 1000)
#define RETRY_MS        60000
#define ATTEMPT_MS      500
#define ATTEMPT_MAX_MS  30000
#define PATIENCE_MAX_MS 4000
#define PARTS           ((uint64_t)1 << 20)

/* FNV-1a, and a mixing of its bits: device names differ in their last characters only. */
static uint64_t hash(const char *a, const char *b)
{
    uint64_t value = 0xcbf29ce484222325u;
    for (int i = 0; i < 2; i++, a = b)
        for (; *a; a++)
            value = (value ^ (unsigned char)*a) * 0x100000001b3u;
    value ^= value >> 33;
    value *= 0xff51afd7ed558ccdu;
    value ^= value >> 33;
    return value;
}

static uint64_t device_hash(const struct http_settings *settings, const char *url)
{
    char id[64] = "";
    if (settings->device)
        return hash(settings->device, url);
    FILE *file = fopen("/etc/machine-id", "re");
    bool known = file && fgets(id, sizeof(id), file) && *id && *id != '\n';
    if (file)
        fclose(file);
    return known ? hash(id, url) : backoff_chance();
}

uint64_t pace_poll_ms(const struct http_settings *settings, const char *url)
{
    int64_t poll = settings->poll_ms, width = poll / 100 * settings->jitter;
    int64_t part = (int64_t)(device_hash(settings, url) % PARTS);
    int64_t delay = poll - width / 2 + width / (int64_t)PARTS * part +
                    width % (int64_t)PARTS * part / (int64_t)PARTS;
    return (uint64_t)(delay > HTTP_POLL_LEAST_MS ? delay : HTTP_POLL_LEAST_MS);
}

uint64_t pace_retry_ms(const struct http_settings *settings, int64_t retry_after_ms)
{
    uint64_t least = RETRY_MS < settings->poll_ms ? RETRY_MS : (uint64_t)settings->poll_ms;
    if (retry_after_ms < 0)
        return (uint64_t)backoff_spread((int64_t)least, 50);
    uint64_t asked = (uint64_t)(retry_after_ms < DAY_MS ? retry_after_ms : DAY_MS);
    return asked + backoff_chance() % (asked / 10 + 1000);
}

int64_t pace_attempt_ms(unsigned attempt)
{
    static const struct backoff backoff = {ATTEMPT_MS, ATTEMPT_MAX_MS};
    return backoff_spread(backoff_ms(&backoff, attempt), 50);
}

int64_t pace_patience_ms(unsigned wait)
{
    static const struct backoff backoff = {ATTEMPT_MS, PATIENCE_MAX_MS};
    return backoff_spread(backoff_ms(&backoff, wait), 50);
}

int pace_wait(const struct kd_host *host, int64_t delay_ms)
{
    for (int64_t until = clock_now_ms() + delay_ms, left = delay_ms; left > 0;
         left = until - clock_now_ms()) {
        if (host->cancelled(host->ctx))
            return -1;
        poll(NULL, 0, left < STEP_MS ? (int)left : STEP_MS);
    }
    return host->cancelled(host->ctx) ? -1 : 0;
}
