/* host_config: privileges, network, devices, logs, restarts, resources. */
#include "base/cleanup.h"
#include "base/index.h"
#include "base/memory.h"
#include "model/checker.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define HOST          "host_config."
#define PORT_LARGEST  65535
#define NANOSECONDS   INT64_C(1000000000)
#define MEMORY_LEAST  (3.0 * 1024 * 1024)
#define LOG_FILES_MAX 1000

void check_privileges(const struct checker *checker, const Kanto__HostConfig *host)
{
    if (host->privileged && host->n_devices > 0)
        checker_report(checker, SEVERITY_ERROR, HOST "devices", 0,
            "cannot create the container as privileged and with specified devices at the same time "
            "- choose "
            "one of the options",
            "found devices beside \"privileged\": true, expected one of the two");
    if (host->privileged && host->n_extra_capabilities > 0)
        checker_report(checker, SEVERITY_ERROR, HOST "extra_capabilities", 0,
            "cannot create the container as privileged and with extra capabilities at the same "
            "time - choose "
            "one of the options",
            "found capabilities beside \"privileged\": true, expected one of the two");
    for (size_t i = 0; i < host->n_extra_capabilities; i++)
        if (strncmp(host->extra_capabilities[i], "CAP_", 4) != 0)
            checker_report(checker, SEVERITY_WARNING, HOST "extra_capabilities[%zu]", i, NULL,
                "found \"%s\", expected CAP_…: kanto-cm takes it and does nothing",
                host->extra_capabilities[i]);
}

static size_t count_colons(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == ':';
    return count;
}

static void check_extra_hosts(
    const struct checker *checker, const Kanto__HostConfig *host, bool host_network)
{
    for (size_t i = 0; i < host->n_extra_hosts; i++) {
        const char *entry = host->extra_hosts[i];
        const char *address = strchr(entry, ':');
        address = address ? address + 1 : "";
        if (host_network && (strcmp(address, "host_ip") == 0 ||
                                (strncmp(address, "host_ip_", 8) == 0 && address[8])))
            checker_report(checker, SEVERITY_ERROR, HOST "extra_hosts[%zu]", i,
                "cannot use the host_ip reserved key or any of its modifications when in host "
                "network mode",
                "found \"%s\", expected no host_ip with network_mode host", entry);
        if (count_colons(entry) != 1)
            checker_report(checker, SEVERITY_ERROR, HOST "extra_hosts[%zu]", i, NULL,
                "found \"%s\", expected name:address with one colon (IPv6 cannot be given here): "
                "the start "
                "would fail",
                entry);
    }
}

static void check_port_number(
    const struct checker *checker, const char *path, size_t index, int64_t number)
{
    if (number < 1 || number > PORT_LARGEST)
        checker_report(checker, SEVERITY_ERROR, path, index, NULL,
            "found %" PRId64 ", expected 1 to %d: kanto-cm would cut it to 16 bits without a word",
            number, PORT_LARGEST);
}

/* sctp and numbers are refused at the start. */
static void check_protocol(const struct checker *checker, const char *protocol, size_t index)
{
    if (!checker_empty(protocol) && strcmp(protocol, "tcp") != 0 && strcmp(protocol, "udp") != 0)
        checker_report(checker, SEVERITY_ERROR, HOST "port_mappings[%zu].protocol", index, NULL,
            "found \"%s\", expected tcp or udp: the start would fail", protocol);
}

static void check_host_ip(const struct checker *checker, const char *host_ip, size_t index)
{
    struct in6_addr address;
    if (checker_empty(host_ip) || inet_pton(AF_INET, host_ip, &address) == 1)
        return;
    bool ipv6 = inet_pton(AF_INET6, host_ip, &address) == 1;
    if (ipv6 && IN6_IS_ADDR_V4MAPPED(&address))
        return;
    if (ipv6)
        checker_report(checker, SEVERITY_WARNING, HOST "port_mappings[%zu].host_ip", index, NULL,
            "found \"%s\", expected an IPv4 address: kanto-cm takes an IPv6 one and opens no port",
            host_ip);
    else
        checker_report(checker, SEVERITY_WARNING, HOST "port_mappings[%zu].host_ip", index, NULL,
            "found \"%s\", expected an IP address: kanto-cm understands none, and opens the port on "
            "every "
            "interface (0.0.0.0)",
            host_ip);
}

