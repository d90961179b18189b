#include "network.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "daemon.h"

#include <stdlib.h>
#include <string.h>

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

static char *take_ports(struct box *box)
{
    scoped_free char *reason = ports_take(box);
    return reason
               ? memory_format("driver failed programming external connectivity on endpoint %s-ep "
                               "(" HEX64 "): %s",
                     box->container->id, reason)
               : NULL;
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
    free(ports_take(box));
}

void network_leave(struct box *box)
{
    box->ports.count = 0;
    if (box->container->network_settings)
        kanto__network_settings__free_unpacked(box->container->network_settings, NULL);
    box->container->network_settings = NULL;
}
