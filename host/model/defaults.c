#include "model/defaults.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "model/field.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool empty(const char *text)
{
    return !text || !*text;
}

static void set(char **text, char *value)
{
    free(*text);
    *text = value;
}

static void fill(char **text, const char *value)
{
    if (empty(*text))
        set(text, memory_string(value));
}

/* Makes a message that is not there. */
static void *make(const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message = memory_zeroed(1, descriptor->sizeof_message);
    protobuf_c_message_init(descriptor, message);
    return message;
}

/* The table's fallbacks of one message's own string fields. */
static void fill_strings(ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        const struct field_rule *rule = field_rule(descriptor, field);
        if (rule->fallback && field->type == PROTOBUF_C_TYPE_STRING)
            fill((char **)((char *)message + field->offset), rule->fallback);
    }
}

static void normalise_names(Kanto__Container *container)
{
    if (empty(container->domain_name))
        set(&container->domain_name, memory_format("%s-domain", container->name));
    if (empty(container->host_name))
        set(&container->host_name, memory_format("%s-host", container->name));
}

static void normalise_hooks(Kanto__Container *container)
{
    static const char *const known[] = {"Prestart", "Poststart", "Poststop"};
    for (size_t i = 0; i < container->n_hooks; i++) {
        bool found = false;
        for (size_t j = 0; j < countof(known); j++)
            found = found ||
                    (container->hooks[i]->type && strcmp(container->hooks[i]->type, known[j]) == 0);
        if (!found)
            set(&container->hooks[i]->type, memory_string("Unknown"));
    }
}

static void normalise_log(Kanto__HostConfig *host)
{
    if (!host->log_config)
        host->log_config = make(&kanto__log_configuration__descriptor);
    Kanto__LogConfiguration *log = host->log_config;
    if (!log->driver_config)
        log->driver_config = make(&kanto__log_driver_configuration__descriptor);
    if (!log->mode_config)
        log->mode_config = make(&kanto__log_mode_configuration__descriptor);
    Kanto__LogDriverConfiguration *driver = log->driver_config;
    Kanto__LogModeConfiguration *mode = log->mode_config;
    fill_strings(&driver->base);
    fill_strings(&mode->base);
    if (strcmp(driver->type, "none") == 0) {
        driver->has_max_files = false;
        driver->max_files = 0;
        set(&driver->max_size, NULL);
    } else {
        if (driver->max_files == 0)
            driver->max_files = 2;
        driver->has_max_files = true;
        fill(&driver->max_size, "100M");
    }
    if (strcmp(mode->mode, "blocking") == 0)
        set(&mode->max_buffer_size, NULL);
    else
        fill(&mode->max_buffer_size, "1M");
}

/* Twice the memory, as kanto-cm writes it: at most four decimals, none that are zero, the same
 * letter. */
static char *twice(const char *memory)
{
    char *end = NULL;
    double number = strtod(memory, &end) * 2;
    if (end == memory || !isfinite(number) || number < 0)
        return NULL;
    while (*end == ' ')
        end++;
    char digits[400];
    snprintf(digits, sizeof(digits), "%.4f", number);
    size_t length = strlen(digits);
    while (digits[length - 1] == '0')
        length--;
    if (digits[length - 1] == '.')
        length--;
    return memory_format("%.*s%c", (int)length, digits, *end ? *end : 'M');
}

static void normalise_resources(Kanto__Resources *resources)
{
    if (resources->memory_swap && strcmp(resources->memory_swap, "-1") == 0)
        set(&resources->memory_swap, NULL);
    else if (!empty(resources->memory) && empty(resources->memory_swap))
        set(&resources->memory_swap, twice(resources->memory));
}

/* Create keeps the low 16 bits of a port and says nothing. */
static void cut_port(int64_t *port, protobuf_c_boolean *has)
{
    *port = (int64_t)((uint64_t)*port & 0xffff);
    *has = *port != 0;
}

static void normalise_port(Kanto__PortMapping *port)
{
    fill_strings(&port->base);
    cut_port(&port->host_port, &port->has_host_port);
    cut_port(&port->host_port_end, &port->has_host_port_end);
    cut_port(&port->container_port, &port->has_container_port);
    if (port->host_port_end == 0) {
        port->host_port_end = port->host_port;
        port->has_host_port_end = port->has_host_port;
    }
}

static void normalise_host(Kanto__HostConfig *host)
{
    fill_strings(&host->base);
    if (!host->restart_policy) {
        host->restart_policy = make(&kanto__restart_policy__descriptor);
        set(&host->restart_policy->type, memory_string("unless-stopped"));
    }
    normalise_log(host);
    if (host->resources)
        normalise_resources(host->resources);
    for (size_t i = 0; i < host->n_devices; i++) {
        fill(&host->devices[i]->path_in_container, host->devices[i]->path_on_host);
        fill_strings(&host->devices[i]->base);
    }
    for (size_t i = 0; i < host->n_port_mappings; i++)
        normalise_port(host->port_mappings[i]);
}

void container_normalise(Kanto__Container *container)
{
    fill(&container->name, container->id);
    normalise_names(container);
    normalise_hooks(container);
    for (size_t i = 0; i < container->n_mounts; i++)
        fill_strings(&container->mounts[i]->base);
    if (!container->host_config)
        container->host_config = make(&kanto__host_config__descriptor);
    normalise_host(container->host_config);
    if (!container->io_config)
        container->io_config = make(&kanto__ioconfig__descriptor);
}