static int64_t last_port(const Kanto__PortMapping *port)
{
    return port->host_port_end ? port->host_port_end : port->host_port;
}

static bool is_range(const Kanto__PortMapping *port)
{
    return port->host_port_end && port->host_port_end != port->host_port;
}

static const char *or_else(const char *text, const char *otherwise)
{
    return checker_empty(text) ? otherwise : text;
}

/* A range takes whichever port of it is free. */
static void check_overlaps(const struct checker *checker, const Kanto__HostConfig *host)
{
    struct index seen = {0};
    scoped_free char **keys = memory_zeroed(host->n_port_mappings, sizeof(*keys));
    for (size_t i = 0; i < host->n_port_mappings; i++) {
        const Kanto__PortMapping *port = host->port_mappings[i];
        size_t first = 0;
        if (is_range(port))
            continue;
        keys[i] = memory_format("%s %" PRId64 " %s", or_else(port->protocol, "tcp"),
            port->host_port, or_else(port->host_ip, ""));
        if (!index_find(&seen, keys[i], &first))
            index_put(&seen, keys[i], i);
        else
            checker_report(checker, SEVERITY_ERROR, HOST "port_mappings[%zu].host_port", i, NULL,
                "found %" PRId64 " a second time: the start would fail", port->host_port);
    }
    index_finish(&seen);
    for (size_t i = 0; i < host->n_port_mappings; i++)
        free(keys[i]);
}

static void check_ports(const struct checker *checker, const Kanto__HostConfig *host)
{
    for (size_t i = 0; i < host->n_port_mappings; i++) {
        const Kanto__PortMapping *port = host->port_mappings[i];
        check_port_number(
            checker, HOST "port_mappings[%zu].container_port", i, port->container_port);
        check_port_number(checker, HOST "port_mappings[%zu].host_port", i, port->host_port);
        if (port->host_port_end)
            check_port_number(
                checker, HOST "port_mappings[%zu].host_port_end", i, port->host_port_end);
        if (last_port(port) < port->host_port)
            checker_report(checker, SEVERITY_ERROR, HOST "port_mappings[%zu].host_port_end", i,
                NULL,
                "found %" PRId64 ", expected at least host_port (%" PRId64
                "): the start would fail",
                port->host_port_end, port->host_port);
        check_protocol(checker, port->protocol, i);
        check_host_ip(checker, port->host_ip, i);
    }
    check_overlaps(checker, host);
}

void check_network(const struct checker *checker, const Kanto__HostConfig *host)
{
    bool host_network = checker_is(host->network_mode, "host");
    if (!checker_empty(host->network_mode) && !host_network &&
        !checker_is(host->network_mode, "bridge")) {
        scoped_free char *verdict =
            memory_format("unsupported network mode %s", host->network_mode);
        checker_report(checker, SEVERITY_ERROR, HOST "network_mode", 0, verdict,
            "found \"%s\", expected bridge or host", host->network_mode);
    }
    if (host_network && host->n_port_mappings > 0)
        checker_report(checker, SEVERITY_ERROR, HOST "port_mappings", 0,
            "cannot use port mappings when in host network mode",
            "found port mappings with network_mode host, expected none: the container has the "
            "host's ports");
    check_extra_hosts(checker, host, host_network);
    check_ports(checker, host);
}

void check_devices(const struct checker *checker, const Kanto__HostConfig *host)
{
    for (size_t i = 0; i < host->n_devices; i++) {
        const char *permissions = host->devices[i]->cgroup_permissions;
        if (checker_empty(host->devices[i]->path_on_host))
            checker_report(checker, SEVERITY_ERROR, HOST "devices[%zu].path_on_host", i,
                "both path on the host and in the container must be specified for a device mapping",
                "is empty, expected the path of a device");
        if (!checker_empty(permissions) && strspn(permissions, "rwm") != strlen(permissions))
            checker_report(checker, SEVERITY_WARNING, HOST "devices[%zu].cgroup_permissions", i,
                NULL, "found \"%s\", expected some of r, w and m", permissions);
    }
}

