#include "report/view.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/memory.h"
#include "base/text.h"
#include "report/line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REDRAW_MS       100
#define COLUMNS_DEFAULT 80
#define ROWS_DEFAULT    24

struct view {
    int fd;
    bool live, colour, verbose;
    size_t drawn; /* lines of the last picture */
    int64_t drawn_ms;
};

struct view *view_create(int fd, bool live, bool colour, bool verbose)
{
    struct view *view = memory_zeroed(1, sizeof(*view));
    *view = (struct view){.fd = fd, .live = live, .colour = colour, .verbose = verbose};
    return view;
}

static void write_out(const struct view *view, const struct text *text)
{
    const char *at = text_get(text);
    size_t left = text->length;
    while (left > 0) {
        ssize_t put = write(view->fd, at, left);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return; /* nobody reads any more; the pass goes on */
        at += put;
        left -= (size_t)put;
    }
}

/* ---- A pipe: a line for each thing that happens ---- */

static const char *which(const struct job *job)
{
    const struct live *live = job_live(job);
    return !live || live->role == ROLE_SINGLE ? ""
           : live->role == ROLE_OLD           ? " the old one"
                                              : " the new one";
}

static void say_begin(const struct job *job, struct text *out)
{
    static const char *const doing[] = {
        [ACTION_START] = "starting",
        [ACTION_STOP] = "stopping",
        [ACTION_UPDATE] = "updating",
        [ACTION_REMOVE] = "removing",
        [ACTION_LOOK] = "looking at",
        [ACTION_LOGS] = "asking for the log of",
        [ACTION_SOAK] = "watching",
        [ACTION_VERDICT] = "",
    };
    bool former = job->action.id == ID_FORMER && job->former;
    if (job->action.kind == ACTION_CREATE) {
        text_add_format(out, "creating%s (pulls %s if it is missing)",
            former              ? " the old one again"
            : job_replaces(job) ? " the new one"
                                : "",
            container_image(former ? job->former : job->desired->container));
        return;
    }
    text_add_format(out, "%s%s", doing[job->action.kind], which(job));
    if (job->action.kind != ACTION_SOAK)
        return;
    text_add(out, " for ");
    duration_print(out, job->desired->soak_ms);
}

static void say_answer(const struct job *job, struct text *out)
{
    static const char *const done[] = {
        [ACTION_CREATE] = "created",
        [ACTION_START] = "running",
        [ACTION_STOP] = "stopped",
        [ACTION_UPDATE] = "updated",
        [ACTION_REMOVE] = "removed",
        [ACTION_LOOK] = "looked",
        [ACTION_LOGS] = "asked for its log",
        [ACTION_SOAK] = "watched",
        [ACTION_VERDICT] = "",
    };
    const struct job_step *step = &job->steps[job->step_count - 1];
    if (step->message)
        text_add_format(out, "%s %s: %s", action_word(step->action),
            step->unanswered ? "was not answered" : "refused", step->message);
    else
        text_add_format(out, "%s%s%s", *role_word(step->role) ? role_word(step->role) : "",
            *role_word(step->role) ? " one " : "", done[step->action]);
    text_add(out, " after ");
    duration_print(out, step->elapsed_ms);
}

/* What changes nothing is said with --verbose. */
static bool is_quiet(enum action_kind kind)
{
    return kind == ACTION_LOOK || kind == ACTION_LOGS;
}

/* What is worth a line at the end: a failure is told by the summary, with all that belongs to it.
 */
static bool say_verdict(const struct view *view, const struct job *job, struct text *out)
{
    switch (job->action.verdict) {
    case VERDICT_KEEP:
        text_add(out, job->action.reason ? job->action.reason : "runs as desired");
        return view->verbose || job->action.reason;
    case VERDICT_DONE:
    case VERDICT_SKIPPED:
    case VERDICT_DIFFERS:
        text_add(out, job->action.reason ? job->action.reason : verdict_word(job->action.verdict));
        return true;
    case VERDICT_REMOVED: /* that it went was said */
        text_add(out, job->action.reason ? job->action.reason : verdict_word(job->action.verdict));
        return job->action.reason != NULL;
    default:
        return false;
    }
}

static void tell_plain(
    struct view *view, const struct pass *pass, size_t index, enum pass_event event)
{
    const struct job *job = &pass->jobs[index];
    scoped(text_finish) struct text words = {0}, line = {0};
    bool worth = event != PASS_TICK;
    if (event == PASS_BEGINS) {
        say_begin(job, &words);
        worth = view->verbose || !(is_quiet(job->action.kind) || job->action.shared);
    } else if (event == PASS_ANSWERED) {
        enum action_kind kind = job->steps[job->step_count - 1].action;
        say_answer(job, &words);
        worth = view->verbose || !(is_quiet(kind) || kind == ACTION_SOAK);
    }
    if (event == PASS_SETTLED)
        worth = say_verdict(view, job, &words);
    if (!worth)
        return;
    text_add_printable(&line, job->desired->container->name);
    text_add(&line, ": ");
    text_add_printable(&line, text_get(&words));
    text_add(&line, "\n");
    write_out(view, &line);
}

/* ---- A terminal: a line a container ---- */

