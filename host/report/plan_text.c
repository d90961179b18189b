#include "base/cleanup.h"
#include "base/duration.h"
#include "base/memory.h"
#include "report/line.h"
#include "report/report.h"

#include <stdlib.h>

#define VALUE_COLUMNS 60

/* What a line of the plan begins with, and in which column of the summary it is counted. */
enum mark {
    MARK_CREATE,
    MARK_START,
    MARK_UPDATE,
    MARK_REPLACE,
    MARK_REMOVE,
    MARK_KEEP,
    MARK_WAITING,
    MARK_FAILED,
    MARKS
};

static const struct {
    const char *sign;
    enum line_colour colour;
    const char *summary;
} marks[MARKS] = {
    [MARK_CREATE] = {"+", LINE_GREEN, "to create"},
    [MARK_START] = {">", LINE_GREEN, "to start"},
    [MARK_UPDATE] = {"~", LINE_YELLOW, "to update"},
    [MARK_REPLACE] = {"±", LINE_YELLOW, "to replace"},
    [MARK_REMOVE] = {"-", LINE_RED, "to remove"},
    [MARK_KEEP] = {"=", LINE_DIM, "kept"},
    [MARK_WAITING] = {"!", LINE_YELLOW, "waiting"},
    [MARK_FAILED] = {"!", LINE_RED, "failed"},
};

static enum mark mark_of(const struct story *story)
{
    if (story->verdict == VERDICT_FAILED)
        return MARK_FAILED;
    if (story->verdict == VERDICT_WAITING)
        return MARK_WAITING;
    if (story_has(story, ACTION_REMOVE))
        return story->orphaned ? MARK_REMOVE : MARK_REPLACE;
    if (story_has(story, ACTION_CREATE))
        return MARK_CREATE;
    if (story_has(story, ACTION_UPDATE))
        return MARK_UPDATE;
    return story->count > 0 ? MARK_START : MARK_KEEP;
}

/* "create, stop old, start, watch 3.0 s, remove old": what changes nothing is not named. */
static void add_steps(const struct story *story, struct text *out)
{
    size_t said = 0;
    for (size_t i = 0; i < story->count; i++) {
        const struct story_row *row = &story->rows[i];
        if (row->action == ACTION_LOOK || row->action == ACTION_LOGS)
            continue;
        text_add_format(out, "%s%s", said++ ? ", " : "", action_word(row->action));
        if (row->role == ROLE_OLD)
            text_add(out, " old");
        if (row->action != ACTION_SOAK)
            continue;
        text_add(out, " ");
        duration_print(out, story->soak_ms);
    }
    if (said == 0)
        text_add(out, verdict_failed(story->verdict) || !story->orphaned ? "keep" : "skip");
    if (story->reason)
        text_add_format(out, ": %s", story->reason);
    if (story->waits_for)
        text_add_format(out, " (%s)", story->waits_for);
}

static void add_differences(const struct story *story, bool colour, struct text *out)
{
    for (size_t i = 0; i < story->differences.count; i++) {
        const struct difference *difference = &story->differences.items[i];
        text_add_format(out, "      %s: ", difference->path);
        line_add_cut(out, *difference->live ? difference->live : "(not set)", VALUE_COLUMNS);
        line_add(out, colour, LINE_YELLOW, " → ");
        line_add_cut(out, *difference->desired ? difference->desired : "(not set)", VALUE_COLUMNS);
        text_add(out, "\n");
    }
}

static void add_story(const struct story *story, size_t width, bool colour, struct text *out)
{
    enum mark mark = mark_of(story);
    scoped(text_finish) struct text steps = {0};
    line_add(out, colour, marks[mark].colour, marks[mark].sign);
    text_add(out, " ");
    text_add_padded(out, story->name, width);
    text_add(out, "  ");
    add_steps(story, &steps);
    if (mark == MARK_CREATE) {
        text_add_padded(out, text_get(&steps), 14);
        text_add(out, "  ");
        line_add(out, colour, LINE_PLAIN, story->image);
        scoped_free char *from = memory_format("  (%s)", story->key);
        line_add(out, colour, LINE_DIM, from);
    } else {
        text_add_printable(out, text_get(&steps));
    }
    text_add(out, "\n");
    if (mark != MARK_CREATE)
        add_differences(story, colour, out);
}

static void add_summary(const struct stories *stories, struct text *out)
{
    size_t counts[MARKS] = {0};
    bool first = true;
    for (size_t i = 0; i < stories->count; i++)
        counts[mark_of(stories->items[i])]++;
    text_add(out, "Plan: ");
    for (size_t i = 0; i < MARKS; i++) {
        if (counts[i] == 0)
            continue;
        text_add_format(out, "%s%zu %s", first ? "" : ", ", counts[i], marks[i].summary);
        first = false;
    }
    text_add(out, counts[MARK_KEEP] < stories->count ? ".\n"
                  : first                            ? "nothing to do.\n"
                                                     : "; nothing to do.\n");
}

void report_print_plan(const struct report *report, bool colour, bool verbose, struct text *out)
{
    const struct stories *stories = report->stories;
    (void)verbose;
    if (!stories) {
        text_add(out, "Plan: no manifest, nothing to do.\n");
        return;
    }
    size_t width = line_name_width(stories);
    for (size_t i = 0; i < stories->count; i++)
        add_story(stories->items[i], width, colour, out);
    add_summary(stories, out);
}
