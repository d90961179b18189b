/* What a helper's descriptors bring, and the end of its time. */
#include "base/cleanup.h"
#include "base/duration.h"
#include "base/text.h"
#include "source/intake.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define GRACE_MS 1000 /* to come to an end after FRAME_END */

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
    /* Of one that is gone its end is the reason. */
    if (got < 0 && got != -ECONNRESET)
        intake_fail(intake, SOURCE_RETRY, "could not be listened to %s: %s",
            intake_phase_words(intake->phase), strerror((int)-got));
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

void pump_ask_for_end(struct intake *intake, int64_t now)
{
    scoped(frame_out_finish) struct frame_out out = {0};
    frame_begin(&out, FRAME_END);
    if (intake->ending || intake->over || frame_send(&out, intake->frames, -1) < 0)
        return;
    intake->ending = true;
    if (intake->until_ms > now + GRACE_MS)
        intake->until_ms = now + GRACE_MS;
}

/* What it had to say is over. One that works is asked to end before it is killed: it may hold a
 * lock, or a file half written. */
static void end_late(struct intake *intake, int64_t now)
{
    scoped(text_finish) struct text bound = {0};
    if (now < intake->until_ms)
        return;
    duration_print(&bound, intake->options->deadline_ms);
    if (intake->ending) {
        intake->done = true;
    } else if (intake->settled) {
        intake_fault(intake, "took longer than %s (timeout) %s", text_get(&bound),
            intake_phase_words(intake->phase));
        intake->done = true;
    } else {
        intake_fail(intake, SOURCE_RETRY, "took longer than %s (timeout) %s", text_get(&bound),
            intake_phase_words(intake->phase));
        intake->until_ms = INT64_MAX;
        pump_ask_for_end(intake, now);
        if (intake->ending)
            return;
    }
    helper_end(intake);
}

void pump(struct intake *intake, bool frames, bool output, int64_t now)
{
    if (!intake->over && output)
        read_output(intake);
    if (!intake->over && frames)
        read_frames(intake);
    if (!intake->over)
        end_late(intake, now);
}
