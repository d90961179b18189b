/* Values that a person, or a hostile hand, may write into the conf: init takes or refuses them, and
 * an init that fails leaves nothing behind, for no shutdown follows it. */
#include "base/clock.h"
#include "probe/life.h"
#include "probe/probe.h"
#include "probe/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SETTINGS    "contract.settings"
#define FAILED_INIT "contract.failed_init"
#define HUGE_BYTES  65536
#define YEAR_MS     ((int64_t)365 * 24 * 3600 * 1000)
#define REPEATS     50 /* of an init that fails, in each round */
#define ROUNDS      4
#define WARM        5
#define LEAK_BYTES  24 /* for each of them: less than the least block */
#define BUDGET_US   3000000
#define HUGE_FILE   ((off_t)64 << 20)

struct value {
    const char *text, *words; /* words: how it is told; NULL: the text itself */
    int64_t number;
};

static char huge[HUGE_BYTES + 1], huge_path[HUGE_BYTES + 1];

static const struct value strings[] = {{"", "\"\"", 0}, {huge, "65536 times a", 0},
    {"%n%s%s%s%n%p", NULL, 0}, {"\x1b[31m\x01\r\n", "control characters", 0},
    {"\xff\xfe\xc0\xaf", "bytes that are no UTF-8", 0}, {"../../../../etc/passwd", NULL, 0},
    {"{\"}\\'`$(true);", NULL, 0}, {"file:///etc/passwd", NULL, 0}};
static const struct value paths[] = {{"/", NULL, 0}, {huge_path, "/ and 65535 times a", 0},
    {"/nonexistent/%n%s", NULL, 0}, {"/nonexistent/\xff\x01", "a path that is no UTF-8", 0},
    {"/dev/null", NULL, 0}, {"/nonexistent/../nonexistent", NULL, 0}};
static const struct value integers[] = {{"0", NULL, 0}, {"-1", NULL, -1},
    {"9223372036854775807", NULL, INT64_MAX}, {"-9223372036854775808", NULL, INT64_MIN}};
static const struct value booleans[] = {{"yes", NULL, 1}, {"no", NULL, 0}};
static const struct value durations[] = {
    {"0", NULL, 0}, {"1ms", NULL, 1}, {"8760h", NULL, YEAR_MS}};
static const struct value sizes[] = {
    {"0", NULL, 0}, {"1", NULL, 1}, {"9223372036854775807", NULL, INT64_MAX}};
static const struct value files[] = {{"/nonexistent/empty", "an empty file", 0},
    {"/nonexistent/huge", "a file of 64 MiB", HUGE_FILE}};

#define TABLE(values)                                                                              \
    {                                                                                              \
        values, sizeof(values) / sizeof((values)[0])                                               \
    }
static const struct {
    const struct value *values;
    size_t count;
} tables[] = {{NULL, 0}, TABLE(strings), TABLE(integers), TABLE(booleans), TABLE(durations),
    TABLE(sizes), TABLE(paths), TABLE(files)};

/* What the trials have shown so far. */
struct tally {
    unsigned trials, failures;
    long long began_us;
};

static int make_file(off_t size)
{
    int fd = memfd_create("setting", MFD_CLOEXEC);
    return fd >= 0 && ftruncate(fd, size) == 0 ? fd : -1;
}

static int32_t live(const struct kd_source *source, const struct kd_setting *settings,
    uint32_t count, bool quiet, bool *ret_said)
{
    struct life life;
    life_begin(&life, source, settings, count, LIFE_EXACT);
    life.quiet = quiet;
    int32_t result = life_init(&life);
    if (result == KD_OK)
        life_shutdown(&life);
    *ret_said = atomic_load(&life.errors_said);
    life_end(&life);
    return result;
}

struct level {
    size_t heap;
    int descriptors, threads;
};

/* The same failing init over and over; *ret_gained is what was more of everything after it. False:
 * it did not fail each time, or the time is over. */
static bool repeat(const struct kd_source *source, const struct kd_setting *settings,
    uint32_t count, int times, const struct tally *tally, struct level *ret_gained)
{
    bool said = false;
    struct level before = {state_heap(), state_descriptors(), state_threads()};
    for (int i = 0; i < times; i++)
        if (clock_now_us() - tally->began_us > BUDGET_US ||
            live(source, settings, count, true, &said) == KD_OK)
            return false;
    size_t heap = state_heap();
    ret_gained->heap = heap > before.heap ? heap - before.heap : 0;
    ret_gained->threads = state_settle(before.threads) - before.threads;
    ret_gained->descriptors = state_descriptors() - before.descriptors;
    return true;
}

