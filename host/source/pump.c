/* What a helper's descriptors bring, and the end of its time. */
#include "base/cleanup.h"
#include "base/duration.h"
#include "base/text.h"
#include "source/intake.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define GRACE_MS       1000 /* to come to an end after FRAME_END */
#define LAST_READS_MAX 16   /* far more than a socket holds */

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

int pump_bytes(struct intake *intake, const void *bytes, size_t length)
{
    return frame_buffer_add(&intake->buffer, bytes, length) < 0 ? -1 : take_frames(intake);
}

/* Returns whether there may be more. */
static bool read_frames(struct intake *intake)
{
    long got = frame_fill(&intake->buffer, intake->frames, NULL);
    if (got == -EAGAIN || got == -EINTR)
        return got == -EINTR;
    if (got == -EPROTO)
        intake_fail(intake, SOURCE_FATAL, "passed a descriptor, which no frame of it has, %s",
            intake_phase_words(intake->phase));
    /* Of one that is gone its end is the reason. */
    else if (got < 0 && got != -ECONNRESET)
        intake_fail(intake, SOURCE_RETRY, "could not be listened to %s: %s",
            intake_phase_words(intake->phase), strerror((int)-got));
    if (got <= 0 || take_frames(intake) < 0)
        helper_end(intake);
    return !intake->over;
}

/* The process is gone. What it said before is in the socket; a child of it that lives on may go on
 * writing there, and is not listened to. */
static void end_gone(struct intake *intake)
{
    for (int i = 0; i < LAST_READS_MAX && read_frames(intake); i++)
        ;
    if (!intake->over)
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

/* One that waits, and that nobody asked, prints no more than this; then its pipe fills. */
static bool is_heard(const struct intake *intake)
{
    return !intake->waits || intake->output_bytes < INTAKE_OUTPUT_MAX;
}

void pump_wait_for(const struct intake *intake, struct pollfd polls[PUMP_POLLS])
{
    const int fds[PUMP_POLLS] = {
        intake->frames, is_heard(intake) ? intake->output : -1, intake->process};
    for (int i = 0; i < PUMP_POLLS; i++)
        polls[i] = (struct pollfd){.fd = intake->over ? -1 : fds[i], .events = POLLIN};
}

void pump(struct intake *intake, const struct pollfd polls[PUMP_POLLS], int64_t now)
{
    if (!intake->over && polls[1].revents)
        read_output(intake);
    if (!intake->over && polls[0].revents)
        read_frames(intake);
    if (!intake->over && polls[2].revents)
        end_gone(intake);
    if (!intake->over)
        end_late(intake, now);
}
