#include "command/gather.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "command/diagnose.h"
#include "command/paths.h"
#include "command/stop.h"
#include "command/terms.h"
#include "manifest/manifest.h"
#include "source/source.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A folder on the command line is a source of its own: a person's own word, under their own name.
 */
static int add_folder(struct config *config, const char *folder, struct error *err)
{
    char path[PATH_MAX];
    if (!realpath(folder, path)) {
        error_errno(err, errno, "%s", folder);
        err->kind = ERROR_USAGE;
        return -1;
    }
    struct config_source *source = config_add_source(config, path, "command line");
    config_grant_all(source);
    source->plugin = memory_string("directory");
    source->user = geteuid() == 0 ? memory_string("root") : NULL;
    memory_grow(&source->settings, &source->capacity, source->count, sizeof(*source->settings));
    source->settings[source->count++] = (struct config_setting){
        .key = memory_string("path"),
        .value = memory_string(path),
        .where = memory_string("command line"),
    };
    return 0;
}

static int read_files(const struct options *options, struct config *config, struct error *err)
{
    scoped_free char *usual = paths_config();
    const char *path = options->config ? options->config : usual;
    bool needed = options->config || options->argument_count == 0;
    if (!needed && access(path, F_OK) < 0)
        return 0;
    return config_load(config, path, err);
}

static int apply_overrides(const struct options *options, struct config *config, struct error *err)
{
    for (size_t i = 0; i < options->override_count; i++)
        if (config_set(config, options->overrides[i].key, options->overrides[i].value, err) < 0) {
            err->kind = ERROR_USAGE;
            return -1;
        }
    return 0;
}

int gather_config(const struct options *options, struct config *ret_config, struct error *err)
{
    config_init(ret_config);
    if (read_files(options, ret_config, err) < 0 || apply_overrides(options, ret_config, err) < 0)
        goto failed;
    if (options->argument_count > 0)
        config_drop_sources(ret_config);
    for (int i = 0; i < options->argument_count; i++)
        if (add_folder(ret_config, options->arguments[i], err) < 0)
            goto failed;
    return 0;
failed:
    config_finish(ret_config);
    return -1;
}

/* What the sources of a pass are made of and what they stated, one of each a source. */
struct sources {
    struct source_options *options;
    struct source_setting **settings;
    char **plugins;
    char *loader, *kept;
    struct source_set *sets;
    size_t count;
};

static void sources_finish(struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        free(sources->settings[i]);
        free(sources->plugins[i]);
        source_set_finish(&sources->sets[i]);
    }
    free(sources->options);
    free(sources->settings);
    free(sources->plugins);
    free(sources->loader);
    free(sources->kept);
    free(sources->sets);
}

static struct source_setting *borrow_settings(const struct config_source *source)
{
    struct source_setting *settings = memory_zeroed(source->count, sizeof(*settings));
    for (size_t i = 0; i < source->count; i++)
        settings[i] = (struct source_setting){
            .key = source->settings[i].key,
            .value = source->settings[i].value,
            .where = source->settings[i].where,
        };
    return settings;
}

static int prepare(
    const struct config *config, bool writing, struct sources *sources, struct error *err)
{
    sources->count = config->count;
    sources->options = memory_zeroed(config->count, sizeof(*sources->options));
    sources->settings = memory_zeroed(config->count, sizeof(*sources->settings));
    sources->plugins = memory_zeroed(config->count, sizeof(*sources->plugins));
    sources->sets = memory_zeroed(config->count, sizeof(*sources->sets));
    sources->loader = paths_loader();
    sources->kept = memory_format("%s/kept", config->state_dir);
    for (size_t i = 0; i < config->count; i++) {
        const struct config_source *source = &config->sources[i];
        if (paths_plugin(source->plugin, config->plugin_dir, &sources->plugins[i], err) < 0)
            return error_wrap(err, "%s: [source %s]", source->where, source->name);
        sources->settings[i] = borrow_settings(source);
        sources->options[i] = (struct source_options){
            .name = source->name,
            .plugin = sources->plugins[i],
            .user = source->user,
            .settings = sources->settings[i],
            .settings_count = source->count,
            .deadline_ms = source->timeout_ms,
            .loader = sources->loader,
            /* A folder of the command line is named by its path, and there or not. */
            .kept_folder = strchr(source->name, '/') ? NULL : sources->kept,
            .kept_write = writing,
            .cancelled = stop_asked,
        };
    }
    return 0;
}

static void say(struct report *report, enum severity severity, const char *where, const char *text)
{
    diagnose_problem(severity, where, text);
    report_add_problem(report, severity, where, "%s", text);
}

/* What it could not say, and what stands in for it. A source that asks for another try has no
 * fault: a boot without a network is no failure while something is kept. */
static void report_shortcoming(
    const char *where, const struct source_set *set, struct report *report)
{
    const char *reason = set->reason ? set->reason : "stated nothing";
    bool kept = set->serves == SOURCE_SERVES_KEPT;
    scoped_free char *text = kept ? memory_format("%s; what it stated last is used: %zu item%s, %s",
                                        reason, set->count, set->count == 1 ? "" : "s", set->age)
                                  : memory_string(reason);
    say(report, kept && set->result == SOURCE_RETRY ? SEVERITY_WARNING : SEVERITY_ERROR, where,
        text);
}

