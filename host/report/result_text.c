#include "base/cleanup.h"
#include "base/duration.h"
#include "report/former.h"
#include "report/line.h"
#include "report/log.h"
#include "report/report.h"
#include "story/sentence.h"

#include <inttypes.h>
#include <string.h>

#define MARGIN "    "

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
        log_add_lines(out, story_log(story), MARGIN);
}

static const char *advice_by_sentence(const char *sentence)
{
    const char *advice = sentence_advice(ACTION_START, sentence);
    return advice ? advice : sentence_advice(ACTION_CREATE, sentence);
}

/* What a person can do about it, by the daemon's words. */
static const char *advice_for(const struct story *story)
{
    const struct story_row *refusal = story_refusal(story);
    const struct former_failure *former = story_former_failure(story);
    if (refusal)
        return sentence_advice(refusal->action, refusal->message);
    return advice_by_sentence(former ? former->message : story_cause(story));
}

static void add_origin(const struct story *story, bool colour, struct text *out)
{
    if (!*story->origin)
        return;
    text_add(out, MARGIN);
    line_add(out, colour, LINE_DIM, story->origin);
    text_add(out, "\n");
}

static void add_refusal(const struct story *story, struct text *out)
{
    const struct story_row *refusal = story_refusal(story);
    if (!refusal)
        return;
    text_add_format(out, MARGIN "%s", action_word(refusal->action));
    add_sentence(refusal->message, out);
}

static void add_downtime(const struct story *story, struct text *out)
{
    int64_t downtime = story_downtime_ms(story);
    if (downtime <= 0)
        return;
    text_add(out, MARGIN "nothing ran for at most ");
    duration_print(out, downtime);
    text_add(out, "\n");
}

static void add_failure(const struct story *story, bool colour, struct text *out)
{
    const struct former_failure *former = story_former_failure(story);
    const char *advice = advice_for(story);
    line_add(out, colour, LINE_RED, story->name);
    add_sentence(story->reason ? story->reason : "failed", out);
    add_refusal(story, out);
    if (former)
        former_add(out, former, MARGIN);
    else
        add_end(story, out);
    add_downtime(story, out);
    add_origin(story, colour, out);
    if (advice)
        text_add_format(out, MARGIN "%s\n", advice);
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
    if (*story->explicit_id && strcmp(story->explicit_id, story->id) != 0) {
        text_add(out, "; its id is ");
        text_add_printable(out, story->id);
        text_add(out, ", as the manifest's own was taken by the old one");
    }
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
    former_add(out, story_former_failure(story), MARGIN);
}

/* Nothing was to be done, or it went well; worth a word where there is a reason. */
static void add_reason(const struct story *story, struct text *out)
{
    const struct former_failure *former = story_former_failure(story);
    if (!former && !(story->verdict == VERDICT_DEPLOYED && story->reason))
        return;
    text_add_printable(out, story->name);
    add_sentence(story->reason ? story->reason : verdict_word(story->verdict), out);
    former_add(out, former, MARGIN);
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
    line_add_rejected(out, report);
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
    default:
        add_reason(story, out);
        break;
    }
}

void report_print_result(const struct report *report, bool colour, bool verbose, struct text *out)
{
    const struct stories *stories = report->stories;
    (void)verbose;
    if (!stories) {
        text_add(out, report->rejected_count ? "Nothing to do" : "No manifest, nothing to do");
        line_add_rejected(out, report);
        text_add(out, ".\n");
        return;
    }
    for (size_t i = 0; i < stories->count; i++)
        add_result(stories->items[i], colour, out);
    if (stories->interrupted || stories->lost)
        text_add(out, "Run it again: it goes on from where it is.\n");
    add_summary(report, out);
}
