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

static const char *which(const struct story_row *row)
{
    return row->role == ROLE_SINGLE ? "" : row->role == ROLE_OLD ? " the old one" : " the new one";
}

static void add_begin(const struct story *story, struct text *out)
{
    const struct story_row *row = story_last(story);
    if (row->action == ACTION_CREATE) {
        bool again = row->role == ROLE_SINGLE && story_failure(story);
        text_add_format(out, "creating%s (pulls %s if it is missing)",
            again                   ? " the old one again"
            : row->role == ROLE_NEW ? " the new one"
                                    : "",
            row->image);
        return;
    }
    text_add_format(out, "%s%s", action_doing(row->action), which(row));
    if (row->action != ACTION_SOAK)
        return;
    text_add(out, " for ");
    duration_print(out, story->soak_ms);
}

static void add_answer(const struct story *story, struct text *out)
{
    const struct story_row *row = story_last(story);
    if (row->message)
        text_add_format(out, "%s %s: %s", action_word(row->action),
            row->result == RESULT_NO_ANSWER ? "was not answered" : "refused", row->message);
    else
        text_add_format(out, "%s%s%s", *role_word(row->role) ? role_word(row->role) : "",
            *role_word(row->role) ? " one " : "", action_done(row->action));
    text_add(out, " after ");
    duration_print(out, row->elapsed_ms);
}

/* What changes nothing is said with --verbose. */
static bool is_quiet(const struct story *story)
{
    enum action action = story_last(story)->action;
    return action == ACTION_LOOK || action == ACTION_LOGS;
}

/* What is worth a line at the end: a failure is told by the summary, with all that belongs to it.
 */
static bool add_verdict(const struct view *view, const struct story *story, struct text *out)
{
    const char *reason = story->reason;
    switch (story->verdict) {
    case VERDICT_KEEP:
        text_add(out, reason ? reason : "runs as desired");
        return view->verbose || reason;
    case VERDICT_DONE:
    case VERDICT_SKIPPED:
    case VERDICT_DIFFERS:
        text_add(out, reason ? reason : verdict_word(story->verdict));
        return true;
    case VERDICT_REMOVED: /* that it went was said */
        text_add(out, reason ? reason : verdict_word(story->verdict));
        return reason != NULL;
    default:
        return false;
    }
}

static void write_plain(struct view *view, const struct story *story, enum story_event event)
{
    scoped(text_finish) struct text words = {0}, line = {0};
    bool worth = event != STORY_TICK;
    if (event == STORY_BEGINS) {
        add_begin(story, &words);
        worth = view->verbose || !(is_quiet(story) || story->parked);
    } else if (event == STORY_ANSWERS) {
        add_answer(story, &words);
        worth = view->verbose || !(is_quiet(story) || story_last(story)->action == ACTION_SOAK);
    } else if (event == STORY_ENDS) {
        worth = add_verdict(view, story, &words);
    }
    if (!worth)
        return;
    text_add_printable(&line, story->name);
    text_add(&line, ": ");
    text_add_printable(&line, text_get(&words));
    text_add(&line, "\n");
    write_out(view, &line);
}

/* ---- A terminal: a line a container ---- */

static const char *word_of_step(const struct story *story)
{
    if (!story_is_in_flight(story))
        return action_doing(ACTION_NONE);
    switch (story_last(story)->action) {
    case ACTION_CREATE:
        return "pulling";
    case ACTION_LOOK:
    case ACTION_LOGS:
        return "looking";
    default:
        return action_doing(story_last(story)->action);
    }
}

static const char *word_of(const struct story *story, enum line_colour *ret_colour)
{
    *ret_colour = LINE_PLAIN;
    switch (story->verdict) {
    case VERDICT_NONE:
        *ret_colour = story_is_in_flight(story) ? LINE_YELLOW : LINE_DIM;
        return word_of_step(story);
    case VERDICT_KEEP:
    case VERDICT_DEPLOYED:
    case VERDICT_UPDATED:
    case VERDICT_REPLACED:
    case VERDICT_REMADE:
        *ret_colour = LINE_GREEN;
        return "running";
    case VERDICT_FAILED:
        *ret_colour = LINE_RED;
        break;
    case VERDICT_DIFFERS:
    case VERDICT_WAITING:
        *ret_colour = LINE_YELLOW;
        break;
    default:
        break;
    }
    return verdict_word(story->verdict);
}

