#include "config/config.h"

#include "base/memory.h"
#include "config/keys.h"

#include <stdlib.h>
#include <string.h>

void config_init(struct config *config)
{
    *config = (struct config){0};
    keys_init(SECTION_DEPLOYER, config);
}

struct config_source *config_add_source(struct config *config, const char *name, const char *where)
{
    memory_grow(&config->sources, &config->capacity, config->count, sizeof(*config->sources));
    struct config_source *source = &config->sources[config->count++];
    *source = (struct config_source){.name = memory_string(name), .where = memory_string(where)};
    keys_init(SECTION_SOURCE, source);
    return source;
}

int config_set_source(struct config_source *source, const char *key, const char *value,
    const char *where, struct error *err)
{
    return keys_set_source(source, key, value, where, err);
}

void config_grant_all(struct config_source *source)
{
    source->allow_privileged = source->allow_host_network = source->allow_hooks = true;
    source->allow_mounts.all = source->allow_registries.all = source->allow_devices.all = true;
    source->allow_capabilities.all = source->allow_runtimes.all = true;
    source->allow_decrypt.all = source->allow_logs.all = true;
}

const struct config_container *config_container(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->container_count; i++)
        if (strcmp(config->containers[i].name, name) == 0)
            return &config->containers[i];
    return NULL;
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
    free(source->where);
    keys_finish(SECTION_SOURCE, source);
}

void config_drop_sources(struct config *config)
{
    for (size_t i = 0; i < config->count; i++)
        source_finish(&config->sources[i]);
    config->count = 0;
}

static void container_finish(struct config_container *container)
{
    free(container->name);
    free(container->where);
    keys_finish(SECTION_CONTAINER, container);
}

void config_finish(struct config *config)
{
    config_drop_sources(config);
    free(config->sources);
    for (size_t i = 0; i < config->container_count; i++)
        container_finish(&config->containers[i]);
    free(config->containers);
    keys_finish(SECTION_DEPLOYER, config);
    *config = (struct config){0};
}

int config_set(struct config *config, const char *key, const char *value, struct error *err)
{
    return keys_set(SECTION_DEPLOYER, config, key, value, err);
}

int config_override(
    struct config *config, const struct config_override *overrides, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (config_set(config, overrides[i].key, overrides[i].value, err) == 0)
            continue;
        err->kind = ERROR_USAGE;
        return -1;
    }
    return 0;
}