/* What each leaves behind adds up, round after round; what a library keeps for the next time (TLS
 * libraries fill caches for long) gets less with each, and ends. */
static void repeat_failure(const struct kd_source *source, const struct kd_setting *settings,
    uint32_t count, const struct tally *tally)
{
    struct level gained = {0};
    repeat(source, settings, count, WARM, tally, &gained); /* what is made once is made by then */
    for (int i = 0; i < ROUNDS; i++) {
        if (!repeat(source, settings, count, REPEATS, tally, &gained))
            return;
        if (gained.threads > 0 || gained.descriptors > 0)
            break;
        if (gained.heap <= REPEATS * LEAK_BYTES)
            return;
    }
    if (gained.threads > 0)
        found(
            FOUND_FAILED, FAILED_INIT, "%d failed inits left %d threads", REPEATS, gained.threads);
    if (gained.descriptors > 0)
        found(FOUND_FAILED, FAILED_INIT, "%d failed inits left %d descriptors open", REPEATS,
            gained.descriptors);
    if (gained.heap > REPEATS * LEAK_BYTES)
        found(FOUND_FAILED, FAILED_INIT,
            "each failed init left %zu bytes of memory (no shutdown follows)",
            gained.heap / REPEATS);
}

static void try_settings(const struct kd_source *source, const struct kd_setting *settings,
    uint32_t count, struct tally *tally)
{
    bool said = false;
    int32_t result = live(source, settings, count, false, &said);
    tally->trials++;
    if (result == KD_OK)
        return;
    if (result != KD_RETRY && result != KD_FATAL) {
        found(FOUND_FAILED, SETTINGS, "init returned %d, expected KD_OK, KD_RETRY or KD_FATAL",
            result);
        return;
    }
    tally->failures++;
    if (result == KD_FATAL && !said)
        found(FOUND_FAILED, FAILED_INIT,
            "init returned KD_FATAL and did not say why (log, KD_LOG_ERROR)");
    repeat_failure(source, settings, count, tally);
}

/* `name` with each odd value of its type, among the others as they are. */
static void try_values(const struct kd_source *source, const struct job *job, const char *name,
    uint32_t type, struct tally *tally)
{
    struct kd_setting settings[KD_SETTINGS_MAX];
    uint32_t count = job->count, at = 0;
    memcpy(settings, job->settings, sizeof(settings));
    while (at < count && strcmp(settings[at].name, name) != 0)
        at++;
    if (at == KD_SETTINGS_MAX || type >= sizeof(tables) / sizeof(tables[0]))
        return;
    if (at == count)
        count++;
    for (size_t i = 0; i < tables[type].count; i++) {
        const struct value *value = &tables[type].values[i];
        settings[at] = (struct kd_setting){.size = sizeof(settings[at]),
            .type = type,
            .name = name,
            .text = value->text,
            .number = type == KD_TYPE_FILE ? 0 : value->number,
            .fd = -1};
        if (type == KD_TYPE_FILE)
            settings[at].fd = make_file(value->number);
        trying("%s = %s", name, value->words ? value->words : value->text);
        try_settings(source, settings, count, tally);
        if (settings[at].fd >= 0)
            close(settings[at].fd);
    }
}

/* Only what must be there. */
static void try_least(const struct kd_source *source, const struct job *job, struct tally *tally)
{
    struct kd_setting settings[KD_SETTINGS_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < job->count; i++)
        for (uint32_t j = 0; j < source->settings_count; j++)
            if (strcmp(source->settings[j].name, job->settings[i].name) == 0 &&
                ((source->settings[j].flags & KD_SETTING_REQUIRED) || source->settings[j].fallback))
                settings[count++] = job->settings[i];
    trying("only the settings that are required");
    try_settings(source, settings, count, tally);
}

void probe_settings(const struct kd_source *source, const struct job *job)
{
    struct tally tally = {.began_us = clock_now_us()};
    memset(huge, 'a', HUGE_BYTES);
    memset(huge_path, 'a', HUGE_BYTES);
    huge_path[0] = '/';
    try_least(source, job, &tally);
    for (uint32_t i = 0; i < source->settings_count && i < KD_SETTINGS_MAX; i++)
        try_values(source, job, source->settings[i].name, source->settings[i].type, &tally);
    found(FOUND_OK, SETTINGS, "%u inits, %u of them refused", tally.trials, tally.failures);
    if (tally.failures)
        found(FOUND_OK, FAILED_INIT, "%u kinds of failure", tally.failures);
    else
        found(FOUND_SKIPPED, FAILED_INIT, "no value makes init fail");
}
