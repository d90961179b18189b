#include "model/container.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

Kanto__Container *container_clone(const Kanto__Container *container)
{
    size_t size = 0;
    scoped_free void *bytes = container_pack(container, &size);
    Kanto__Container *copy = container_unpack(bytes, size);
    /* These bytes were packed a line above: only an exhausted heap refuses them. */
    return memory_held(copy);
}

void *container_pack(const Kanto__Container *container, size_t *ret_length)
{
    *ret_length = kanto__container__get_packed_size(container);
    uint8_t *bytes = memory_zeroed(*ret_length + 1, 1);
    kanto__container__pack(container, bytes);
    return bytes;
}

static void *take(void *context, size_t size)
{
    (void)context;
    return memory_taken(size);
}

static void give(void *context, void *bytes)
{
    (void)context;
    free(bytes);
}

/* NULL is damage, never want of memory. */
Kanto__Container *container_unpack(const void *bytes, size_t length)
{
    ProtobufCAllocator allocator = {.alloc = take, .free = give};
    return kanto__container__unpack(&allocator, length, bytes);
}

void container_free(Kanto__Container *container)
{
    if (container)
        kanto__container__free_unpacked(container, NULL);
}

void container_cleanup(Kanto__Container **container)
{
    container_free(*container);
}

static void drop(char **text)
{
    free(*text);
    *text = NULL;
}

void container_strip_results(Kanto__Container *container)
{
    drop(&container->resolv_conf_path);
    drop(&container->hosts_path);
    drop(&container->hostname_path);
    drop(&container->created);
    if (container->state)
        kanto__state__free_unpacked(container->state, NULL);
    if (container->network_settings)
        kanto__network_settings__free_unpacked(container->network_settings, NULL);
    container->state = NULL;
    container->network_settings = NULL;
    container->has_manually_stopped = container->manually_stopped = false;
    container->has_restart_count = false;
    container->restart_count = 0;
}

static const char *const status_words[] = {
    [STATUS_UNKNOWN] = "Unknown",
    [STATUS_CREATING] = "Creating",
    [STATUS_CREATED] = "Created",
    [STATUS_RUNNING] = "Running",
    [STATUS_STOPPED] = "Stopped",
    [STATUS_PAUSED] = "Paused",
    [STATUS_EXITED] = "Exited",
    [STATUS_DEAD] = "Dead",
};

enum container_status container_status(const Kanto__Container *container)
{
    if (!container->state || !container->state->status)
        return STATUS_UNKNOWN;
    for (size_t i = 0; i < countof(status_words); i++)
        if (strcmp(container->state->status, status_words[i]) == 0)
            return (enum container_status)i;
    return STATUS_UNKNOWN;
}

const char *container_status_word(enum container_status status)
{
    return status_words[status];
}

static const char *word(const char *text)
{
    return text ? text : "";
}

const char *container_id(const Kanto__Container *container)
{
    return word(container->id);
}

const char *container_name(const Kanto__Container *container)
{
    return word(container->name);
}

const char *container_image(const Kanto__Container *container)
{
    return container->image ? word(container->image->name) : "";
}

const char *container_error(const Kanto__Container *container)
{
    return container->state ? word(container->state->error) : "";
}

const char *container_policy(const Kanto__Container *container)
{
    const Kanto__HostConfig *host = container->host_config;
    return host && host->restart_policy ? word(host->restart_policy->type) : "";
}
