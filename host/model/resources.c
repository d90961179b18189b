#include "model/resources.h"

#include "base/cleanup.h"
#include "base/index.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *or_else(const char *text, const char *fallback)
{
    return text && *text ? text : fallback;
}

/* Whose port it is, and what of the host it takes. */
struct claim {
    const char *protocol, *address;
    uint16_t first, last;
    bool everywhere;
    int side;
};

/* What is no address opens the port on every interface; so, for our purpose, does IPv6. */
static bool is_everywhere(const char *address)
{
    return strcmp(address, "0.0.0.0") == 0 || strspn(address, "0123456789.") != strlen(address);
}

static struct claim claim_of(const Kanto__PortMapping *port, int side)
{
    struct claim claim = {
        .protocol = or_else(port->protocol, "tcp"),
        .address = or_else(port->host_ip, "0.0.0.0"),
        .first = (uint16_t)port->host_port,
        .side = side,
    };
    claim.last = port->host_port_end ? (uint16_t)port->host_port_end : claim.first;
    claim.everywhere = is_everywhere(claim.address);
    return claim;
}

static bool claims_meet(const struct claim *a, const struct claim *b)
{
    return a->first && b->first && a->first <= b->last && b->first <= a->last &&
           strcmp(a->protocol, b->protocol) == 0 &&
           (a->everywhere || b->everywhere || strcmp(a->address, b->address) == 0);
}

static int by_port(const void *left, const void *right)
{
    const struct claim *a = left, *b = right;
    int order = strcmp(a->protocol, b->protocol);
    return order ? order : (a->first > b->first) - (a->first < b->first);
}

static int by_address(const void *left, const void *right)
{
    const struct claim *a = left, *b = right;
    int order = strcmp(a->address, b->address);
    return order ? order : by_port(left, right);
}

/* The last port that was taken so far, by each side. */
struct taken {
    int all[2], everywhere[2]; /* -1: none */
};

/* Sorted by their first ports: one that begins at or before the last port taken meets it. */
static bool sweep(const struct claim *claims, size_t count, bool same_address)
{
    struct taken taken = {0};
    for (size_t i = 0; i < count; i++) {
        const struct claim *claim = &claims[i];
        int other = !claim->side;
        if (i == 0 || strcmp(claim->protocol, claims[i - 1].protocol) != 0 ||
            (same_address && strcmp(claim->address, claims[i - 1].address) != 0))
            taken = (struct taken){{-1, -1}, {-1, -1}};
        if (claim->first <= taken.everywhere[other] ||
            ((same_address || claim->everywhere) && claim->first <= taken.all[other]))
            return true;
        if (claim->last > taken.all[claim->side])
            taken.all[claim->side] = claim->last;
        if (claim->everywhere && claim->last > taken.everywhere[claim->side])
            taken.everywhere[claim->side] = claim->last;
    }
    return false;
}

static size_t add_claims(const Kanto__HostConfig *host, int side, struct claim *claims)
{
    size_t count = 0;
    for (size_t i = 0; i < host->n_port_mappings; i++) {
        claims[count] = claim_of(host->port_mappings[i], side);
        count += claims[count].first && claims[count].first <= claims[count].last;
    }
    return count;
}

static bool share_many_ports(const Kanto__HostConfig *a, const Kanto__HostConfig *b)
{
    scoped_free struct claim *claims =
        memory_zeroed(a->n_port_mappings + b->n_port_mappings + 1, sizeof(*claims));
    size_t count = add_claims(a, 0, claims);
    count += add_claims(b, 1, claims + count);
    qsort(claims, count, sizeof(*claims), by_port);
    if (sweep(claims, count, false))
        return true;
    qsort(claims, count, sizeof(*claims), by_address);
    return sweep(claims, count, true);
}

/* So many pairs are looked at one by one. */
static bool are_few(size_t one, size_t other)
{
    return one <= 16 && other <= 16;
}

bool resources_share_port(const Kanto__Container *a, const Kanto__Container *b)
{
    const Kanto__HostConfig *one = a->host_config, *other = b->host_config;
    if (!one || !other || !one->n_port_mappings || !other->n_port_mappings)
        return false;
    if (!are_few(one->n_port_mappings, other->n_port_mappings))
        return share_many_ports(one, other);
    for (size_t i = 0; i < one->n_port_mappings; i++) {
        struct claim claim = claim_of(one->port_mappings[i], 0);
        for (size_t j = 0; j < other->n_port_mappings; j++) {
            struct claim another = claim_of(other->port_mappings[j], 1);
            if (claims_meet(&claim, &another))
                return true;
        }
    }
    return false;
}

/* Whether the lists have a text in common; what is empty counts as one. */
static bool share_text(const char *const *a, size_t count, const char *const *b, size_t other)
{
    struct index index = {0};
    bool found = false;
    for (size_t i = 0; !are_few(count, other) && i < count; i++)
        index_put(&index, a[i], i);
    for (size_t j = 0; j < other && !found; j++) {
        size_t place = 0;
        found = index_find(&index, b[j], &place);
        for (size_t i = 0; are_few(count, other) && i < count && !found; i++)
            found = strcmp(a[i], b[j]) == 0;
    }
    index_finish(&index);
    return found;
}

static const char **devices_of(const Kanto__HostConfig *host)
{
    const char **paths = memory_zeroed(host->n_devices, sizeof(*paths));
    for (size_t i = 0; i < host->n_devices; i++)
        paths[i] = or_else(host->devices[i]->path_on_host, "");
    return paths;
}

static bool share_device(const Kanto__HostConfig *a, const Kanto__HostConfig *b)
{
    if (!a || !b || !a->n_devices || !b->n_devices)
        return false;
    scoped_free const char **one = devices_of(a);
    scoped_free const char **other = devices_of(b);
    return share_text(one, a->n_devices, other, b->n_devices);
}

static const char **sources_of(const Kanto__Container *container)
{
    const char **paths = memory_zeroed(container->n_mounts, sizeof(*paths));
    for (size_t i = 0; i < container->n_mounts; i++)
        paths[i] = or_else(container->mounts[i]->source, "");
    return paths;
}

static bool share_mount(const Kanto__Container *a, const Kanto__Container *b)
{
    if (!a->n_mounts || !b->n_mounts)
        return false;
    scoped_free const char **one = sources_of(a);
    scoped_free const char **other = sources_of(b);
    return share_text(one, a->n_mounts, other, b->n_mounts);
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
