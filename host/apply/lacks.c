#include "apply/run.h"
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"
#include "model/resources.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_missing(const char *path)
{
    struct stat status;
    return path && *path && stat(path, &status) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

static char *missing_file(const Kanto__Container *container)
{
    const Kanto__HostConfig *host = container->host_config;
    for (size_t i = 0; i < container->n_mounts; i++)
        if (is_missing(container->mounts[i]->source))
            return memory_format(
                "mounts[%zu].source %s is not there", i, container->mounts[i]->source);
    for (size_t i = 0; host && i < host->n_devices; i++)
        if (is_missing(host->devices[i]->path_on_host))
            return memory_format("host_config.devices[%zu].path_on_host %s is not there", i,
                host->devices[i]->path_on_host);
    return NULL;
}

/* A program of this machine has it: nothing else makes bind(2) say so. What kanto-cm's own containers
 * have was looked up before. */
static bool is_bound(const Kanto__PortMapping *port, uint16_t number)
{
    bool datagram = port->protocol && strcmp(port->protocol, "udp") == 0;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(number)};
    if (!port->host_ip || inet_pton(AF_INET, port->host_ip, &address.sin_addr) != 1)
        address.sin_addr.s_addr = htonl(INADDR_ANY);
    int descriptor = socket(AF_INET, (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    int on = 1;
    if (descriptor < 0)
        return false;
    /* As kanto-cm's own listener: connections that are only closing are no hindrance. */
    if (!datagram)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    bool bound = bind(descriptor, (const struct sockaddr *)&address, sizeof(address)) < 0 &&
                 (errno == EADDRINUSE || errno == EADDRNOTAVAIL);
    close(descriptor);
    return bound;
}

/* One of the pass that has come to its end, or wants the port as well. */
static bool keeps_it(const struct job *other, const struct job *job)
{
    bool wants = !other->around.orphaned &&
                 resources_share_port(other->desired->container, job->desired->container);
    for (size_t i = 0; i < other->live_count; i++)
        if (live_runs(&other->live[i]) && (wants || other->move.action == ACTION_VERDICT) &&
            resources_share_port(other->now[i].container, job->desired->container))
            return true;
    return false;
}

static bool is_in_hand(const struct pass *pass, const char *name)
{
    for (size_t i = 0; i < pass->count; i++)
        if (strcmp(pass->jobs[i].story.name, name) == 0)
            return true;
    return false;
}

/* Another container that runs and will go on running has a port of it. */
static char *held_by_container(const struct pass *pass, size_t index)
{
    const struct job *job = &pass->jobs[index];
    const char *name = NULL;
    for (size_t i = 0; i < pass->count && !name; i++)
        if (i != index && keeps_it(&pass->jobs[i], job))
            name = pass->jobs[i].story.name;
    for (size_t i = 0; i < pass->snapshot.list->n_containers && !name; i++) {
        const Kanto__Container *other = pass->snapshot.list->containers[i];
        if (container_status(other) == STATUS_RUNNING && !is_in_hand(pass, container_name(other)) &&
            resources_share_port(other, job->desired->container))
            name = container_name(other);
    }
    return name ? memory_format("container %s has a host port of it", name) : NULL;
}

static bool is_held_by_any(const struct pass *pass, const Kanto__PortMapping *port)
{
    Kanto__PortMapping *mapping = (Kanto__PortMapping *)port;
    Kanto__HostConfig host = KANTO__HOST_CONFIG__INIT;
    Kanto__Container one = KANTO__CONTAINER__INIT;
    host.port_mappings = &mapping;
    host.n_port_mappings = 1;
    one.host_config = &host;
    for (size_t i = 0; i < pass->snapshot.list->n_containers; i++)
        if (container_status(pass->snapshot.list->containers[i]) == STATUS_RUNNING &&
            resources_share_port(&one, pass->snapshot.list->containers[i]))
            return true;
    return false;
}

/* A range is free as soon as one of its ports is. */
static bool is_taken(const Kanto__PortMapping *port)
{
    uint16_t first = (uint16_t)port->host_port;
    return first && (!port->host_port_end || port->host_port_end == port->host_port) &&
           is_bound(port, first);
}

static char *held_by_program(const struct pass *pass, const Kanto__Container *container)
{
    const Kanto__HostConfig *host = container->host_config;
    for (size_t i = 0; host && i < host->n_port_mappings; i++) {
        const Kanto__PortMapping *port = host->port_mappings[i];
        if (!is_held_by_any(pass, port) && is_taken(port))
            return memory_format("host port %lld/%s is taken by a program of this machine",
                (long long)port->host_port,
                port->protocol && *port->protocol ? port->protocol : "tcp");
    }
    return NULL;
}

char *lacks_find(const struct pass *pass, size_t index)
{
    const Kanto__Container *container = pass->jobs[index].desired->container;
    char *lacks = missing_file(container);
    if (!lacks)
        lacks = held_by_container(pass, index);
    return lacks ? lacks : held_by_program(pass, container);
}
