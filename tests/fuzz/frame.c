/* What a helper says, as the host takes it: a plugin shares the helper's memory and may write to
 * the descriptor whatever it likes. */
#include "target.h"

#include "base/cleanup.h"
#include "frames.h"
#include "source/intake.h"

#include <stdlib.h>
#include <string.h>

#define PIECE ((size_t)4096)

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

/* In pieces, as a socket brings them. */
static void feed(struct intake *intake, const struct text *bytes)
{
    for (size_t at = 0; at < bytes->length; at += PIECE) {
        size_t left = bytes->length - at;
        if (pump_bytes(intake, bytes->data + at, left < PIECE ? left : PIECE) < 0)
            return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    scoped(text_finish) struct text frames = {0};
    if (length == 0)
        return 0;
    uint8_t how = bytes[0];
    frames_make(bytes + 1, length - 1, &frames);
    struct intake intake = {.options = how & 1 ? &probe : &options,
        .describe_only = how & 2,
        .stay = how & 4,
        .held = !(how & 8), /* else its settings go to nobody */
        .frames = -1,
        .output = -1,
        .process = -1};
    feed(&intake, &frames);
    intake_output(&intake, (const char *)bytes, length);
    if (!intake.settled && !intake.set.reason)
        intake_fail(&intake, SOURCE_FATAL, "it ended");
    check_set(&intake.set);
    source_set_finish(&intake.set);
    intake_finish(&intake);
    return 0;
}
