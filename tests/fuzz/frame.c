/* What a helper says, as the host takes it: a plugin shares the helper's memory and may write to
 * the descriptor whatever it likes. */
#include "target.h"

#include "base/cleanup.h"
#include "frames.h"
#include "source/intake.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE 4096 /* frames come in parts */

static const struct source_setting settings[] = {
    {.key = "path", .value = "/nonexistent", .where = "fuzz:1"},
    {.key = "count", .value = "7", .where = "fuzz:2"},
};
static const struct source_options options = {.name = "fuzz",
    .plugin = "fuzz.so",
    .settings = settings,
    .settings_count = countof(settings),
    .deadline_ms = 1000};
static const struct source_options probe = {.name = "fuzz", .plugin = "fuzz.so", .probe = "x"};

static void check_set(const struct source_set *set)
{
    target_expect(set->result == SOURCE_COMPLETE || set->count == 0, "items of a set that failed");
    for (size_t i = 0; i < set->count; i++)
        target_expect(*set->items[i].key && set->items[i].length <= KD_ITEM_BYTES_MAX,
            "an item out of bounds");
}

/* What is there. Negative: the helper would be ended. */
static int take_frames(struct intake *intake)
{
    struct frame_in in;
    uint32_t found = 0;
    int got;
    while ((got = frame_next(&intake->buffer, &in, &found)) > 0)
        if (intake_take(intake, &in) < 0)
            return -1;
    return got;
}

static void feed(struct intake *intake, const struct text *bytes)
{
    for (size_t at = 0; at < bytes->length; at += PIECE) {
        size_t left = bytes->length - at;
        if (frame_buffer_add(&intake->buffer, bytes->data + at, left < PIECE ? left : PIECE) < 0 ||
            take_frames(intake) < 0)
            return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    scoped(text_finish) struct text frames = {0};
    int pair[2];
    if (length == 0)
        return 0;
    uint8_t how = bytes[0];
    frames_make(bytes + 1, length - 1, &frames);
    target_expect(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0,
        "no sockets");
    struct intake intake = {.options = how & 1 ? &probe : &options,
        .describe_only = how & 2,
        .stay = how & 4,
        .held = how & 8,
        .frames = pair[0],
        .output = -1,
        .process = -1};
    feed(&intake, &frames);
    intake_output(&intake, (const char *)bytes, length);
    if (!intake.settled && !intake.set.reason)
        intake_fail(&intake, SOURCE_FATAL, "it ended");
    check_set(&intake.set);
    source_set_finish(&intake.set);
    intake_finish(&intake);
    close(pair[0]);
    close(pair[1]);
    return 0;
}
