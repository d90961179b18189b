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

static bool does(const struct job *job, enum action_kind action)
{
    for (size_t i = 0; i < job->step_count; i++)
        if (job->steps[i].action == action)
            return true;
    return false;
}

static enum mark mark_of(const struct job *job)
{
    if (job->action.verdict == VERDICT_FAILED)
        return MARK_FAILED;
    if (job->action.verdict == VERDICT_WAITING)
        return MARK_WAITING;
    if (does(job, ACTION_REMOVE))
        return job->known.orphaned ? MARK_REMOVE : MARK_REPLACE;
    if (does(job, ACTION_CREATE))
        return MARK_CREATE;
    if (does(job, ACTION_UPDATE))
        return MARK_UPDATE;
    return job->step_count > 0 ? MARK_START : MARK_KEEP;
}

/* "create, stop old, start, watch 3.0 s, remove old": what changes nothing is not named. */
static void add_steps(const struct job *job, struct text *out)
{
    size_t said = 0;
    for (size_t i = 0; i < job->step_count; i++) {
        const struct job_step *step = &job->steps[i];
        if (step->action == ACTION_LOOK || step->action == ACTION_LOGS)
            continue;
        text_add_format(out, "%s%s", said++ ? ", " : "", action_word(step->action));
        if (step->role == ROLE_OLD)
            text_add(out, " old");
        if (step->action != ACTION_SOAK)
            continue;
        text_add(out, " ");
        duration_print(out, job->desired->soak_ms);
    }
    if (said == 0)
        text_add(out, "keep");
    if (job->action.reason && (job->action.verdict != VERDICT_DEPLOYED || job->known.restart))
        text_add_format(out, ": %s", job->action.reason);
    if (job->waits_for)
        text_add_format(out, " (%s)", job->waits_for);
}

static void add_differences(const struct job *job, bool colour, struct text *out)
{
    for (size_t i = 0; i < job->differences.count; i++) {
        const struct difference *difference = &job->differences.items[i];
        text_add_format(out, "      %s: ", difference->path);
        line_add_cut(out, *difference->live ? difference->live : "(not set)", VALUE_COLUMNS);
        line_add(out, colour, LINE_YELLOW, " → ");
        line_add_cut(out, *difference->desired ? difference->desired : "(not set)", VALUE_COLUMNS);
        text_add(out, "\n");
    }
}

static void add_job(const struct job *job, size_t width, bool colour, struct text *out)
{
    enum mark mark = mark_of(job);
    scoped(text_finish) struct text steps = {0};
    line_add(out, colour, marks[mark].colour, marks[mark].sign);
    text_add(out, " ");
    line_add_padded(out, job->desired->container->name, width);
    text_add(out, "  ");
    add_steps(job, &steps);
    if (mark == MARK_CREATE) {
        line_add_padded(out, text_get(&steps), 14);
        text_add(out, "  ");
        line_add(out, colour, LINE_PLAIN, container_image(job->desired->container));
        scoped_free char *from = memory_format("  (%s)", job->desired->key);
        line_add(out, colour, LINE_DIM, from);
    } else {
        text_add_printable(out, text_get(&steps));
    }
    text_add(out, "\n");
    if (mark != MARK_CREATE && !job->known.orphaned)
        add_differences(job, colour, out);
}

static void add_summary(const struct pass *pass, struct text *out)
{
    size_t counts[MARKS] = {0};
    bool first = true;
    for (size_t i = 0; i < pass->count; i++)
        counts[mark_of(&pass->jobs[i])]++;
    text_add(out, "Plan: ");
    for (size_t i = 0; i < MARKS; i++) {
        if (counts[i] == 0)
            continue;
        text_add_format(out, "%s%zu %s", first ? "" : ", ", counts[i], marks[i].summary);
        first = false;
    }
    text_add(out, counts[MARK_KEEP] < pass->count ? ".\n"
                  : first                         ? "nothing to do.\n"
                                                  : "; nothing to do.\n");
}

void report_print_plan(const struct report *report, bool colour, bool verbose, struct text *out)
{
    const struct pass *pass = report->pass;
    (void)verbose;
    if (!pass) {
        text_add(out, "Plan: no manifest, nothing to do.\n");
        return;
    }
    size_t width = line_name_width(pass);
    for (size_t i = 0; i < pass->count; i++)
        add_job(&pass->jobs[i], width, colour, out);
    add_summary(pass, out);
}
