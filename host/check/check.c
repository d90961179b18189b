#include "check/check.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "check/record.h"
#include "frame/frame.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE_NAME "check"
#define DESCRIBES   5 /* starts that are timed; the best is reported */

/* The probe's kinds of findings are verdicts. */
_Static_assert((int)FOUND_OK == (int)CHECK_OK && (int)FOUND_WARNING == (int)CHECK_WARNING &&
                   (int)FOUND_FAILED == (int)CHECK_FAILED &&
                   (int)FOUND_SKIPPED == (int)CHECK_SKIPPED,
    "verdicts");

static struct check_result *find(struct check *check, const char *id)
{
    for (size_t i = 0; i < check_rule_count; i++) {
        size_t part = strlen(check_rules[i].part);
        if (strncmp(id, check_rules[i].part, part) == 0 && id[part] == '.' &&
            strcmp(id + part + 1, check_rules[i].name) == 0)
            return &check->results[i];
    }
    return NULL;
}

/* A failure is the last word, and what is fine the least. */
static bool yields(const struct check_result *result, enum check_verdict verdict)
{
    return !result->text || (result->verdict != CHECK_FAILED && verdict == CHECK_FAILED) ||
           (result->verdict == CHECK_OK && verdict != CHECK_OK);
}

static void set(struct check_result *result, enum check_verdict verdict, const char *text)
{
    if (!result || !yields(result, verdict))
        return;
    free(result->text);
    *result = (struct check_result){.verdict = verdict, .text = memory_string(text)};
}

