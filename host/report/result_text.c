#include "base/cleanup.h"
#include "base/duration.h"
#include "report/line.h"
#include "report/report.h"

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
    for (size_t i = 0; job->message && i < countof(advices); i++)
        if (strstr(job->message, advices[i].holds))
            return advices[i].advice;
    return NULL;
}

static void add_failure(const struct job *job, bool colour, struct text *out)
{
    const char *advice = advice_for(job);
    line_add(out, colour, LINE_RED, job->wish->container->name);
    text_add_format(out, ": %s", job->action.reason ? job->action.reason : "failed");
    if (job->message && job->outcome.last != ACTION_NONE) {
        text_add_format(out, " (%s): ", action_word(job->outcome.last));
        text_add_printable(out, job->message);
    }
    text_add(out, "\n    ");
    line_add(out, colour, LINE_DIM, job->wish->origin);
    text_add(out, "\n");
    if (advice)
        text_add_format(out, "    %s\n", advice);
}

static void count_verdicts(const struct pass *pass, size_t counts[VERDICT_FAILED + 1])
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
    } calls[] = {{ACTION_CREATE, "Create"}, {ACTION_START, "Start"}, {ACTION_REMOVE, "Remove"},
        {ACTION_LOOK, "Get"}};
    for (size_t i = 0; i < countof(calls); i++)
        if (counts[calls[i].action])
            text_add_format(out, ", %zu %s", counts[calls[i].action], calls[i].call);
    text_add(out, ")");
}

static void add_summary(const struct report *report, struct text *out)
{
    size_t counts[VERDICT_FAILED + 1] = {0};
    count_verdicts(report->pass, counts);
    text_add_format(out, "%zu container%s:", report->pass->count, line_plural(report->pass->count));
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
        else if (job->action.verdict == VERDICT_PENDING)
            text_add_format(out,
                "%s: differs from its manifest, and updating is not part of this version: see "
                "`kanto-deployer plan`\n",
                job->wish->container->name);
    }
    if (pass->interrupted || pass->lost)
        text_add(out, "Run it again: it goes on from where it is.\n");
    add_summary(report, out);
}
