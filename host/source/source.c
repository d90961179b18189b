#include "source/source.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "source/intake.h"
#include "source/kept.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define HOLD_MOST_MS 2000
#define POLL_MAX_MS  100 /* a signal may come just before poll */
#define CANCEL_MS    150 /* to come to an end; somebody waits at a terminal */

/* Waits for whatever comes first of all helpers. Returns whether any is still at work. */
static bool wait_for_some(struct intake *intakes, size_t count, struct pollfd *polls)
{
    int64_t now = clock_now_ms(), first = INT64_MAX;
    bool working = false;
    for (size_t i = 0; i < count; i++) {
        pump_wait_for(&intakes[i], &polls[PUMP_POLLS * i]);
        working = working || !intakes[i].over;
        if (!intakes[i].over && intakes[i].until_ms < first)
            first = intakes[i].until_ms;
    }
    if (working)
        poll(polls, (nfds_t)(PUMP_POLLS * count),
            first > now ? (int)(first - now < POLL_MAX_MS ? first - now : POLL_MAX_MS) : 0);
    return working;
}

static void cancel_when_asked(struct intake *intake, int64_t now)
{
    if (intake->over || !intake->options->cancelled || !intake->options->cancelled(NULL))
        return;
    if (!intake->settled)
        intake_fail(intake, SOURCE_RETRY, "was cancelled %s", intake_phase_words(intake->phase));
    pump_ask_for_end(intake, now);
    if (intake->until_ms > now + CANCEL_MS)
        intake->until_ms = now + CANCEL_MS;
}

/* A held one gets its settings, and its time begins. One that has yet to describe itself does so
 * without further word. */
static void begin(struct intake *intake, bool wrong, int64_t now)
{
    if (!intake->held || intake->over)
        return;
    intake->held = false;
    if (intake->ending)
        return;
    if (wrong)
        intake_fail(intake, SOURCE_RETRY, "was not run: the configuration of a source is wrong");
    else if (intake->described_all)
        intake->until_ms = now + intake->options->deadline_ms;
    if (wrong || (intake->described_all && settings_send(intake) < 0))
        helper_end(intake);
}

/* Once all have described themselves. One that hangs in that is not waited for: should its settings
 * be wrong in the end, what the others stated is not used. */
static void begin_all(struct intake *intakes, size_t count)
{
    int64_t now = clock_now_ms();
    bool wrong = false;
    for (size_t i = 0; i < count; i++) {
        if (intakes[i].held && !intakes[i].over && !intakes[i].described_all &&
            now - intakes[i].began_ms < HOLD_MOST_MS)
            return;
        wrong = wrong || intakes[i].set.mistakes;
    }
    for (size_t i = 0; i < count; i++)
        begin(&intakes[i], wrong, now);
}

void source_run(struct intake *intakes, size_t count)
{
    scoped_free struct pollfd *polls = memory_zeroed(PUMP_POLLS * count, sizeof(*polls));
    for (size_t i = 0; i < count; i++)
        if (helper_start(&intakes[i]) < 0)
            helper_end(&intakes[i]);
    while (wait_for_some(intakes, count, polls)) {
        int64_t now = clock_now_ms();
        for (size_t i = 0; i < count; i++)
            cancel_when_asked(&intakes[i], now);
        for (size_t i = 0; i < count; i++)
            pump(&intakes[i], &polls[PUMP_POLLS * i], now);
        begin_all(intakes, count);
    }
}

/* The first problem is the reason of those after it. */
static void record_problem(struct source_set *set, const struct error *err)
{
    if (!set->kept_problem)
        set->kept_problem = memory_string(err->text);
}

void source_load(struct intake *intake, struct kept *ret_kept)
{
    struct error err = {0};
    int loaded = kept_load(intake->options, ret_kept, &err);
    intake->kept = loaded > 0 ? ret_kept : NULL;
    if (loaded < 0)
        record_problem(&intake->set, &err);
}

/* What is to be kept: NULL when it is not for this set to say, or nothing is kept. */
static const struct source_set *worth_keeping(const struct intake *intake, const struct kept *kept)
{
    const struct source_options *options = intake->options;
    if (!options->kept_folder || !options->kept_write)
        return NULL;
    return intake->set.result == SOURCE_COMPLETE    ? &intake->set
           : intake->set.result == SOURCE_UNCHANGED ? &kept->set
                                                    : NULL;
}

void source_settle(struct intake *intake, struct kept *kept)
{
    struct error err = {0};
    struct source_set *set = &intake->set;
    const struct kept *former = intake->kept ? kept : NULL;
    const struct source_set *right = worth_keeping(intake, kept);
    scoped_free char *how = kept_how(intake);
    if (right && kept_store(intake->options, right, how, former, &err) < 0) {
        error_wrap(&err, "its set is not kept for a time without the source");
        record_problem(set, &err);
    }
    if (set->result == SOURCE_COMPLETE)
        set->serves = SOURCE_SERVES_FRESH;
    else if (former)
        kept_serve(kept, set);
}

void source_reconcile_all(
    const struct source_options *options, size_t count, struct source_set *ret_sets)
{
    scoped_free struct intake *intakes = memory_zeroed(count, sizeof(*intakes));
    scoped_free struct kept *kept = memory_zeroed(count, sizeof(*kept));
    for (size_t i = 0; i < count; i++) {
        intakes[i] = (struct intake){.options = &options[i],
            .describe_only = options[i].probe && options[i].describe_only,
            .held = !options[i].probe};
        source_load(&intakes[i], &kept[i]);
    }
    source_run(intakes, count);
    for (size_t i = 0; i < count; i++) {
        source_settle(&intakes[i], &kept[i]);
        ret_sets[i] = intakes[i].set;
        kept_finish(&kept[i]);
        intake_finish(&intakes[i]);
    }
}
