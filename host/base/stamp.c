#include "base/stamp.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static void read_boot(char *boot)
{
    scoped_fd int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, boot, STAMP_BOOT_SIZE - 1);
    boot[got == STAMP_BOOT_SIZE - 1 ? got : 0] = '\0';
}

static bool synchronised(void)
{
    struct timex clock = {.modes = 0};
    int state = adjtimex(&clock);
    return state >= 0 && state != TIME_ERROR && !(clock.status & STA_UNSYNC);
}

struct stamp stamp_now(void)
{
    struct stamp now = {
        .boottime_ms = clock_now_ms(), .wall_ms = clock_wall_ms(), .synchronised = synchronised()};
    read_boot(now.boot);
    return now;
}

bool stamp_same_boot(const struct stamp *a, const struct stamp *b)
{
    return *a->boot && strcmp(a->boot, b->boot) == 0;
}

/* A clock without a battery begins in the past and is never ahead: so what it says is the least. */
enum stamp_certainty stamp_age(
    const struct stamp *stamp, const struct stamp *now, int64_t *ret_age_ms)
{
    int64_t age = stamp_same_boot(stamp, now) ? now->boottime_ms - stamp->boottime_ms
                                              : now->wall_ms - stamp->wall_ms;
    bool exact = stamp_same_boot(stamp, now) || (stamp->synchronised && now->synchronised);
    *ret_age_ms = 0;
    if (age < 0 || (!exact && !stamp->synchronised))
        return STAMP_UNKNOWN;
    *ret_age_ms = age;
    return exact ? STAMP_EXACT : STAMP_AT_LEAST;
}

void stamp_print_age(struct text *out, const struct stamp *stamp, const struct stamp *now)
{
    static const struct {
        int64_t least_ms, unit_ms;
        const char *name;
    } units[] = {
        {INT64_C(48) * 3600000, INT64_C(24) * 3600000, "days"},
        {INT64_C(2) * 3600000, 3600000, "h"},
        {INT64_C(2) * 60000, 60000, "min"},
        {0, 1000, "s"},
    };
    int64_t age = 0;
    enum stamp_certainty certainty = stamp_age(stamp, now, &age);
    if (certainty == STAMP_UNKNOWN) {
        text_add(out, "of an earlier boot, and the clock is not set");
        return;
    }
    size_t i = 0;
    while (age < units[i].least_ms)
        i++;
    text_add_format(out, "%s%" PRId64 " %s old", certainty == STAMP_AT_LEAST ? "at least " : "",
        age / units[i].unit_ms, units[i].name);
}

void stamp_print_time(struct text *out, int64_t wall_ms)
{
    char printed[64] = "";
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts = {0};
    if (gmtime_r(&seconds, &parts))
        strftime(printed, sizeof(printed), "%Y-%m-%dT%H:%M:%SZ", &parts);
    text_add(out, printed);
}
