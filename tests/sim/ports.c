#include "ports.h"

#include "base/memory.h"
#include "daemon.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <strings.h>

enum state {
    FREE,
    TAKEN, /* by a container, under the same address: the daemon knows that */
    BOUND, /* in another way: the daemon hears of it when it binds the port */
};

static bool same(const struct port *one, const struct port *other)
{
    return one->udp == other->udp && one->number == other->number && one->address == other->address;
}

bool ports_block(const struct ports *ports, const struct port *port)
{
    for (size_t i = 0; i < ports->count; i++) {
        struct port found = ports->list[i];
        if (port->address == INADDR_ANY || found.address == INADDR_ANY)
            found.address = port->address;
        if (same(&found, port))
            return true;
    }
    return false;
}

static bool hold(const struct ports *ports, const struct port *port)
{
    for (size_t i = 0; i < ports->count; i++)
        if (same(&ports->list[i], port))
            return true;
    return false;
}

static enum state state_of(const struct daemon *daemon, const struct port *port)
{
    enum state state = ports_block(&daemon->host.held, port) ? BOUND : FREE;
    for (size_t i = 0; i < daemon->count; i++) {
        const struct ports *ports = &daemon->boxes[i]->ports;
        if (hold(ports, port))
            return TAKEN;
        if (ports_block(ports, port))
            state = BOUND;
    }
    return state;
}

/* As Go prints it. */
static char *text_of(const struct port *port)
{
    char address[INET_ADDRSTRLEN];
    struct in_addr parsed = {.s_addr = port->address};
    return memory_format("%s:%u",
        inet_ntop(AF_INET, &parsed, address, sizeof(address)) ? address : "", port->number);
}

static char *refuse(const struct port *port, const char *before, const char *after)
{
    char *text = text_of(port);
    char *sentence = memory_format("%s%s%s", before, text, after);
    free(text);
    return sentence;
}

static char *cannot_listen(const struct port *port, const char *why)
{
    return refuse(port, port->udp ? "listen udp4 " : "listen tcp4 ", why);
}

/* The first that is free; what is bound by somebody else ends the search. */
static char *take_one(struct box *box, struct port port, uint16_t end)
{
    bool is_range = port.number != end;
    for (;; port.number++) {
        switch (state_of(box->daemon, &port)) {
        case BOUND:
            return cannot_listen(&port, ": bind: address already in use");
        case FREE:
            box->ports.list[box->ports.count++] = port;
            return NULL;
        default:
            break;
        }
        if (port.number == end)
            break;
    }
    return is_range ? memory_string("all ports are allocated")
                    : refuse(&port, "Bind for ", " failed: port is already allocated");
}

static char *check_protocol(const char *protocol)
{
    if (strcasecmp(protocol, "sctp") == 0)
        return memory_string("protocol not supported");
    if (strcasecmp(protocol, "tcp") != 0 && strcasecmp(protocol, "udp") != 0)
        return memory_string("invalid transport protocol: 0");
    return NULL;
}

/* What is no address stands for every one. False: of IPv6, under which nothing is taken. */
static bool address_of(const Kanto__PortMapping *mapping, uint32_t *ret_address)
{
    struct in6_addr six;
    struct in_addr four;
    const char *text = mapping->host_ip ? mapping->host_ip : "";
    if (inet_pton(AF_INET6, text, &six) == 1)
        return false;
    *ret_address = inet_pton(AF_INET, text, &four) == 1 ? four.s_addr : INADDR_ANY;
    return true;
}

static char *take_mapping(struct box *box, const Kanto__PortMapping *mapping)
{
    uint16_t first = (uint16_t)mapping->host_port, end = (uint16_t)mapping->host_port_end;
    struct port port = {.udp = strcasecmp(mapping->protocol, "udp") == 0, .number = first};
    if (end < first)
        return memory_format("invalid port range: %u-%u", first, end);
    char *error = check_protocol(mapping->protocol);
    if (error || !address_of(mapping, &port.address))
        return error;
    if (!host_has_address(&box->daemon->host, port.address))
        return cannot_listen(&port, ": bind: cannot assign requested address");
    if (first == 0 || box->ports.count == PORTS_MAX)
        return NULL; /* any free one */
    return take_one(box, port, end);
}

char *ports_take(struct box *box)
{
    const Kanto__HostConfig *host = box->container->host_config;
    char *error = NULL;
    box->ports.count = 0;
    for (size_t i = 0; !error && host && i < host->n_port_mappings; i++)
        error = take_mapping(box, host->port_mappings[i]);
    if (error)
        box->ports.count = 0;
    return error;
}