void check_record(
    struct check *check, const char *id, enum check_verdict verdict, const char *format, ...)
{
    char text[ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    set(find(check, id), verdict, text);
}

static bool has_failed(struct check *check, const char *id)
{
    const struct check_result *result = find(check, id);
    return !result || result->verdict == CHECK_FAILED;
}

static void measure(struct check_profile *profile, const char *what, const char *number)
{
    const struct {
        const char *name;
        int64_t *to;
    } measures[] = {
        {"init_us", &profile->init_us},
        {"first_us", &profile->first_us},
        {"reconcile_us", &profile->reconcile_us},
        {"worst_us", &profile->worst_us},
        {"reconciles", &profile->reconciles},
        {"memory_kib", &profile->memory_kib},
        {"heap_bytes", &profile->heap_bytes},
    };
    for (size_t i = 0; i < countof(measures); i++)
        if (strcmp(measures[i].name, what) == 0)
            *measures[i].to = strtoll(number, NULL, 10);
}

/* Which calls of the plugin were stopped. */
static void look_for_stops(struct check *check, const struct source_set *found)
{
    for (size_t i = 0; i < found->note_count; i++)
        if (strncmp(found->notes[i].text, SOURCE_STOPPED, strlen(SOURCE_STOPPED)) == 0)
            check_record(check, "behaviour.sandbox", CHECK_WARNING,
                "%s: it failed as if the kernel said so",
                found->notes[i].text + strlen("sandbox: "));
}

/* What the probe was doing to the plugin when it ended. */
static const char *last_try(const struct source_set *found)
{
    const char *trying = "";
    for (size_t i = 0; i < found->finding_count; i++)
        if (found->findings[i].kind == FOUND_TRYING)
            trying = found->findings[i].text;
    return trying;
}

/* Those that the probe would have stated had it lived on: the first one is the culprit. */
static void record_end(struct check *check, const char *probe, const struct source_set *found)
{
    const char *trying = last_try(found);
    bool is_recorded = false;
    for (size_t i = 0; i < check_rule_count; i++) {
        struct check_result *result = &check->results[i];
        if (!check_rules[i].probe || strcmp(check_rules[i].probe, probe) != 0 || result->text)
            continue;
        scoped_free char *text = memory_format(
            "%s%s%s", found->reason ? found->reason : "no word of it", *trying ? ": " : "", trying);
        if (is_recorded)
            set(result, CHECK_SKIPPED, "not reached: see above");
        else
            set(result, CHECK_FAILED, text);
        is_recorded = true;
    }
}

static struct source_options options_for(const struct check_options *options, const char *probe)
{
    struct source_options source = *options->source;
    source.name = SOURCE_NAME;
    source.plugin = options->plugin;
    source.user = "root"; /* as whoever calls */
    source.deadline_ms = options->deadline_ms;
    source.loader = probe ? options->probe : options->loader;
    source.probe = probe;
    return source;
}

static void run_probe(
    struct check *check, const struct check_options *options, const char *probe, bool describe_only)
{
    struct source_options source = options_for(options, probe);
    struct source_set found = {0};
    source.describe_only = describe_only;
    source_reconcile_all(&source, 1, &found);
    for (size_t i = 0; i < found.finding_count; i++) {
        const struct source_finding *finding = &found.findings[i];
        if (finding->kind == FOUND_MEASURE)
            measure(&check->profile, finding->check, finding->text);
        else if (finding->kind < FOUND_TRYING)
            set(find(check, finding->check), (enum check_verdict)finding->kind, finding->text);
    }
    record_end(check, probe, &found);
    look_for_stops(check, &found);
    source_set_finish(&found);
}

static void describe(struct check *check, const struct check_options *options)
{
    struct source_options source = options_for(options, NULL);
    for (int i = 0; i < DESCRIBES; i++) {
        struct source_info info = {0};
        int64_t began = clock_now_us();
        if (source_describe(&source, &info, NULL) < 0)
            return;
        int64_t took = clock_now_us() - began;
        if (check->profile.start_us < 0 || took < check->profile.start_us)
            check->profile.start_us = took;
        source_info_finish(&check->info);
        check->info = info;
        check->has_info = true;
    }
}

/* Twice, by the very loader that the host uses. */
static void run_loader(struct check *check, const struct check_options *options)
{
    struct source_options source = options_for(options, NULL);
    struct source_set first = {0}, second = {0};
    source_reconcile_all(&source, 1, &first);
    look_for_stops(check, &first);
    if (first.reason) {
        check_record(check, "behaviour.works", CHECK_FAILED, "%s", first.reason);
    } else {
        check->profile.items = (int64_t)first.count;
        for (size_t i = 0; i < first.count; i++)
            check->profile.bytes += (int64_t)first.items[i].length;
        for (size_t i = 0; i < first.fault_count; i++)
            check_record(check, "behaviour.works", CHECK_FAILED, "%s: %s", first.faults[i].origin,
                first.faults[i].text);
        check_record(check, "behaviour.works", CHECK_OK, "COMPLETE, %zu items", first.count);
        source_reconcile_all(&source, 1, &second);
        check_set(check, &first, &second);
    }
    source_set_finish(&first);
    source_set_finish(&second);
}

static void run_all(struct check *check, const struct check_options *options)
{
    static const char *const probes[] = {"settings", "sizes", "lifetime", "instances", "put",
        "cancelled", "threads", "have", "error"};
    check_file(check, options->plugin);
    if (has_failed(check, "static.elf") || has_failed(check, "static.note") ||
        has_failed(check, "static.mode"))
        return;
    run_probe(check, options, "load", true);
    if (has_failed(check, "load.loads"))
        return;
    describe(check, options);
    if (has_failed(check, "contract.table"))
        return;
    run_loader(check, options);
    run_probe(check, options, "items", false);
    if (has_failed(check, "behaviour.works"))
        return;
    for (size_t i = 0; i < countof(probes); i++)
        run_probe(check, options, probes[i], false);
    check_record(check, "behaviour.sandbox", CHECK_OK, "none was");
    /* A thousand times what is left behind might be more than this machine bears. */
    if (has_failed(check, "contract.threads"))
        check_record(
            check, "behaviour.growth", CHECK_SKIPPED, "not tried: threads or processes are left");
    else
        run_probe(check, options, "growth", false);
}

void check_plugin(const struct check_options *options, struct check *ret_check)
{
    *ret_check = (struct check){.profile = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0}};
    run_all(ret_check, options);
    for (size_t i = 0; i < check_rule_count; i++)
        if (!ret_check->results[i].text)
            set(&ret_check->results[i], CHECK_SKIPPED, "not reached: see above");
}

void check_finish(struct check *check)
{
    for (size_t i = 0; i < check_rule_count; i++)
        free(check->results[i].text);
    source_info_finish(&check->info);
    *check = (struct check){0};
}

size_t check_count(const struct check *check, enum check_verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < check_rule_count; i++)
        count += check->results[i].verdict == verdict;
    return count;
}

const char *check_verdict_word(enum check_verdict verdict)
{
    static const char *const words[] = {"ok", "warning", "failed", "skipped"};
    return words[verdict];
}
