#include "model/permit.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "model/canon.h"
#include "model/checker.h"
#include "model/image.h"

#include <stdlib.h>
#include <string.h>

/* One check: who gets its findings, and by whose grants. */
struct trial {
    struct checker checker;
    const struct permit *permit;
};

/* Where something stands, and the key that grants it. */
struct demand {
    const char *path; /* with %zu for the index */
    size_t index;
    const char *key;
    const struct permit_list *list;
};

static void refuse(
    const struct trial *trial, const struct demand *demand, const char *found, const char *grant)
{
    checker_report(&trial->checker, SEVERITY_ERROR, demand->path, demand->index, NULL,
        "found %s; %s = %s in %s would allow it", found, demand->key, grant,
        trial->permit->section);
}

static void refuse_flag(
    const struct trial *trial, const char *path, size_t index, const char *key, const char *found)
{
    struct demand demand = {.path = path, .index = index, .key = key};
    refuse(trial, &demand, found, "yes");
}

/* The list as it is, and one more: the line to write. */
static void refuse_item(
    const struct trial *trial, const struct demand *demand, const char *found, const char *item)
{
    scoped_text struct text grant = {.max = 800}; /* a line of the configuration has its bound */
    for (size_t i = 0; i < demand->list->count; i++)
        text_add_format(&grant, "%s ", demand->list->items[i]);
    text_add(&grant, item);
    refuse(trial, demand, found, text_get(&grant));
}

static bool is_listed(const struct permit_list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], item) == 0)
            return true;
    return false;
}

static bool is_below_one(const struct permit_list *list, const char *path)
{
    for (size_t i = 0; i < list->count; i++)
        if (path_is_below(path, list->items[i]))
            return true;
    return false;
}

/* The folders of a list may be links themselves: /data that is /mnt/data on this machine. */
static bool is_really_below_one(const struct permit_list *list, const char *real)
{
    for (size_t i = 0; i < list->count; i++) {
        scoped_free char *folder = memory_realpath(list->items[i]);
        if (folder && path_is_below(real, folder))
            return true;
    }
    return false;
}

static void refuse_path(const struct trial *trial, const struct demand *demand, const char *path)
{
    bool can_be_listed = path_is_plain(path) && !strpbrk(path, " \t\r\n:");
    scoped_free char *found = memory_format(
        "\"%s\"%s", path, path_is_plain(path) ? "" : ", which is no absolute path without \"..\"");
    if (can_be_listed)
        refuse_item(trial, demand, found, path);
    else
        refuse(trial, demand, found, "yes");
}

static bool check_path(const struct trial *trial, const struct demand *demand, const char *path)
{
    if (checker_empty(path) || demand->list->all || is_below_one(demand->list, path))
        return true;
    refuse_path(trial, demand, path);
    return false;
}

static void check_folder(const struct trial *trial, const struct demand *demand, const char *path)
{
    if (!check_path(trial, demand, path) || checker_empty(path) || demand->list->all)
        return;
    scoped_free char *real = memory_realpath(path);
    if (!real || is_really_below_one(demand->list, real))
        return;
    scoped_free char *found = memory_format("\"%s\", which leads to \"%s\"", path, real);
    refuse_item(trial, demand, found, real);
}

static void check_flags(const struct trial *trial, const Kanto__Container *container)
{
    const Kanto__HostConfig *host = container->host_config;
    if (host && host->privileged && !trial->permit->privileged)
        refuse_flag(trial, "host_config.privileged", 0, "allow_privileged", "true");
    if (host && checker_is(host->network_mode, "host") && !trial->permit->host_network)
        refuse_flag(trial, "host_config.network_mode", 0, "allow_host_network", "\"host\"");
    for (size_t i = 0; i < container->n_hooks && !trial->permit->hooks; i++) {
        const char *path = container->hooks[i]->path;
        scoped_free char *found = memory_format("a hook, \"%s\"", path ? path : "");
        refuse_flag(trial, "hooks[%zu]", i, "allow_hooks", found);
    }
}

static void check_mounts_of(const struct trial *trial, const Kanto__Container *container)
{
    const Kanto__HostConfig *host = container->host_config;
    const struct permit_list *list = &trial->permit->mounts;
    for (size_t i = 0; i < container->n_mounts; i++) {
        struct demand demand = {"mounts[%zu].source", i, "allow_mounts", list};
        check_folder(trial, &demand, container->mounts[i]->source);
    }
    if (!host || !host->log_config || !host->log_config->driver_config)
        return;
    struct demand demand = {
        "host_config.log_config.driver_config.root_dir", 0, "allow_mounts", list};
    check_folder(trial, &demand, host->log_config->driver_config->root_dir);
}

static void check_devices_of(const struct trial *trial, const Kanto__HostConfig *host)
{
    for (size_t i = 0; i < host->n_devices; i++) {
        struct demand demand = {
            "host_config.devices[%zu].path_on_host", i, "allow_devices", &trial->permit->devices};
        check_path(trial, &demand, host->devices[i]->path_on_host);
    }
}

static void check_capabilities_of(const struct trial *trial, const Kanto__HostConfig *host)
{
    const struct permit_list *list = &trial->permit->capabilities;
    for (size_t i = 0; i < host->n_extra_capabilities && !list->all; i++) {
        const char *capability = host->extra_capabilities[i];
        struct demand demand = {
            "host_config.extra_capabilities[%zu]", i, "allow_capabilities", list};
        if (is_listed(list, capability))
            continue;
        scoped_free char *found = memory_format("\"%s\"", capability);
        bool can_be_listed =
            strncmp(capability, "CAP_", 4) == 0 && checker_word(capability, "", "_");
        if (can_be_listed)
            refuse_item(trial, &demand, found, capability);
        else
            refuse(trial, &demand, found, "yes");
    }
}

static void check_runtime_of(const struct trial *trial, const Kanto__HostConfig *host)
{
    const struct permit_list *list = &trial->permit->runtimes;
    struct demand demand = {"host_config.runtime", 0, "allow_runtimes", list};
    const char *runtime = host->runtime;
    if (checker_empty(runtime) || list->all || canon_is_runc(runtime) || is_listed(list, runtime))
        return;
    scoped_free char *found = memory_format("\"%s\"", runtime);
    if (strpbrk(runtime, " \t\r\n"))
        refuse(trial, &demand, found, "yes");
    else
        refuse_item(trial, &demand, found, runtime);
}

static void check_image_of(const struct trial *trial, const Kanto__Container *container)
{
    const struct permit_list *list = &trial->permit->registries;
    struct demand demand = {"image.name", 0, "allow_registries", list};
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
        refuse_item(trial, &demand, found, registry);
    else
        refuse(trial, &demand, found, "yes");
}

void permit_check(const struct permit *permit, const Kanto__Container *container,
    check_report *report, void *context)
{
    struct trial trial = {.checker = {report, context}, .permit = permit};
    check_image_of(&trial, container);
    check_flags(&trial, container);
    check_mounts_of(&trial, container);
    if (!container->host_config)
        return;
    check_devices_of(&trial, container->host_config);
    check_capabilities_of(&trial, container->host_config);
    check_runtime_of(&trial, container->host_config);
}
