#include "host.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define PORT_MOST 65535

static bool parse_port(const char *text, struct port *ret_port)
{
    char *end = NULL;
    long number = strtol(text, &end, 10);
    bool udp = strcmp(end, "/udp") == 0;
    if (number < 1 || number > PORT_MOST || (*end && !udp && strcmp(end, "/tcp") != 0))
        return false;
    *ret_port = (struct port){.udp = udp, .address = INADDR_ANY, .number = (uint16_t)number};
    return true;
}

int host_hold_port(struct host *host, const char *text)
{
    struct port port;
    if (!parse_port(text, &port) || host->held.count == PORTS_MAX)
        return -1;
    host->held.list[host->held.count++] = port;
    return 0;
}

int host_free_port(struct host *host, const char *text)
{
    struct port port;
    struct ports *held = &host->held;
    if (!parse_port(text, &port))
        return -1;
    for (size_t i = held->count; i-- > 0;)
        if (held->list[i].number == port.number && held->list[i].udp == port.udp)
            held->list[i] = held->list[--held->count];
    return 0;
}

static size_t find(const struct host *host, uint32_t address)
{
    size_t at = 0;
    while (at < host->address_count && host->addresses[at] != address)
        at++;
    return at;
}

int host_add_address(struct host *host, const char *text)
{
    struct in_addr parsed;
    if (inet_pton(AF_INET, text, &parsed) != 1 || host->address_count == HOST_ADDRESSES_MAX)
        return -1;
    host->addresses[host->address_count++] = parsed.s_addr;
    return 0;
}

int host_drop_address(struct host *host, const char *text)
{
    struct in_addr parsed;
    if (inet_pton(AF_INET, text, &parsed) != 1)
        return -1;
    for (size_t at; (at = find(host, parsed.s_addr)) < host->address_count;)
        host->addresses[at] = host->addresses[--host->address_count];
    return 0;
}

bool host_has_address(const struct host *host, uint32_t address)
{
    return address == INADDR_ANY || (ntohl(address) >> 24) == IN_LOOPBACKNET ||
           find(host, address) < host->address_count;
}
