#include "command/progress.h"

#include "apply/pass.h"
#include "base/cleanup.h"
#include "base/duration.h"
#include "command/diagnose.h"
#include "command/stop.h"

/* What a call cut short would leave undone: not a look, not a watch. */
static bool is_cut(const struct story *story)
{
    return story_is_in_flight(story) && action_changes(story_last(story)->action);
}

/* "Stop of web, Create of db (pulling; given up after 20.0 s)"; nothing when there is none. */
static void add_calls(const struct stories *stories, bool bounds, struct text *out)
{
    for (size_t i = 0, count = 0; i < stories->count; i++) {
        const struct story *story = stories->items[i];
        if (!is_cut(story))
            continue;
        text_add_format(
            out, "%s%s of ", count++ ? ", " : "", action_call(story_last(story)->action));
        text_add_printable(out, story->name);
        if (!bounds || story_last(story)->action != ACTION_CREATE)
            continue;
        text_add(out, " (pulling; given up after ");
        duration_print(out, PASS_CREATE_GRACE_MS);
        text_add(out, ")");
    }
}

static void say(struct progress *progress, enum severity severity, const char *text)
{
    scoped_text struct text line = {0};
    text_add_format(&line, "%s: %s", severity_word(severity), text);
    if (!view_say(progress->view, text_get(&line)))
        diagnose_problem(severity, "", text);
}

static void tell(struct progress *progress, const struct stories *stories)
{
    scoped_text struct text calls = {0}, words = {0};
    add_calls(stories, true, &calls);
    text_add_format(
        &words, "finishing: %s; once more: leave in the middle of that", text_get(&calls));
    say(progress, SEVERITY_WARNING,
        "interrupted by a signal: nothing new begins, and what was stopped is started");
    if (calls.length)
        say(progress, SEVERITY_NOTE, text_get(&words));
    progress->told = true;
}

static void say_what_the_next_one_cuts(const struct stories *stories)
{
    scoped_text struct text calls = {0}, line = {0};
    add_calls(stories, false, &calls);
    if (calls.length)
        text_add_format(&line,
            "error: left in the middle of %s; the next pass mends what that breaks",
            text_get(&calls));
    else
        text_add(&line, "error: left between two calls; the next pass goes on from there");
    stop_next(text_get(&line));
}

void progress_begin(struct progress *progress, struct view *view)
{
    *progress = (struct progress){.view = view};
    stop_next(NULL);
}

void progress_listen(
    void *context, const struct stories *stories, size_t index, enum story_event event)
{
    struct progress *progress = context;
    if (stop_asked(NULL) && !progress->told)
        tell(progress, stories);
    if (progress->told)
        say_what_the_next_one_cuts(stories);
    if (progress->view)
        view_listen(progress->view, stories, index, event);
}

void progress_end(struct progress *progress)
{
    progress->view = NULL;
    stop_next("error: left before all was told; the pass itself is over");
}