static void check_log_driver(
    const struct checker *checker, const Kanto__LogDriverConfiguration *driver)
{
#define DRIVER HOST "log_config.driver_config."
    if (checker_is(driver->type, "none"))
        return;
    if (!checker_empty(driver->type) && !checker_is(driver->type, "json-file"))
        checker_report(checker, SEVERITY_ERROR, DRIVER "type", 0,
            "unsupported log driver configuration", "found \"%s\", expected json-file or none",
            driver->type);
    if (driver->max_files < 0)
        checker_report(checker, SEVERITY_ERROR, DRIVER "max_files", 0,
            "max log files cannot be < 1", "found %" PRId64 ", expected at least 1",
            driver->max_files);
    if (driver->max_files > LOG_FILES_MAX)
        checker_report(checker, SEVERITY_ERROR, DRIVER "max_files", 0, NULL,
            "found %" PRId64
            ", expected at most %d: kanto-cm renames so many files whenever the log "
            "is full, and the container can neither write nor be stopped meanwhile",
            driver->max_files, LOG_FILES_MAX);
    if (!checker_empty(driver->max_size) && !checker_size(driver->max_size, NULL)) {
        scoped_free char *verdict =
            memory_format("invalid format of max logs size - %s", driver->max_size);
        checker_report(checker, SEVERITY_ERROR, DRIVER "max_size", 0, verdict,
            "found \"%s\", expected a number with K, M or G, as 100M", driver->max_size);
    }
    if (!checker_empty(driver->root_dir) && *driver->root_dir != '/') {
        scoped_free char *verdict = memory_format(
            "root dir for container log, %s should be an absolute path", driver->root_dir);
        checker_report(checker, SEVERITY_ERROR, DRIVER "root_dir", 0, verdict,
            "found \"%s\", expected an absolute path", driver->root_dir);
    }
}

void check_log(const struct checker *checker, const Kanto__LogConfiguration *log)
{
#define MODE HOST "log_config.mode_config."
    const Kanto__LogModeConfiguration *mode = log->mode_config;
    if (log->driver_config)
        check_log_driver(checker, log->driver_config);
    if (!mode)
        return;
    bool buffered = checker_is(mode->mode, "non-blocking");
    if (!buffered && !checker_empty(mode->mode) && !checker_is(mode->mode, "blocking"))
        checker_report(checker, SEVERITY_ERROR, MODE "mode", 0,
            "unsupported log mode configuration", "found \"%s\", expected blocking or non-blocking",
            mode->mode);
    if (buffered && !checker_empty(mode->max_buffer_size) &&
        !checker_size(mode->max_buffer_size, NULL)) {
        scoped_free char *verdict =
            memory_format("invalid format of max buffer size - %s", mode->max_buffer_size);
        checker_report(checker, SEVERITY_ERROR, MODE "max_buffer_size", 0, verdict,
            "found \"%s\", expected a number with K, M or G, as 1M", mode->max_buffer_size);
    }
}

static bool is_policy(const char *type)
{
    return checker_is(type, "no") || checker_is(type, "always") ||
           checker_is(type, "unless-stopped") || checker_is(type, "on-failure");
}

void check_restart(const struct checker *checker, const Kanto__RestartPolicy *policy)
{
#define POLICY HOST "restart_policy."
    const char *type = policy->type ? policy->type : "";
    bool on_failure = strcmp(type, "on-failure") == 0;
    if (!is_policy(type)) {
        scoped_free char *verdict = memory_format("unsupported restart policy type %s", type);
        checker_report(checker, SEVERITY_ERROR, POLICY "type", 0, verdict,
            "found \"%s\", expected no, always, unless-stopped or on-failure (or no restart_policy "
            "at all)",
            type);
        return;
    }
    if (!on_failure && policy->maximum_retry_count != 0) {
        scoped_free char *verdict =
            memory_format("cannot use max retry count when the restart policy is %s", type);
        checker_report(checker, SEVERITY_ERROR, POLICY "maximum_retry_count", 0, verdict,
            "found %" PRId64 " with %s, expected 0: it belongs to on-failure",
            policy->maximum_retry_count, type);
    }
    if (on_failure && policy->maximum_retry_count < 0)
        checker_report(checker, SEVERITY_ERROR, POLICY "maximum_retry_count", 0,
            "restart policy max retry count cannot be negative",
            "found %" PRId64 ", expected at least 0", policy->maximum_retry_count);
    if (on_failure && policy->retry_timeout < 0)
        checker_report(checker, SEVERITY_ERROR, POLICY "retry_timeout", 0,
            "restart policy retry timeout cannot be negative",
            "found %" PRId64 ", expected at least 0", policy->retry_timeout);
    else if (policy->retry_timeout < 0)
        checker_report(checker, SEVERITY_WARNING, POLICY "retry_timeout", 0, NULL,
            "found %" PRId64 ", expected at least 0: kanto-cm restarts it without a pause",
            policy->retry_timeout);
    else if (policy->retry_timeout > INT64_MAX / NANOSECONDS)
        checker_report(checker, SEVERITY_WARNING, POLICY "retry_timeout", 0, NULL,
            "found %" PRId64 " seconds, which kanto-cm cannot count: it may restart it without a "
            "pause; were nanoseconds meant?",
            policy->retry_timeout);
    else if (policy->retry_timeout >= NANOSECONDS)
        checker_report(checker, SEVERITY_WARNING, POLICY "retry_timeout", 0, NULL,
            "found %" PRId64 " seconds; were nanoseconds meant?", policy->retry_timeout);
}