static void report_set(const struct source_options *options, const struct source_set *set,
    bool verbose, struct report *report)
{
    static const char *const results[] = {"complete", "unchanged", "retry", "fatal"};
    scoped_free char *where = memory_format("source %s", options->name);
    struct report_source entry = {
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
    report_add_source(report, &entry);
    for (size_t i = 0; i < set->note_count; i++)
        if ((verbose || set->notes[i].severity >= SEVERITY_WARNING) &&
            (!set->reason || strcmp(set->notes[i].text, set->reason) != 0)) /* that is told below */
            diagnose_problem(set->notes[i].severity, where, set->notes[i].text);
    for (size_t i = 0; i < set->fault_count; i++)
        say(report, SEVERITY_ERROR, set->faults[i].origin, set->faults[i].text);
    if (set->kept_problem)
        say(report, SEVERITY_WARNING, where, set->kept_problem);
    if (set->result == SOURCE_RETRY || set->result == SOURCE_FATAL)
        report_shortcoming(where, set, report);
}

/* What the manifests of one source go into. */
struct reading {
    const struct config *config;
    const struct config_source *source;
    struct permit permit;
    struct desired_source *entry;
    struct desired_set *desired_set;
    struct report *report;
};

static void say_twice(
    const struct reading *reading, const struct desired *winner, const struct source_item *item)
{
    /* Between sources the order of the conf decides, which may well be meant so. */
    bool meant = strcmp(winner->source, reading->source->name) != 0;
    scoped_free char *text = memory_format(
        "a second manifest for \"%s\" (%s of source %s); the first one, %s of source %s (%s), is "
        "applied, this one is not",
        winner->container->name, item->key, reading->source->name, winner->key, winner->source,
        winner->origin);
    say(reading->report, meant ? SEVERITY_WARNING : SEVERITY_ERROR, item->origin, text);
    if (!meant)
        reading->entry->whole = false;
}

static void add_desired(
    const struct reading *reading, const struct manifest *manifest, const struct source_item *item)
{
    struct desired_set *desired_set = reading->desired_set;
    size_t first = 0;
    reading->entry->items++;
    if (desired_add(desired_set, manifest->container, reading->source->name, item->key,
            item->origin, &first))
        terms_of_desired(
            reading->config, reading->source, &desired_set->items[desired_set->count - 1]);
    else
        say_twice(reading, &desired_set->items[first], item);
}

/* One that is refused is no valid one: it does not claim its name either, so a later source that
 * may have what it asks for can. */
static void hold_against_permit(
    const struct reading *reading, struct manifest *manifest, struct diagnostics *diagnostics)
{
    if (manifest_check_permit(manifest, &reading->permit, diagnostics) == 0)
        return;
    manifest->valid = false;
    reading->entry->whole = false;
}

static void read_item(const struct reading *reading, const struct source_item *item)
{
    struct manifests manifests = {0};
    struct diagnostics diagnostics = {0};
    if (manifest_parse(item->key, item->origin, item->bytes, item->length, &manifest_default_limits,
            &manifests, &diagnostics) < 0)
        reading->entry->whole = false;
    diagnose_host(&manifests, &diagnostics);
    for (size_t i = 0; i < manifests.count; i++)
        hold_against_permit(reading, &manifests.items[i], &diagnostics);
    diagnose_print(&diagnostics, stderr, reading->report);
    for (size_t i = 0; i < manifests.count; i++)
        if (manifests.items[i].valid)
            add_desired(reading, &manifests.items[i], item);
    manifests_finish(&manifests);
    diagnostics_finish(&diagnostics);
}

static void read_set(const struct reading *reading, const struct source_set *set)
{
    reading->entry->whole = source_set_may_remove(set);
    for (size_t i = 0; i < set->count; i++)
        read_item(reading, &set->items[i]);
}

int gather_desired(const struct config *config, const struct options *options, bool writing,
    struct desired_set *ret_desired, struct report *report, struct error *err)
{
    scoped(sources_finish) struct sources sources = {0};
    if (prepare(config, writing, &sources, err) < 0) {
        err->kind = ERROR_CONFIG;
        return -1;
    }
    source_reconcile_all(sources.options, sources.count, sources.sets);
    bool whole = options->argument_count == 0;
    for (size_t i = 0; i < sources.count; i++)
        terms_of_source(&config->sources[i], ret_desired);
    for (size_t i = 0; i < sources.count; i++) {
        const struct config_source *source = &config->sources[i];
        scoped_free char *section = memory_format("[source %s]", source->name);
        struct reading reading = {
            .config = config,
            .source = source,
            .permit = terms_permit(source, section),
            .entry = &ret_desired->sources[i],
            .desired_set = ret_desired,
            .report = report,
        };
        report_set(&sources.options[i], &sources.sets[i], options->verbose, report);
        read_set(&reading, &sources.sets[i]);
        whole = whole && reading.entry->whole;
    }
    terms_check_names(config, ret_desired, whole, report);
    return 0;
}