static const char *detail_of(const struct story *story)
{
    const struct story_row *refusal = story_refusal(story);
    if (story->verdict == VERDICT_NONE)
        return story->image;
    if (story->verdict == VERDICT_FAILED && refusal)
        return refusal->message;
    return story->reason ? story->reason : story->image;
}

static void draw_line(const struct view *view, const struct story *story, size_t width,
    size_t columns, struct text *out)
{
    bool settled = story->verdict != VERDICT_NONE;
    enum line_colour colour;
    const char *word = word_of(story, &colour);
    scoped(text_finish) struct text elapsed = {0}, padded = {0}, name = {0};
    int64_t until = settled ? story->ended_ms : clock_now_ms();
    if (story_began_ms(story))
        duration_print(&elapsed, until - story_began_ms(story));
    text_add_padded(&padded, word, 9);
    line_add_cut(&name, story->name, width);
    text_add_padded(out, text_get(&name), width);
    text_add(out, "  ");
    line_add(out, view->colour, colour, text_get(&padded));
    text_add_format(out, "%10s  ", text_get(&elapsed));
    size_t used = width + 2 + 9 + 10 + 2;
    if (columns > used + 8)
        line_add_cut(out, detail_of(story), columns - used - 1);
    text_add(out, "\033[K\n");
}

/* Settled ones that went well leave first when there are more containers than lines. */
static int importance(const struct story *story)
{
    if (story->verdict != VERDICT_NONE)
        return story->verdict == VERDICT_FAILED ? 3 : 0;
    return story_is_in_flight(story) && !story->parked ? 2 : 1;
}

static int least_shown(const struct stories *stories, size_t lines)
{
    size_t counts[4] = {0}, sum = 0;
    for (size_t i = 0; i < stories->count; i++)
        counts[importance(stories->items[i])]++;
    int level = 3;
    for (; level > 0 && sum + counts[level] <= lines; level--)
        sum += counts[level];
    return sum + counts[level] <= lines ? level : level + 1;
}

static struct winsize size_of(const struct view *view)
{
    struct winsize size = {0};
    if (ioctl(view->fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 || size.ws_row == 0)
        size = (struct winsize){.ws_row = ROWS_DEFAULT, .ws_col = COLUMNS_DEFAULT};
    return size;
}

/* To where the picture begins. What was typed meanwhile stands behind it: "^C". */
static void add_return(const struct view *view, struct text *out)
{
    text_add(out, "\r");
    if (view->drawn)
        text_add_format(out, "\033[%zuA", view->drawn);
}

/* One write: a line that is too long for a narrow terminal is cut there, and wraps no more after
 * it. */
static void draw(struct view *view, const struct stories *stories)
{
    const struct winsize size = size_of(view);
    size_t room = size.ws_row > 3 ? size.ws_row - 2U : 1, lines = 0;
    size_t width = line_name_width(stories);
    int least = stories->count <= room ? 0 : least_shown(stories, room);
    width = width < size.ws_col / 3 ? width : size.ws_col / 3;
    scoped(text_finish) struct text picture = {0};
    add_return(view, &picture);
    text_add(&picture, "\033[?7l");
    for (size_t i = 0; i < stories->count && lines < room; i++) {
        if (importance(stories->items[i]) < least)
            continue;
        draw_line(view, stories->items[i], width, size.ws_col, &picture);
        lines++;
    }
    if (lines < stories->count) {
        text_add_format(&picture, "… and %zu more\033[K\n", stories->count - lines);
        lines++;
    }
    text_add(&picture, "\033[J\033[?7h");
    write_out(view, &picture);
    view->drawn = lines;
    view->drawn_ms = clock_now_ms();
}

static bool all_settled(const struct stories *stories)
{
    for (size_t i = 0; i < stories->count; i++)
        if (stories->items[i]->verdict == VERDICT_NONE)
            return false;
    return true;
}

void view_listen(void *context, const struct stories *stories, size_t index, enum story_event event)
{
    struct view *view = context;
    if (!view->live)
        write_plain(view, stories->items[index], event);
    else if (clock_now_ms() - view->drawn_ms >= REDRAW_MS || all_settled(stories))
        draw(view, stories);
}

bool view_say(struct view *view, const char *line)
{
    scoped(text_finish) struct text out = {0};
    if (!view || !view->live)
        return false;
    add_return(view, &out);
    text_add_format(&out, "\033[J%s\n", line);
    write_out(view, &out);
    view_leave(view);
    return true;
}

void view_leave(struct view *view)
{
    if (!view)
        return;
    view->drawn = 0;
    view->drawn_ms = 0;
}

void view_destroy(struct view *view)
{
    free(view);
}
