#include "command/gather.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "command/diagnose.h"
#include "command/paths.h"
#include "command/stop.h"
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
    memory_grow(&config->sources, &config->capacity, config->count, sizeof(*config->sources));
    struct config_source *source = &config->sources[config->count++];
    *source = (struct config_source){
        .name = memory_string(path),
        .plugin = memory_string("directory"),
        .user = geteuid() == 0 ? memory_string("root") : NULL,
        .where = memory_string("command line"),
        .timeout_ms = CONFIG_SOURCE_TIMEOUT_MS,
    };
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

static void say(struct report *report, enum report_level level, const char *where, const char *text)
{
    diagnose_problem(level, where, text);
    report_add_problem(report, level, where, "%s", text);
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
    say(report, kept && set->result == SOURCE_RETRY ? REPORT_WARNING : REPORT_ERROR, where, text);
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
        if ((verbose || set->notes[i].level <= SOURCE_NOTE_WARNING) &&
            (!set->reason || strcmp(set->notes[i].text, set->reason) != 0)) /* that is told below */
            diagnose_problem(set->notes[i].level == SOURCE_NOTE_ERROR     ? REPORT_ERROR
                             : set->notes[i].level == SOURCE_NOTE_WARNING ? REPORT_WARNING
                                                                          : REPORT_NOTE,
                where, set->notes[i].text);
    for (size_t i = 0; i < set->fault_count; i++)
        say(report, REPORT_ERROR, set->faults[i].origin, set->faults[i].text);
    if (set->kept_problem)
        say(report, REPORT_WARNING, where, set->kept_problem);
    if (set->result == SOURCE_RETRY || set->result == SOURCE_FATAL)
        report_shortcoming(where, set, report);
}

static void add_wish(const struct manifest *manifest, const struct source_options *options,
    const struct source_item *item, struct wishes *wishes, struct report *report)
{
    size_t first = 0;
    if (wishes_add(wishes, manifest->container, options->name, item->key, item->origin, &first))
        return;
    const struct wish *winner = &wishes->items[first];
    scoped_free char *text = memory_format(
        "a second manifest for \"%s\"; the one in %s (source %s) is applied, this one is not",
        manifest->container->name, winner->origin, winner->source);
    /* Between sources the order of the conf decides, which may well be meant so. */
    bool meant = strcmp(winner->source, options->name) != 0;
    say(report, meant ? REPORT_WARNING : REPORT_ERROR, item->origin, text);
}

static void read_item(const struct source_options *options, const struct source_item *item,
    struct wishes *wishes, struct report *report)
{
    struct manifests manifests = {0};
    struct diagnostics diagnostics = {0};
    manifest_parse(item->key, item->origin, item->bytes, item->length, &manifest_default_limits,
        &manifests, &diagnostics);
    diagnose_host(&manifests, &diagnostics);
    diagnose_print(&diagnostics, stderr, report);
    for (size_t i = 0; i < manifests.count; i++)
        if (manifests.items[i].valid)
            add_wish(&manifests.items[i], options, item, wishes, report);
    manifests_finish(&manifests);
    diagnostics_finish(&diagnostics);
}

int gather_wishes(const struct config *config, const struct options *options, bool writing,
    struct wishes *ret_wishes, struct report *report, struct error *err)
{
    scoped(sources_finish) struct sources sources = {0};
    if (prepare(config, writing, &sources, err) < 0) {
        err->kind = ERROR_CONFIG;
        return -1;
    }
    source_reconcile_all(sources.options, sources.count, sources.sets);
    for (size_t i = 0; i < sources.count; i++) {
        report_set(&sources.options[i], &sources.sets[i], options->verbose, report);
        for (size_t j = 0; j < sources.sets[i].count; j++)
            read_item(&sources.options[i], &sources.sets[i].items[j], ret_wishes, report);
    }
    return 0;
}
