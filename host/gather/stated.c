/* What a source says beside its manifests. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "gather/gathered.h"

#include <string.h>

/* What it could not say, and what stands in for it. A source that asks for another try has no
 * fault: a boot without a network is no failure while something is kept. */
static void find_shortcoming(
    struct gather_findings *findings, const char *where, const struct source_set *set)
{
    const char *reason = set->reason ? set->reason : "stated nothing";
    bool kept = set->serves == SOURCE_SERVES_KEPT;
    scoped_free char *text = kept ? memory_format("%s; what it stated last is used: %zu item%s, %s",
                                        reason, set->count, set->count == 1 ? "" : "s", set->age)
                                  : memory_string(reason);
    findings_add(findings, GATHER_PROBLEM,
        kept && set->result == SOURCE_RETRY ? SEVERITY_WARNING : SEVERITY_ERROR, where, "%s", text);
}

/* What this machine lacks is the same for every source. */
static bool is_said(const struct gather_findings *findings, const struct source_note *note)
{
    if (strncmp(note->text, SOURCE_LACKS, strlen(SOURCE_LACKS)) != 0)
        return false;
    for (size_t i = 0; i < findings->count; i++)
        if (strcmp(findings->items[i].text, note->text) == 0)
            return true;
    return false;
}

/* A call that was stopped may be why a source failed, of which the plugin knows nothing. */
static enum severity severity_of(const struct source_set *set, const struct source_note *note)
{
    bool failed = set->result == SOURCE_RETRY || set->result == SOURCE_FATAL;
    bool stopped = strncmp(note->text, SOURCE_STOPPED, strlen(SOURCE_STOPPED)) == 0;
    return failed && stopped ? SEVERITY_WARNING : note->severity;
}

/* What the plugin logged, but for the line that is its reason. */
static void find_logs(
    struct gather_findings *findings, const char *where, const struct source_set *set)
{
    for (size_t i = 0; i < set->note_count; i++) {
        const struct source_note *note = &set->notes[i];
        if ((set->reason && strcmp(note->text, set->reason) == 0) || is_said(findings, note))
            continue;
        findings_add(findings, GATHER_LOG, severity_of(set, note), where, "%s", note->text);
    }
}

static void find_in_set(
    struct gather_findings *findings, const char *name, const struct source_set *set)
{
    scoped_free char *where = memory_format("source %s", name);
    find_logs(findings, where, set);
    for (size_t i = 0; i < set->fault_count; i++)
        findings_add(findings, GATHER_PROBLEM, SEVERITY_ERROR, set->faults[i].origin, "%s",
            set->faults[i].text);
    if (set->kept_problem)
        findings_add(findings, GATHER_PROBLEM, SEVERITY_WARNING, where, "%s", set->kept_problem);
    if (set->result == SOURCE_RETRY || set->result == SOURCE_FATAL)
        find_shortcoming(findings, where, set);
}

void gathered_add_source(
    struct gathered *gathered, const struct source_options *options, const struct source_set *set)
{
    static const char *const results[] = {"complete", "unchanged", "retry", "fatal"};
    memory_grow(&gathered->sources, &gathered->source_capacity, gathered->source_count,
        sizeof(*gathered->sources));
    gathered->sources[gathered->source_count++] = (struct gathered_source){
        .name = memory_string(options->name),
        .plugin = memory_string(options->plugin),
        .result = memory_string(results[set->result]),
        .reason = memory_string(set->reason),
        .serves = memory_string(source_serves_word(set->serves)),
        .age = memory_string(set->age),
        .items = set->count,
        .faults = set->fault_count,
        .elapsed_ms = set->elapsed_ms,
    };
    find_in_set(&gathered->findings, options->name, set);
}
