#include "config/config.h"

#include "base/memory.h"
#include "config/keys.h"

#include <stdlib.h>

void config_init(struct config *config)
{
    size_t count = 0;
    const struct config_key *keys = config_keys(&count);
    *config = (struct config){0};
    for (size_t i = 0; i < count; i++)
        keys_set(config, keys[i].name, keys[i].fallback, NULL);
}

static void source_finish(struct config_source *source)
{
    for (size_t i = 0; i < source->count; i++) {
        free(source->settings[i].key);
        free(source->settings[i].value);
        free(source->settings[i].where);
    }
    free(source->settings);
    free(source->name);
    free(source->plugin);
    free(source->user);
    free(source->where);
}

void config_drop_sources(struct config *config)
{
    for (size_t i = 0; i < config->count; i++)
        source_finish(&config->sources[i]);
    config->count = 0;
}

void config_finish(struct config *config)
{
    config_drop_sources(config);
    free(config->sources);
    free(config->socket);
    free(config->state_dir);
    free(config->plugin_dir);
    free(config->trace);
    *config = (struct config){0};
}

int config_set(struct config *config, const char *key, const char *value, struct error *err)
{
    return keys_set(config, key, value, err);
}
