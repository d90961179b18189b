#include "base/cleanup.h"
#include "base/duration.h"
#include "report/line.h"
#include "report/log.h"
#include "report/report.h"
#include "story/sentence.h"

#include <inttypes.h>
#include <string.h>

/* ": SENTENCE", and the end of the line. */
static void add_sentence(const char *sentence, struct text *out)
{
    if (sentence && *sentence) {
        text_add(out, ": ");
        text_add_printable(out, sentence);
    }
    text_add(out, "\n");
}

/* How it ended: exit code, error, and its last lines. */
static void add_end(const struct story *story, struct text *out)
{
    const Kanto__State *state = story_failed_state(story);
    const struct story_row *failure = story_failure(story);
    if (failure) {
        text_add_format(out, "    the new one: %s", failure->failure);
        add_sentence(story_cause(story), out);
    }
    if (state && state->started_at && *state->started_at && !state->running) {
        text_add_format(out, "    it ended with exit code %" PRId64 "%s", state->exit_code,
            state->oomkilled ? ", killed for want of memory" : "");
        add_sentence(state->error, out);
    }
    if (story_log(story))
        log_add_lines(out, story_log(story), "    | ");
}

static void add_former_failure(const struct story *story, struct text *out)
{
    text_add(out, "    it failed then");
    add_sentence(story->failed_before, out);
}

/* What a person can do about it, by the daemon's words. */
static const char *advice_for(const struct story *story)
{
    const struct story_row *refusal = story_refusal(story);
    const char *cause = story_cause(story);
    if (refusal)
        return sentence_advice(refusal->action, refusal->message);
    const char *advice = sentence_advice(ACTION_START, cause);
    return advice ? advice : sentence_advice(ACTION_CREATE, cause);
}

static void add_failure(const struct story *story, bool colour, struct text *out)
{
    const struct story_row *refusal = story_refusal(story);
    const char *advice = advice_for(story);
    line_add(out, colour, LINE_RED, story->name);
    text_add_format(out, ": %s\n", story->reason ? story->reason : "failed");
    if (refusal) {
        text_add_format(out, "    %s", action_word(refusal->action));
        add_sentence(refusal->message, out);
    }
    if (story->failed_before && story->count == 0)
        add_former_failure(story, out);
    add_end(story, out);
    if (*story->origin) {
        text_add(out, "    ");
        line_add(out, colour, LINE_DIM, story->origin);
        text_add(out, "\n");
    }
    if (advice)
        text_add_format(out, "    %s\n", advice);
}

static void add_replaced(const struct story *story, struct text *out)
{
    int64_t downtime = story_downtime_ms(story);
    text_add_printable(out, story->name);
    text_add_format(
        out, ": %s%s", verdict_word(story->verdict), downtime == 0 ? " without a gap" : "");
    if (downtime > 0) {
        text_add(out, "; nothing ran for at most ");
        duration_print(out, downtime);
    }
    if (story->reason) {
        text_add(out, "; ");
        text_add_printable(out, story->reason);
    }
    if (*story->explicit_id && strcmp(story->explicit_id, story->id) != 0)
        text_add_format(
            out, "; its id is %s, as the manifest's own was taken by the old one", story->id);
    text_add(out, "\n");
}

static void add_waiting(const struct story *story, struct text *out)
{
    text_add_printable(out, story->name);
    text_add(out, ": ");
    if (story->waits_for) {
        text_add(out, "waits for ");
        text_add_printable(out, story->waits_for);
        text_add(out, ", which failed");
    } else {
        text_add_printable(out, story->reason ? story->reason : "waits for another one");
    }
    text_add(out, story->runs ? "; it runs on as it is\n" : "\n");
}

static void add_calls(const struct report *report, struct text *out)
{
    size_t counts[ACTIONS] = {0};
    for (size_t i = 0; i < report->stories->count; i++)
        for (size_t j = 0; j < report->stories->items[i]->count; j++)
            counts[report->stories->items[i]->rows[j].action]++;
    text_add_format(out, " (%u List", report->lists);
    for (size_t i = 0; i < ACTIONS; i++)
        if (counts[i] && action_call((enum action)i))
            text_add_format(out, ", %zu %s", counts[i], action_call((enum action)i));
    text_add(out, ")");
}

static void add_summary(const struct report *report, struct text *out)
{
    const struct stories *stories = report->stories;
    size_t counts[VERDICTS] = {0};
    for (size_t i = 0; i < stories->count; i++)
        counts[stories->items[i]->verdict]++;
    text_add_format(out, "%zu container%s%s", stories->count, line_plural(stories->count),
        stories->count ? ":" : "");
    bool first = true;
    for (size_t verdict = VERDICT_KEEP; verdict < VERDICTS; verdict++) {
        if (counts[verdict] == 0)
            continue;
        text_add_format(out, "%s %zu %s", first ? "" : ",", counts[verdict],
            verdict_word((enum verdict)verdict));
        first = false;
    }
    text_add(out, ", in ");
    duration_print(out, report->elapsed_ms);
    add_calls(report, out);
    text_add(out, "\n");
}

static void add_result(const struct story *story, bool colour, struct text *out)
{
    switch (story->verdict) {
    case VERDICT_FAILED:
        add_failure(story, colour, out);
        break;
    case VERDICT_WAITING:
        add_waiting(story, out);
        break;
    case VERDICT_REPLACED:
    case VERDICT_REMADE:
        add_replaced(story, out);
        break;
    case VERDICT_DEPLOYED:
        if (story->reason)
            text_add_format(out, "%s: %s\n", story->name, story->reason);
        break;
    default:
        break;
    }
}

void report_print_result(const struct report *report, bool colour, bool verbose, struct text *out)
{
    const struct stories *stories = report->stories;
    (void)verbose;
    if (!stories) {
        text_add(out, "No manifest, nothing to do.\n");
        return;
    }
    for (size_t i = 0; i < stories->count; i++)
        add_result(stories->items[i], colour, out);
    if (stories->interrupted || stories->lost)
        text_add(out, "Run it again: it goes on from where it is.\n");
    add_summary(report, out);
}
