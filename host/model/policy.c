/* What Update can change in place: the restart policy and the resources. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
    [POLICY_UNLESS_STOPPED] = "unless-stopped",
    [POLICY_ALWAYS] = "always",
    [POLICY_ON_FAILURE] = "on-failure",
    [POLICY_NO] = "no",
    [POLICY_OTHER] = "",
};

enum container_policy container_policy_kind(const Kanto__Container *container)
{
    const char *policy = container_policy(container);
    for (size_t i = 0; i < POLICY_OTHER; i++)
        if (strcmp(policy, words[i]) == 0)
            return (enum container_policy)i;
    return POLICY_OTHER;
}

const char *container_policy_word(enum container_policy policy)
{
    return words[policy];
}

static Kanto__HostConfig *host_config(Kanto__Container *container)
{
    if (!container->host_config) {
        container->host_config = memory_zeroed(1, sizeof(*container->host_config));
        kanto__host_config__init(container->host_config);
    }
    return container->host_config;
}

static void drop_policy(Kanto__HostConfig *host)
{
    if (host->restart_policy)
        kanto__restart_policy__free_unpacked(host->restart_policy, NULL);
    host->restart_policy = NULL;
}

void container_set_policy(Kanto__Container *container, enum container_policy policy)
{
    Kanto__HostConfig *host = host_config(container);
    drop_policy(host);
    host->restart_policy = memory_zeroed(1, sizeof(*host->restart_policy));
    kanto__restart_policy__init(host->restart_policy);
    host->restart_policy->type = memory_string(words[policy]);
}

void container_copy_policy(Kanto__Container *container, const Kanto__Container *other)
{
    scoped_container Kanto__Container *copy = container_clone(other);
    Kanto__HostConfig *host = host_config(container);
    drop_policy(host);
    host->restart_policy = steal(&host_config(copy)->restart_policy);
}

void container_copy_in_place(Kanto__Container *container, const Kanto__Container *other)
{
    scoped_container Kanto__Container *copy = container_clone(other);
    Kanto__HostConfig *host = host_config(container);
    container_copy_policy(container, other);
    if (host->resources)
        kanto__resources__free_unpacked(host->resources, NULL);
    host->resources = steal(&host_config(copy)->resources);
}

Kanto__Resources *container_no_resources(void)
{
    Kanto__Resources *resources = memory_zeroed(1, sizeof(*resources));
    kanto__resources__init(resources);
    return resources;
}
