#include "gather/terms.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/nearest.h"

#include <stdlib.h>
#include <string.h>

static int64_t narrowest(int64_t container, int64_t source, int64_t deployer)
{
    if (container != CONFIG_UNSET)
        return container;
    return source != CONFIG_UNSET ? source : deployer;
}

static void copy_after(const struct config_list *after, struct desired *desired)
{
    desired->after = memory_zeroed(after->count, sizeof(*desired->after));
    desired->after_count = after->count;
    for (size_t i = 0; i < after->count; i++)
        desired->after[i] = memory_string(after->items[i]);
}

void terms_of_desired(
    const struct config *config, const struct config_source *source, struct desired *desired)
{
    const struct config_container *container = config_container(config, desired->container->name);
    desired->soak_ms =
        narrowest(container ? container->soak_ms : CONFIG_UNSET, source->soak_ms, config->soak_ms);
    desired->start_first = narrowest(container ? container->replace : CONFIG_UNSET, source->replace,
                               config->replace) == REPLACE_START_FIRST;
    if (!container)
        return;
    desired->critical = container->critical;
    desired->restart_with = memory_string(container->restart_with);
    copy_after(&container->after, desired);
}

void terms_of_source(const struct config_source *source, struct desired_set *desired_set)
{
    struct desired_source *entry = desired_add_source(desired_set, source->name);
    entry->renamed_from = memory_string(source->renamed_from);
    entry->prune = source->prune;
    entry->prune_limit = (size_t)source->prune_limit;
    entry->prune_empty = source->prune_empty;
}

static struct permit_list borrow(const struct config_grant *grant)
{
    return (struct permit_list){
        .all = grant->all,
        .items = (const char *const *)grant->list.items,
        .count = grant->list.count,
    };
}

struct permit terms_permit(const struct config_source *source, const char *section)
{
    return (struct permit){
        .section = section,
        .privileged = source->allow_privileged,
        .host_network = source->allow_host_network,
        .hooks = source->allow_hooks,
        .mounts = borrow(&source->allow_mounts),
        .registries = borrow(&source->allow_registries),
        .devices = borrow(&source->allow_devices),
        .capabilities = borrow(&source->allow_capabilities),
        .runtimes = borrow(&source->allow_runtimes),
        .decrypt = borrow(&source->allow_decrypt),
        .logs = borrow(&source->allow_logs),
    };
}

/* Among so many: each costs as much as four thousand letters. */
#define NEAR_MAX 1000

static char *did_you_mean(const struct desired_set *desired_set, const char *name)
{
    size_t count = desired_set->count < NEAR_MAX ? desired_set->count : NEAR_MAX;
    scoped_free const char **names = memory_zeroed(count, sizeof(*names));
    for (size_t i = 0; i < count; i++)
        names[i] = desired_set->items[i].container->name;
    const char *near = nearest_word(name, names, count);
    return near ? memory_format("; did you mean \"%s\"?", near) : memory_string("");
}

static void check_name(const struct config_container *container, const char *key, const char *name,
    const struct desired_set *desired_set, struct gather_findings *findings)
{
    if (!name || desired_find(desired_set, name))
        return;
    scoped_free char *near = did_you_mean(desired_set, name);
    findings_add(findings, GATHER_PROBLEM, SEVERITY_WARNING, container->where,
        "[container %s] %s: found \"%s\", which no manifest that is applied has: it is not waited "
        "for%s",
        container->name, key, name, near);
}

static void check_section(const struct config_container *container,
    const struct desired_set *desired_set, struct gather_findings *findings)
{
    scoped_free char *near = did_you_mean(desired_set, container->name);
    findings_add(findings, GATHER_PROBLEM, SEVERITY_WARNING, container->where,
        "[container %s]: no manifest that is applied has this name%s", container->name, near);
}

void terms_check_names(const struct config *config, const struct desired_set *desired_set,
    bool sections, struct gather_findings *findings)
{
    for (size_t i = 0; i < config->container_count; i++) {
        const struct config_container *container = &config->containers[i];
        if (!desired_find(desired_set, container->name)) {
            if (sections)
                check_section(container, desired_set, findings);
            continue;
        }
        for (size_t j = 0; j < container->after.count; j++)
            check_name(container, "after", container->after.items[j], desired_set, findings);
        check_name(container, "restart_with", container->restart_with, desired_set, findings);
    }
}
