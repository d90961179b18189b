#include "base/cleanup.h"
#include "base/duration.h"
#include "base/memory.h"
#include "report/former.h"
#include "report/line.h"
#include "report/report.h"

#include <stdlib.h>

#define VALUE_COLUMNS 60
#define STEPS_COLUMNS 14 /* before the image of what is new */
#define MARGIN        "      "

/* What a line of the plan begins with, and in which column of the summary it is counted. */
enum mark {
    MARK_CREATE,
    MARK_START,
    MARK_UPDATE,
    MARK_REPLACE,
    MARK_REMAKE,
    MARK_REMOVE,
    MARK_KEEP,
    MARK_SKIP,
    MARK_WAITING,
    MARK_FAILED,
    MARKS
};

static const struct {
    const char *sign;
    enum line_colour colour;
    const char *summary;
    bool pending; /* something is to be done, or to be mended */
} marks[MARKS] = {
    [MARK_CREATE] = {"+", LINE_GREEN, "to create", true},
    [MARK_START] = {">", LINE_GREEN, "to start", true},
    [MARK_UPDATE] = {"~", LINE_YELLOW, "to update", true},
    [MARK_REPLACE] = {"±", LINE_YELLOW, "to replace", true},
    [MARK_REMAKE] = {"±", LINE_RED, "to make again", true},
    [MARK_REMOVE] = {"-", LINE_RED, "to remove", true},
    [MARK_KEEP] = {"=", LINE_DIM, "kept", false},
    [MARK_SKIP] = {"=", LINE_DIM, "skipped", false},
    [MARK_WAITING] = {"!", LINE_YELLOW, "waiting", true},
    [MARK_FAILED] = {"!", LINE_RED, "failed", true},
};

/* By what is done where the verdict does not tell. */
static enum mark mark_of_steps(const struct story *story)
{
    if (story_has(story, ACTION_CREATE))
        return MARK_CREATE;
    if (story_has(story, ACTION_UPDATE))
        return MARK_UPDATE;
    if (story_changes(story))
        return MARK_START;
    return story->verdict == VERDICT_SKIPPED ? MARK_SKIP : MARK_KEEP;
}

static enum mark mark_of(const struct story *story)
{
    switch (story->verdict) {
    case VERDICT_FAILED:
        return MARK_FAILED;
    case VERDICT_WAITING:
        return MARK_WAITING;
    case VERDICT_REPLACED:
        return MARK_REPLACE;
    case VERDICT_REMADE:
        return MARK_REMAKE;
    case VERDICT_REMOVED:
        return MARK_REMOVE;
    case VERDICT_UPDATED:
        return MARK_UPDATE;
    default:
        return mark_of_steps(story);
    }
}

static void add_step(const struct story *story, const struct story_row *row, struct text *out)
{
    text_add(out, action_word(row->action));
    if (row->role == ROLE_OLD)
        text_add(out, " old");
    if (row->action != ACTION_SOAK)
        return;
    text_add(out, " ");
    duration_print(out, story->soak_ms);
}

static void add_reason(const struct story *story, struct text *out)
{
    if (story->reason)
        text_add_format(out, ": %s", story->reason);
    if (story->waits_for)
        text_add_format(out, "%s waits for %s", story->reason ? "," : ":", story->waits_for);
}

/* "create, stop old, start, watch 3.0 s, remove old": what changes nothing is not named. */
static void add_steps(const struct story *story, struct text *out)
{
    size_t named = 0;
    for (size_t i = 0; i < story->count; i++) {
        const struct story_row *row = &story->rows[i];
        if (row->action == ACTION_LOOK || row->action == ACTION_LOGS)
            continue;
        text_add(out, named++ ? ", " : "");
        add_step(story, row, out);
    }
    if (named == 0)
        text_add(out, story->orphaned && !verdict_failed(story->verdict) ? "skip" : "keep");
    add_reason(story, out);
}

static void add_differences(const struct story *story, bool colour, struct text *out)
{
    for (size_t i = 0; i < story->differences.count; i++) {
        const struct difference *difference = &story->differences.items[i];
        text_add(out, MARGIN);
        text_add_printable(out, difference->path);
        text_add(out, ": ");
        line_add_cut(out, *difference->live ? difference->live : "(not set)", VALUE_COLUMNS);
        line_add(out, colour, LINE_YELLOW, " → ");
        line_add_cut(out, *difference->desired ? difference->desired : "(not set)", VALUE_COLUMNS);
        text_add(out, "\n");
    }
}

/* What is new is named by its image and manifest. */
static void add_new(const struct story *story, const char *steps, bool colour, struct text *out)
{
    scoped_free char *from = memory_format("  (%s)", story->key);
    text_add_padded(out, steps, STEPS_COLUMNS);
    text_add(out, "  ");
    line_add(out, colour, LINE_PLAIN, story->image);
    line_add(out, colour, LINE_DIM, from);
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
    if (mark == MARK_CREATE)
        add_new(story, text_get(&steps), colour, out);
    else
        text_add_printable(out, text_get(&steps));
    text_add(out, "\n");
    former_add(out, story_former_failure(story), MARGIN);
    if (mark != MARK_CREATE)
        add_differences(story, colour, out);
}

/* Returns whether anything is pending. */
static bool add_counts(const struct stories *stories, struct text *out)
{
    size_t counts[MARKS] = {0};
    bool first = true, pending = false;
    for (size_t i = 0; i < stories->count; i++)
        counts[mark_of(stories->items[i])]++;
    for (size_t i = 0; i < MARKS; i++) {
        if (counts[i] == 0)
            continue;
        text_add_format(out, "%s%zu %s", first ? "" : ", ", counts[i], marks[i].summary);
        first = false;
        pending = pending || marks[i].pending;
    }
    return pending;
}

static void add_summary(const struct report *report, struct text *out)
{
    bool pending = report->stories && add_counts(report->stories, out);
    bool counted = report->stories && report->stories->count > 0;
    if (!report->stories && report->rejected_count == 0)
        text_add(out, "no manifest, ");
    if (!pending)
        text_add(out, counted ? "; nothing to do" : "nothing to do");
    line_add_rejected(out, report);
}

void report_print_plan(const struct report *report, bool colour, bool verbose, struct text *out)
{
    const struct stories *stories = report->stories;
    size_t width = stories ? line_name_width(stories) : 0;
    (void)verbose;
    for (size_t i = 0; stories && i < stories->count; i++)
        add_story(stories->items[i], width, colour, out);
    text_add(out, "Plan: ");
    add_summary(report, out);
    text_add(out, ".\n");
}
