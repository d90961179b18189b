#include "model/resources.h"

#include <string.h>

static const char *or_else(const char *text, const char *fallback)
{
    return text && *text ? text : fallback;
}

static void range_of(const Kanto__PortMapping *port, uint16_t *ret_first, uint16_t *ret_last)
{
    *ret_first = (uint16_t)port->host_port;
    *ret_last = port->host_port_end ? (uint16_t)port->host_port_end : *ret_first;
}

/* What is no address opens the port on every interface; so, for our purpose, does IPv6. */
static bool is_everywhere(const char *address)
{
    return strcmp(address, "0.0.0.0") == 0 || strspn(address, "0123456789.") != strlen(address);
}

static bool ports_meet(const Kanto__PortMapping *a, const Kanto__PortMapping *b)
{
    const char *one = or_else(a->host_ip, "0.0.0.0"), *other = or_else(b->host_ip, "0.0.0.0");
    uint16_t first, last, begin, end;
    if (strcmp(or_else(a->protocol, "tcp"), or_else(b->protocol, "tcp")) != 0)
        return false;
    if (strcmp(one, other) != 0 && !is_everywhere(one) && !is_everywhere(other))
        return false;
    range_of(a, &first, &last);
    range_of(b, &begin, &end);
    return first && begin && first <= end && begin <= last;
}

bool resources_share_port(const Kanto__Container *a, const Kanto__Container *b)
{
    const Kanto__HostConfig *one = a->host_config, *other = b->host_config;
    for (size_t i = 0; one && other && i < one->n_port_mappings; i++)
        for (size_t j = 0; j < other->n_port_mappings; j++)
            if (ports_meet(one->port_mappings[i], other->port_mappings[j]))
                return true;
    return false;
}

static bool share_device(const Kanto__HostConfig *a, const Kanto__HostConfig *b)
{
    for (size_t i = 0; a && b && i < a->n_devices; i++)
        for (size_t j = 0; j < b->n_devices; j++)
            if (strcmp(or_else(a->devices[i]->path_on_host, ""),
                    or_else(b->devices[j]->path_on_host, "")) == 0)
                return true;
    return false;
}

static bool share_mount(const Kanto__Container *a, const Kanto__Container *b)
{
    for (size_t i = 0; i < a->n_mounts; i++)
        for (size_t j = 0; j < b->n_mounts; j++)
            if (strcmp(or_else(a->mounts[i]->source, ""), or_else(b->mounts[j]->source, "")) == 0)
                return true;
    return false;
}

bool resources_share_any(const Kanto__Container *a, const Kanto__Container *b)
{
    return resources_share_port(a, b) || share_device(a->host_config, b->host_config) ||
           share_mount(a, b);
}

bool resources_has_port(const Kanto__Container *container)
{
    return container->host_config && container->host_config->n_port_mappings > 0;
}

bool resources_has_any(const Kanto__Container *container)
{
    return resources_has_port(container) || container->n_mounts > 0 ||
           (container->host_config && container->host_config->n_devices > 0);
}
