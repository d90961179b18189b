#include "source/source.h"

#include "base/cleanup.h"
#include "base/duration.h"
#include "base/memory.h"
#include "base/text.h"
#include "source/intake.h"
#include "source/kept.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Takes all frames that are whole. Negative: this helper must end. */
static int take_frames(struct intake *intake)
{
    struct frame_in in;
    uint32_t found = 0;
    int got = 0;
    while (!intake->done && (got = frame_next(&intake->buffer, &in, &found)) > 0)
        if (intake_take(intake, &in) < 0)
            return -1;
    if (!intake->done && got < 0) {
        intake_fail(intake, SOURCE_FATAL, "sent what is no frame %s (found %u)",
            intake_phase_words(intake->phase), found);
        return -1;
    }
    return intake->done ? -1 : 0;
}

static void read_frames(struct intake *intake)
{
    long got = frame_fill(&intake->buffer, intake->frames, NULL);
    if (got == -EAGAIN || got == -EINTR)
        return;
    if (got <= 0 || take_frames(intake) < 0)
        helper_end(intake);
}

static void read_output(struct intake *intake)
{
    char bytes[4096];
    ssize_t got = read(intake->output, bytes, sizeof(bytes));
    if (got > 0) {
        intake_output(intake, bytes, (size_t)got);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(intake->output);
        intake->output = -1;
    }
}

static void end_late(struct intake *intake, int64_t now)
{
    scoped(text_finish) struct text bound = {0};
    if (now < intake->until_ms)
        return;
    duration_print(&bound, intake->options->deadline_ms);
    if (intake->settled) {
        intake_fault(intake, "took longer than %s (timeout) %s", text_get(&bound),
            intake_phase_words(intake->phase));
        intake->done = true;
    } else {
        intake_fail(intake, SOURCE_RETRY, "took longer than %s (timeout) %s", text_get(&bound),
            intake_phase_words(intake->phase));
    }
    helper_end(intake);
}

/* Waits for whatever comes first of all helpers. Returns whether any is still at work. */
static bool wait_for_some(struct intake *intakes, size_t count, struct pollfd *polls)
{
    int64_t now = duration_now_ms(), first = INT64_MAX;
    bool working = false;
    for (size_t i = 0; i < count; i++) {
        polls[2 * i] =
            (struct pollfd){.fd = intakes[i].over ? -1 : intakes[i].frames, .events = POLLIN};
        polls[2 * i + 1] =
            (struct pollfd){.fd = intakes[i].over ? -1 : intakes[i].output, .events = POLLIN};
        working = working || !intakes[i].over;
        if (!intakes[i].over && intakes[i].until_ms < first)
            first = intakes[i].until_ms;
    }
    if (working)
        poll(polls, (nfds_t)(2 * count),
            first > now ? (int)(first - now < 60000 ? first - now : 60000) : 0);
    return working;
}

void source_run(struct intake *intakes, size_t count)
{
    scoped_free struct pollfd *polls = memory_zeroed(2 * count, sizeof(*polls));
    for (size_t i = 0; i < count; i++)
        if (helper_start(&intakes[i]) < 0)
            helper_end(&intakes[i]);
    while (wait_for_some(intakes, count, polls)) {
        int64_t now = duration_now_ms();
        for (size_t i = 0; i < count; i++) {
            struct intake *intake = &intakes[i];
            if (!intake->over && polls[2 * i + 1].revents)
                read_output(intake);
            if (!intake->over && polls[2 * i].revents)
                read_frames(intake);
            if (!intake->over)
                end_late(intake, now);
        }
    }
}

/* The first problem is the reason of those after it. */
static void note_problem(struct source_set *set, const struct error *err)
{
    if (!set->kept_problem)
        set->kept_problem = memory_string(err->text);
}

/* Keeps what is complete, and serves what is not from what is kept. */
static void settle(const struct source_options *options, struct kept *kept, struct source_set *set)
{
    struct error err = {0};
    const struct source_set *right = set->result == SOURCE_COMPLETE    ? set
                                     : set->result == SOURCE_UNCHANGED ? &kept->set
                                                                       : NULL;
    if (right && options->kept_folder && options->kept_write &&
        kept_store(options, right, kept, &err) < 0) {
        error_wrap(&err, "its set is not kept for a time without the source");
        note_problem(set, &err);
    }
    if (set->result == SOURCE_COMPLETE)
        set->serves = SOURCE_SERVES_FRESH;
    else if (kept)
        kept_serve(kept, set);
}

void source_reconcile_all(
    const struct source_options *options, size_t count, struct source_set *ret_sets)
{
    scoped_free struct intake *intakes = memory_zeroed(count, sizeof(*intakes));
    scoped_free struct kept *kept = memory_zeroed(count, sizeof(*kept));
    for (size_t i = 0; i < count; i++) {
        struct error err = {0};
        int loaded = kept_load(&options[i], &kept[i], &err);
        intakes[i] = (struct intake){.options = &options[i],
            .kept = loaded > 0 ? &kept[i] : NULL,
            .describe_only = options[i].probe && options[i].describe_only};
        if (loaded < 0)
            note_problem(&intakes[i].set, &err);
    }
    source_run(intakes, count);
    for (size_t i = 0; i < count; i++) {
        settle(&options[i], intakes[i].kept ? &kept[i] : NULL, &intakes[i].set);
        ret_sets[i] = intakes[i].set;
        kept_finish(&kept[i]);
        intake_finish(&intakes[i]);
    }
}
