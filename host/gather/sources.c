#include "gather/sources.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "gather/configure.h"
#include "gather/paths.h"
#include "gather/users.h"

#include <stdlib.h>

_Static_assert((int)CONFIG_NETWORK_NONE == (int)SOURCE_NETWORK_NONE &&
                   (int)CONFIG_NETWORK_INTERNET == (int)SOURCE_NETWORK_INTERNET &&
                   (int)CONFIG_NETWORK_ALL == (int)SOURCE_NETWORK_ALL,
    "the same numbers");

static char *const everything[] = {(char *)"/"};

void sources_borrow(const struct config_source *source, struct source_setting *settings,
    struct source_options *options)
{
    const struct config_grant *read = &source->read;
    for (size_t i = 0; i < source->count; i++)
        settings[i] = (struct source_setting){
            .key = source->settings[i].key,
            .value = source->settings[i].value,
            .where = source->settings[i].where,
        };
    options->settings = settings;
    options->settings_count = source->count;
    options->network = (enum source_network)source->network;
    options->no_sandbox = !source->sandbox;
    options->readable = read->all ? everything : read->list.items;
    options->readable_count = read->all ? countof(everything) : read->list.count;
}

static int prepare_one(const struct config *config, size_t i, const struct sources_options *options,
    struct sources *sources, struct error *err)
{
    const struct config_source *source = &config->sources[i];
    if (paths_plugin(source->plugin, config->plugin_dir, &sources->plugins[i], err) < 0)
        return error_wrap(err, "%s: [source %s]", source->where, source->name);
    sources->settings[i] = memory_zeroed(source->count, sizeof(*sources->settings[i]));
    sources->options[i] = (struct source_options){
        .name = source->name,
        .plugin = sources->plugins[i],
        .where = source->where,
        .user = source->user,
        .uid = sources->users[i],
        .deadline_ms = source->timeout_ms,
        .loader = sources->loader,
        .kept_folder = configure_is_folder(source) ? NULL : sources->kept_folder,
        .kept_write = options->keep,
        .cancelled = options->cancelled,
    };
    sources_borrow(source, sources->settings[i], &sources->options[i]);
    return 0;
}

int sources_prepare(const struct config *config, const struct sources_options *options,
    struct sources *ret_sources, struct error *err)
{
    struct sources sources = {
        .options = memory_zeroed(config->count, sizeof(*sources.options)),
        .count = config->count,
        .settings = memory_zeroed(config->count, sizeof(*sources.settings)),
        .plugins = memory_zeroed(config->count, sizeof(*sources.plugins)),
        .users = memory_zeroed(config->count, sizeof(*sources.users)),
        .loader = options->loader ? memory_string(options->loader) : paths_loader(),
        .kept_folder = memory_format("%s/kept", config->state_dir),
    };
    int result = users_assign(config, sources.users, err);
    for (size_t i = 0; i < config->count && result == 0; i++)
        result = prepare_one(config, i, options, &sources, err);
    if (result < 0) {
        sources_finish(&sources);
        return -1;
    }
    *ret_sources = sources;
    return 0;
}

void sources_run(const struct sources *sources, struct source_set *ret_sets)
{
    source_reconcile_all(sources->options, sources->count, ret_sets);
}

int sources_check(const struct sources *sources, const struct source_set *sets, struct error *err)
{
    scoped(text_finish) struct text mistakes = {0};
    for (size_t i = 0; i < sources->count; i++)
        if (sets[i].mistakes)
            text_add_format(&mistakes, "%s%s", mistakes.length ? "\n" : "", sets[i].mistakes);
    return mistakes.length ? error_set(err, ERROR_CONFIG, "%s", text_get(&mistakes)) : 0;
}

void sources_finish(struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        free(sources->settings[i]);
        free(sources->plugins[i]);
    }
    free(sources->options);
    free(sources->settings);
    free(sources->plugins);
    free(sources->users);
    free(sources->loader);
    free(sources->kept_folder);
    *sources = (struct sources){0};
}
