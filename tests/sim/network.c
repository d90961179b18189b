#include "network.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "daemon.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEX64 "7a073a456705adea1be5c44a02e6598108fd019e8e0ba162c5922cf1f792b2ee"

/* Exactly one colon, and something on both sides. */
static char *check_extra_hosts(const Kanto__HostConfig *host)
{
    for (size_t i = 0; host && i < host->n_extra_hosts; i++) {
        const char *entry = host->extra_hosts[i];
        const char *colon = strchr(entry, ':');
        if (colon && !strchr(colon + 1, ':'))
            continue;
        scoped_free char *spaced = memory_string(entry); /* as Go prints the list of its parts */
        for (char *at = spaced; *at; at++)
            if (*at == ':')
                *at = ' ';
        return memory_format("host [%s] is incorrectly defined", spaced);
    }
    return NULL;
}

static bool taken(const struct daemon *daemon, uint16_t port)
{
    for (size_t i = 0; i < daemon->count; i++)
        for (size_t k = 0; k < daemon->boxes[i]->port_count; k++)
            if (daemon->boxes[i]->ports[k] == port)
                return true;
    return false;
}

static char *on_endpoint(const struct box *box, char *reason)
{
    char *sentence = memory_format(
        "driver failed programming external connectivity on endpoint %s-ep (" HEX64 "): %s",
        box->container->id, reason);
    free(reason);
    return sentence;
}

static bool is_own_address(const char *address)
{
    return strcmp(address, "0.0.0.0") == 0 || strncmp(address, "127.", 4) == 0;
}

static char *take_port(struct box *box, const Kanto__PortMapping *mapping)
{
    uint16_t first = (uint16_t)mapping->host_port, end = (uint16_t)mapping->host_port_end;
    const char *address = mapping->host_ip ? mapping->host_ip : "0.0.0.0";
    struct in_addr parsed;
    if (end < first)
        return on_endpoint(box, memory_format("invalid port range: %u-%u", first, end));
    if (strcasecmp(mapping->protocol, "sctp") == 0)
        return on_endpoint(box, memory_string("protocol not supported"));
    if (strcasecmp(mapping->protocol, "tcp") != 0 && strcasecmp(mapping->protocol, "udp") != 0)
        return on_endpoint(box, memory_string("invalid transport protocol: 0"));
    if (inet_pton(AF_INET, address, &parsed) == 1 && !is_own_address(address))
        return on_endpoint(
            box, memory_format(
                     "listen tcp4 %s:%u: bind: cannot assign requested address", address, first));
    if (first == 0 || box->port_count == BOX_PORTS_MAX)
        return NULL; /* any free one */
    for (unsigned port = first; port <= end; port++) {
        if (taken(box->daemon, (uint16_t)port))
            continue;
        box->ports[box->port_count++] = (uint16_t)port;
        return NULL;
    }
    return on_endpoint(
        box, memory_format("Bind for %s:%u failed: port is already allocated", "0.0.0.0", end));
}

static char *take_ports(struct box *box)
{
    const Kanto__HostConfig *host = box->container->host_config;
    for (size_t i = 0; host && i < host->n_port_mappings; i++) {
        char *error = take_port(box, host->port_mappings[i]);
        if (error) {
            box->port_count = 0;
            return error;
        }
    }
    return NULL;
}

static bool on_bridge(const struct box *box)
{
    const Kanto__HostConfig *host = box->container->host_config;
    return !host || !host->network_mode || strcmp(host->network_mode, "host") != 0;
}

static void describe(struct box *box, unsigned number)
{
    Kanto__NetworkSettings *settings = memory_zeroed(1, sizeof(*settings));
    Kanto__NetworkEntry *entry = memory_zeroed(1, sizeof(*entry));
    Kanto__EndpointSettings *endpoint = memory_zeroed(1, sizeof(*endpoint));
    kanto__network_settings__init(settings);
    kanto__network_entry__init(entry);
    kanto__endpoint_settings__init(endpoint);
    settings->sandbox_id = memory_string(HEX64);
    settings->sandbox_key = memory_format(
        "/var/run/container-management/netns/%s", on_bridge(box) ? "1234567890ab" : "default");
    settings->network_controller_id = memory_string(HEX64);
    endpoint->id = memory_string(HEX64);
    endpoint->network_id = memory_string(HEX64);
    if (on_bridge(box)) {
        endpoint->gateway = memory_string(NETWORK "1");
        endpoint->ip_address = memory_format(NETWORK "%u", number);
        endpoint->mac_address = memory_format("02:42:ac:11:00:%02x", number & 255);
    }
    entry->key = memory_string(on_bridge(box) ? "bridge" : "host");
    entry->value = endpoint;
    settings->networks = memory_zeroed(1, sizeof(*settings->networks));
    settings->networks[0] = entry;
    settings->n_networks = 1;
    if (box->container->network_settings)
        kanto__network_settings__free_unpacked(box->container->network_settings, NULL);
    box->container->network_settings = settings;
}

char *network_join(struct box *box)
{
    char *error = check_extra_hosts(box->container->host_config);
    if (!error)
        error = take_ports(box);
    if (error)
        return error;
    describe(box, 2 + (unsigned)(box->daemon->last_pid % 250));
    return NULL;
}

void network_rejoin(struct box *box)
{
    box->port_count = 0;
    free(take_ports(box));
}

void network_leave(struct box *box)
{
    box->port_count = 0;
    if (box->container->network_settings)
        kanto__network_settings__free_unpacked(box->container->network_settings, NULL);
    box->container->network_settings = NULL;
}
