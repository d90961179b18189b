#include "base/cleanup.h"
#include "base/duration.h"
#include "model/container.h"
#include "report/line.h"
#include "report/log.h"
#include "report/report.h"

#include <inttypes.h>
#include <string.h>

/* What a person can do about it, by the daemon's words. */
static const struct {
    const char *holds;
    const char *advice;
} advices[] = {
    {": not found",
        "the registry answered that it has no such image: check image.name and its tag"},
    {"no such host", "kanto-cm pulls images itself: check that this device reaches the registry"},
    {"failed to resolve reference", "kanto-cm pulls images itself: check image.name, and that this "
                                    "device reaches the registry"},
    {"port is already allocated",
        "another container or program has this host port: see port_mappings"},
    {"custom device", "the device is not on this machine: see host_config.devices"},
    {"error running hook", "a hook failed; it runs on the host: see hooks"},
    {"executable file not found", "the image has no such program: see config.cmd"},
    {"no such file or directory",
        "something that the manifest names is not on this machine: mounts, cmd, hooks"},
    {"error mounting", "a mount's source is not there; kanto-cm does not make it: see mounts"},
};

static const char *advice_for(const struct job *job)
{
    const char *message = job->message ? job->message : job->cause;
    for (size_t i = 0; message && i < countof(advices); i++)
        if (strstr(message, advices[i].holds))
            return advices[i].advice;
    return NULL;
}

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
static void add_end(const struct job *job, struct text *out)
{
    const Kanto__State *state = job->failed_state;
    if (job->outcome.failure) {
        text_add_format(out, "    the new one: %s", job->outcome.failure);
        add_sentence(job->cause, out);
    }
    if (state && state->started_at && *state->started_at && !state->running) {
        text_add_format(out, "    it ended with exit code %" PRId64 "%s", state->exit_code,
            state->oomkilled ? ", killed for want of memory" : "");
        add_sentence(state->error, out);
    }
    if (job->log && *job->log)
        log_add_lines(out, job->log, "    | ");
}

static void add_former_failure(const struct job *job, struct text *out)
{
    text_add(out, "    it failed then");
    add_sentence(job->failed_before, out);
}

/* "create": whose refusal it is. */
static const char *refused_word(const struct job *job)
{
    for (size_t i = job->step_count; i > 0; i--)
        if (job->steps[i - 1].message)
            return action_word(job->steps[i - 1].action);
    return "kanto-cm";
}

static void add_failure(const struct job *job, bool colour, struct text *out)
{
    const char *advice = advice_for(job);
    line_add(out, colour, LINE_RED, job->desired->container->name);
    text_add_format(out, ": %s\n", job->action.reason ? job->action.reason : "failed");
    if (job->message) {
        text_add_format(out, "    %s", refused_word(job));
        add_sentence(job->message, out);
    }
    if (job->known.failed && job->step_count == 0)
        add_former_failure(job, out);
    add_end(job, out);
    if (*job->desired->origin) {
        text_add(out, "    ");
        line_add(out, colour, LINE_DIM, job->desired->origin);
        text_add(out, "\n");
    }
    if (advice)
        text_add_format(out, "    %s\n", advice);
}

static void add_replaced(const struct job *job, struct text *out)
{
    text_add_printable(out, job->desired->container->name);
    bool no_gap = job->downtime_ms == 0 && job->known.start_first;
    text_add(out, no_gap ? ": replaced without a gap" : ": replaced");
    if (job->downtime_ms >= 0 && !no_gap) {
        text_add(out, "; nothing ran for ");
        duration_print(out, job->downtime_ms);
    }
    if (*container_id(job->desired->container) &&
        strcmp(container_id(job->desired->container), job->id) != 0)
        text_add_format(
            out, "; its id is %s, as the manifest's own was taken by the old one", job->id);
    text_add(out, "\n");
}

static void add_waiting(const struct job *job, struct text *out)
{
    bool runs =
        job->live_count > 0 && live_runs(&job->live[next_chosen(job->live, job->live_count)]);
    text_add_printable(out, job->desired->container->name);
    text_add(out, ": waits for ");
    text_add_printable(out, job->waits_for ? job->waits_for : "another one");
    text_add_format(out, ", which failed%s\n", runs ? "; it runs on as it is" : "");
}

static void count_verdicts(const struct pass *pass, size_t counts[VERDICTS])
{
    for (size_t i = 0; i < pass->count; i++)
        counts[pass->jobs[i].action.verdict]++;
}

static void add_calls(const struct report *report, struct text *out)
{
    size_t counts[ACTION_VERDICT + 1] = {0};
    for (size_t i = 0; i < report->pass->count; i++)
        for (size_t j = 0; j < report->pass->jobs[i].step_count; j++)
            counts[report->pass->jobs[i].steps[j].action]++;
    text_add_format(out, " (%u List", report->lists);
    static const struct {
        enum action_kind action;
        const char *call;
    } calls[] = {{ACTION_CREATE, "Create"}, {ACTION_START, "Start"}, {ACTION_STOP, "Stop"},
        {ACTION_UPDATE, "Update"}, {ACTION_REMOVE, "Remove"}, {ACTION_LOOK, "Get"},
        {ACTION_LOGS, "Logs"}};
    for (size_t i = 0; i < countof(calls); i++)
        if (counts[calls[i].action])
            text_add_format(out, ", %zu %s", counts[calls[i].action], calls[i].call);
    text_add(out, ")");
}

static void add_summary(const struct report *report, struct text *out)
{
    size_t counts[VERDICTS] = {0};
    count_verdicts(report->pass, counts);
    text_add_format(out, "%zu container%s%s", report->pass->count, line_plural(report->pass->count),
        report->pass->count ? ":" : "");
    bool first = true;
    for (size_t verdict = VERDICT_KEEP; verdict <= VERDICT_FAILED; verdict++) {
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

void report_print_result(const struct report *report, bool colour, bool verbose, struct text *out)
{
    const struct pass *pass = report->pass;
    (void)verbose;
    if (!pass) {
        text_add(out, "No manifest, nothing to do.\n");
        return;
    }
    for (size_t i = 0; i < pass->count; i++) {
        const struct job *job = &pass->jobs[i];
        if (job->action.verdict == VERDICT_FAILED)
            add_failure(job, colour, out);
        else if (job->action.verdict == VERDICT_WAITING)
            add_waiting(job, out);
        else if (job->action.verdict == VERDICT_DEPLOYED && job->action.reason)
            text_add_format(out, "%s: %s\n", job->desired->container->name, job->action.reason);
        else if (job->action.verdict == VERDICT_REPLACED)
            add_replaced(job, out);
    }
    if (pass->interrupted || pass->lost)
        text_add(out, "Run it again: it goes on from where it is.\n");
    add_summary(report, out);
}
