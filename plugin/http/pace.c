#include "http/pace.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define STEP_MS        50
#define DAY_MS         ((int64_t)24 * 3600 * 1000)
#define RETRY_MS       60000
#define ATTEMPT_MS     500
#define ATTEMPT_MAX_MS 30000
#define PARTS          ((uint64_t)1 << 20)

int64_t pace_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

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

static uint64_t chance(void)
{
    uint64_t value = 0;
    if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != sizeof(value))
        value = (uint64_t)pace_now_ms() * 0x9e3779b97f4a7c15u; /* no entropy yet: early at boot */
    return value >> 20;
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
    return known ? hash(id, url) : chance();
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
        return least / 2 + chance() % (least / 2 + 1);
    uint64_t asked = (uint64_t)(retry_after_ms < DAY_MS ? retry_after_ms : DAY_MS);
    return asked + chance() % (asked / 10 + 1000);
}

int64_t pace_attempt_ms(unsigned attempt)
{
    int64_t delay = ATTEMPT_MS;
    while (--attempt > 0 && delay < ATTEMPT_MAX_MS)
        delay *= 2;
    if (delay > ATTEMPT_MAX_MS)
        delay = ATTEMPT_MAX_MS;
    return delay / 2 + (int64_t)(chance() % ((uint64_t)delay / 2 + 1));
}

int pace_wait(const struct kd_host *host, int64_t delay_ms)
{
    for (int64_t until = pace_now_ms() + delay_ms, left = delay_ms; left > 0;
         left = until - pace_now_ms()) {
        if (host->cancelled(host->ctx))
            return -1;
        poll(NULL, 0, left < STEP_MS ? (int)left : STEP_MS);
    }
    return host->cancelled(host->ctx) ? -1 : 0;
}