#define RESOURCES HOST "resources."

/* A size, or a finding. Returns whether *ret_bytes was set. */
static bool read_size(const struct checker *checker, const char *path, const char *what,
    const char *text, double *ret_bytes)
{
    if (checker_empty(text))
        return false;
    if (checker_size(text, ret_bytes))
        return true;
    scoped_free char *verdict = memory_format("invalid format of %s - %s", what, text);
    checker_report(checker, SEVERITY_ERROR, path, 0, verdict,
        "found \"%s\", expected a number with K, M or G, as 200M", text);
    return false;
}

/* The sizes of one message, each with whether it is there. */
struct sizes {
    double memory, reservation, swap;
    bool has_memory, has_reservation, has_swap;
};

static void check_least(
    const struct checker *checker, const Kanto__Resources *resources, const struct sizes *sizes)
{
    if (sizes->has_memory && sizes->memory > 0 && sizes->memory < MEMORY_LEAST)
        checker_report(checker, SEVERITY_ERROR, RESOURCES "memory", 0,
            "minimum memory allowed is 3M", "found \"%s\", expected at least 3M",
            resources->memory);
}

static void check_swap(
    const struct checker *checker, const Kanto__Resources *resources, const struct sizes *sizes)
{
    const char *text = resources->memory_swap;
    if (!sizes->has_swap || sizes->swap <= 0)
        return;
    if (checker_empty(resources->memory)) {
        scoped_free char *verdict =
            memory_format("swap memory - %s, memory must be set as well", text);
        checker_report(checker, SEVERITY_ERROR, RESOURCES "memory_swap", 0, verdict,
            "found \"%s\" without memory, expected both", text);
    } else if (sizes->has_memory && sizes->swap < sizes->memory) {
        scoped_free char *verdict =
            memory_format("swap memory - %s is less than memory - %s", text, resources->memory);
        checker_report(checker, SEVERITY_ERROR, RESOURCES "memory_swap", 0, verdict,
            "found \"%s\", expected at least memory (%s)", text, resources->memory);
    }
}

static void check_reservation(
    const struct checker *checker, const Kanto__Resources *resources, const struct sizes *sizes)
{
    const char *text = resources->memory_reservation;
    if (!sizes->has_memory || !sizes->has_reservation || sizes->reservation <= sizes->memory)
        return;
    scoped_free char *verdict = memory_format(
        "reservation memory - %s must be lower than memory - %s", text, resources->memory);
    checker_report(checker, SEVERITY_ERROR, RESOURCES "memory_reservation", 0, verdict,
        "found \"%s\", expected at most memory (%s)", text, resources->memory);
}

/* In the daemon's order: all sizes are read before any two are compared. */
void check_resources(const struct checker *checker, const Kanto__Resources *resources)
{
    struct sizes sizes = {0};
    sizes.has_memory =
        read_size(checker, RESOURCES "memory", "memory", resources->memory, &sizes.memory);
    sizes.has_reservation = read_size(checker, RESOURCES "memory_reservation", "memory reservation",
        resources->memory_reservation, &sizes.reservation);
    sizes.has_swap = !checker_is(resources->memory_swap, "-1") &&
                     read_size(checker, RESOURCES "memory_swap", "swap memory",
                         resources->memory_swap, &sizes.swap);
    check_least(checker, resources, &sizes);
    check_swap(checker, resources, &sizes);
    check_reservation(checker, resources, &sizes);
}
