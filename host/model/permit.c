#include "model/permit.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "model/canon.h"
#include "model/image.h"
#include "model/trial.h"

#include <stdlib.h>
#include <string.h>

static bool is_listed(const struct permit_list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], item) == 0)
            return true;
    return false;
}

static void check_flags(const struct trial *trial, const Kanto__Container *container)
{
    const Kanto__HostConfig *host = container->host_config;
    if (host && host->privileged && !trial->permit->privileged)
        trial_refuse_flag(trial, "host_config.privileged", 0, "allow_privileged", "true");
    if (host && checker_is(host->network_mode, "host") && !trial->permit->host_network)
        trial_refuse_flag(trial, "host_config.network_mode", 0, "allow_host_network", "\"host\"");
    for (size_t i = 0; i < container->n_hooks && !trial->permit->hooks; i++) {
        const char *path = container->hooks[i]->path;
        scoped_free char *found = memory_format("a hook, \"%s\"", path ? path : "");
        trial_refuse_flag(trial, "hooks[%zu]", i, "allow_hooks", found);
    }
}

static void check_mounts_of(struct trial *trial, const Kanto__Container *container)
{
    for (size_t i = 0; i < container->n_mounts; i++) {
        struct demand demand = {
            "mounts[%zu].source", i, "allow_mounts", &trial->permit->mounts, &trial->mounts};
        trial_check_path(trial, &demand, container->mounts[i]->source);
    }
}

static void check_devices_of(struct trial *trial, const Kanto__HostConfig *host)
{
    for (size_t i = 0; i < host->n_devices; i++) {
        struct demand demand = {"host_config.devices[%zu].path_on_host", i, "allow_devices",
            &trial->permit->devices, &trial->devices};
        trial_check_path(trial, &demand, host->devices[i]->path_on_host);
    }
}

static void check_capabilities_of(const struct trial *trial, const Kanto__HostConfig *host)
{
    const struct permit_list *list = &trial->permit->capabilities;
    for (size_t i = 0; i < host->n_extra_capabilities && !list->all; i++) {
        const char *capability = host->extra_capabilities[i];
        struct demand demand = {
            "host_config.extra_capabilities[%zu]", i, "allow_capabilities", list, NULL};
        if (is_listed(list, capability))
            continue;
        scoped_free char *found = memory_format("\"%s\"", capability);
        bool can_be_listed =
            strncmp(capability, "CAP_", 4) == 0 && checker_word(capability, "", "_");
        if (can_be_listed)
            trial_refuse_item(trial, &demand, found, capability);
        else
            trial_refuse(trial, &demand, found, "yes");
    }
}

static void check_runtime_of(const struct trial *trial, const Kanto__HostConfig *host)
{
    const struct permit_list *list = &trial->permit->runtimes;
    struct demand demand = {"host_config.runtime", 0, "allow_runtimes", list, NULL};
    const char *runtime = host->runtime;
    if (checker_empty(runtime) || list->all || canon_is_runc(runtime) || is_listed(list, runtime))
        return;
    scoped_free char *found = memory_format("\"%s\"", runtime);
    if (strpbrk(runtime, " \t\r\n"))
        trial_refuse(trial, &demand, found, "yes");
    else
        trial_refuse_item(trial, &demand, found, runtime);
}

static void check_image_of(const struct trial *trial, const Kanto__Container *container)
{
    const struct permit_list *list = &trial->permit->registries;
    struct demand demand = {"image.name", 0, "allow_registries", list, NULL};
    const char *image = container->image ? container->image->name : NULL;
    if (checker_empty(image) || list->all)
        return;
    for (size_t i = 0; i < list->count; i++)
        if (image_is_below(image, list->items[i]))
            return;
    scoped_free char *registry = image_registry(image);
    scoped_free char *found = memory_format(
        "\"%s\"%s", image, registry ? "" : ", which is no plain reference with a registry");
    if (registry)
        trial_refuse_item(trial, &demand, found, registry);
    else
        trial_refuse(trial, &demand, found, "yes");
}

void permit_check(const struct permit *permit, const Kanto__Container *container,
    check_report *report, void *context)
{
    scoped(trial_finish) struct trial trial = {.checker = {report, context}, .permit = permit};
    check_image_of(&trial, container);
    if (container->image && container->image->decrypt_config)
        permit_check_decrypt(&trial, container->image->decrypt_config);
    check_flags(&trial, container);
    check_mounts_of(&trial, container);
    if (!container->host_config)
        return;
    if (container->host_config->log_config)
        permit_check_logs(&trial, container->host_config->log_config);
    check_devices_of(&trial, container->host_config);
    check_capabilities_of(&trial, container->host_config);
    check_runtime_of(&trial, container->host_config);
}