static const char *word_of_action(const struct job *job, const struct pass_progress *progress)
{
    static const char *const words[] = {
        [ACTION_NONE] = "waiting",
        [ACTION_CREATE] = "pulling",
        [ACTION_START] = "starting",
        [ACTION_STOP] = "stopping",
        [ACTION_UPDATE] = "updating",
        [ACTION_REMOVE] = "removing",
        [ACTION_LOOK] = "looking",
        [ACTION_LOGS] = "looking",
        [ACTION_SOAK] = "watching",
        [ACTION_VERDICT] = "waiting",
    };
    bool at_it = progress->in_flight || job->action.kind == ACTION_SOAK;
    return words[at_it ? job->action.kind : ACTION_NONE];
}

static const char *word_of(const struct pass *pass, size_t index, enum line_colour *ret_colour)
{
    const struct job *job = &pass->jobs[index];
    const struct pass_progress *progress = &pass->progress[index];
    *ret_colour = LINE_PLAIN;
    if (!progress->settled) {
        *ret_colour = progress->in_flight || progress->parked ? LINE_YELLOW : LINE_DIM;
        return word_of_action(job, progress);
    }
    switch (job->action.verdict) {
    case VERDICT_KEEP:
    case VERDICT_DEPLOYED:
    case VERDICT_UPDATED:
    case VERDICT_REPLACED:
        *ret_colour = LINE_GREEN;
        return "running";
    case VERDICT_FAILED:
        *ret_colour = LINE_RED;
        return "failed";
    case VERDICT_DIFFERS:
    case VERDICT_WAITING:
        *ret_colour = LINE_YELLOW;
        return verdict_word(job->action.verdict);
    default:
        return verdict_word(job->action.verdict);
    }
}

static const char *detail_of(const struct job *job, bool settled)
{
    if (!settled)
        return container_image(job->desired->container);
    if (job->action.verdict == VERDICT_FAILED && job->message)
        return job->message;
    return job->action.reason ? job->action.reason : container_image(job->desired->container);
}

static void draw_line(const struct view *view, const struct pass *pass, size_t index, size_t width,
    size_t columns, struct text *out)
{
    const struct pass_progress *progress = &pass->progress[index];
    enum line_colour colour;
    const char *word = word_of(pass, index, &colour);
    scoped(text_finish) struct text elapsed = {0}, padded = {0}, name = {0};
    int64_t until = progress->settled ? progress->ended_ms : clock_now_ms();
    if (progress->began_ms)
        duration_print(&elapsed, until - progress->began_ms);
    line_add_padded(&padded, word, 9);
    line_add_cut(&name, pass->jobs[index].desired->container->name, width);
    line_add_padded(out, text_get(&name), width);
    text_add(out, "  ");
    line_add(out, view->colour, colour, text_get(&padded));
    text_add_format(out, "%10s  ", text_get(&elapsed));
    size_t used = width + 2 + 9 + 10 + 2;
    if (columns > used + 8)
        line_add_cut(out, detail_of(&pass->jobs[index], progress->settled), columns - used - 1);
    text_add(out, "\033[K\n");
}

/* Settled ones that went well leave first when there are more containers than lines. */
static int importance(const struct pass *pass, size_t index)
{
    const struct pass_progress *progress = &pass->progress[index];
    if (progress->settled)
        return pass->jobs[index].action.verdict == VERDICT_FAILED ? 3 : 0;
    return progress->in_flight ? 2 : 1;
}

static int least_shown(const struct pass *pass, size_t lines)
{
    size_t counts[4] = {0}, sum = 0;
    for (size_t i = 0; i < pass->count; i++)
        counts[importance(pass, i)]++;
    int level = 3;
    for (; level > 0 && sum + counts[level] <= lines; level--)
        sum += counts[level];
    return sum + counts[level] <= lines ? level : level + 1;
}

static void draw(struct view *view, const struct pass *pass)
{
    struct winsize size = {0};
    size_t columns = COLUMNS_DEFAULT, rows = ROWS_DEFAULT, lines = 0, width = line_name_width(pass);
    if (ioctl(view->fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
        columns = size.ws_col;
        rows = size.ws_row;
    }
    size_t room = rows > 3 ? rows - 2 : 1;
    int least = pass->count <= room ? 0 : least_shown(pass, room);
    width = width < columns / 3 ? width : columns / 3;
    scoped(text_finish) struct text picture = {0};
    if (view->drawn)
        text_add_format(&picture, "\033[%zuA", view->drawn);
    for (size_t i = 0; i < pass->count && lines < room; i++) {
        if (importance(pass, i) < least)
            continue;
        draw_line(view, pass, i, width, columns, &picture);
        lines++;
    }
    if (lines < pass->count) {
        text_add_format(&picture, "… and %zu more\033[K\n", pass->count - lines);
        lines++;
    }
    text_add(&picture, "\033[J");
    write_out(view, &picture);
    view->drawn = lines;
    view->drawn_ms = clock_now_ms();
}

static bool all_settled(const struct pass *pass)
{
    for (size_t i = 0; i < pass->count; i++)
        if (!pass->progress[i].settled)
            return false;
    return true;
}

void view_tell(void *context, const struct pass *pass, size_t job, enum pass_event event)
{
    struct view *view = context;
    if (!view->live)
        tell_plain(view, pass, job, event);
    else if (clock_now_ms() - view->drawn_ms >= REDRAW_MS || all_settled(pass))
        draw(view, pass);
}

void view_destroy(struct view *view)
{
    free(view);
}
