#include "model/field.h"

#include "base/cleanup.h"
#include "proto/containers.pb-c.h"

#include <string.h>

static const char *const hook_types[] = {"Prestart", "Poststart", "Poststop"};
static const struct field_words hook_words = {
    .words = hook_types, .count = countof(hook_types), .any_case = true, .closed = true};

static const char *const statuses[] = {
    "Creating", "Created", "Running", "Stopped", "Paused", "Exited", "Dead", "Unknown"};
static const struct field_words status_words = {.words = statuses, .count = countof(statuses)};

#define CONTAINER &kanto__container__descriptor
#define IMAGE     &kanto__image__descriptor
#define MOUNT     &kanto__mount_point__descriptor
#define MODE      &kanto__log_mode_configuration__descriptor
#define HOST      &kanto__host_config__descriptor
#define PORT      &kanto__port_mapping__descriptor
#define DEVICE    &kanto__device_mapping__descriptor
#define DRIVER    &kanto__log_driver_configuration__descriptor

static const struct field_rule rules[] = {
    {.message = CONTAINER, .name = "id", .cm_name = "container_id", .result = true},
    {.message = CONTAINER, .name = "name", .cm_name = "container_name"},
    {.message = IMAGE, .name = "name", .grant = "allow_registries"},
    {.message = IMAGE, .name = "decrypt_config", .grant = "allow_decrypt"},
    {.message = CONTAINER, .name = "mounts", .cm_name = "mount_points", .set = true},
    {.message = CONTAINER, .name = "resolv_conf_path", .result = true},
    {.message = CONTAINER, .name = "hosts_path", .result = true},
    {.message = CONTAINER, .name = "hostname_path", .result = true},
    {.message = CONTAINER, .name = "network_settings", .result = true},
    {.message = CONTAINER, .name = "state", .result = true},
    {.message = CONTAINER, .name = "created", .result = true},
    {.message = CONTAINER, .name = "manually_stopped", .result = true},
    {.message = CONTAINER, .name = "restart_count", .result = true},
    {.message = MOUNT, .name = "source", .grant = "allow_mounts"},
    {.message = MOUNT, .name = "propagation_mode", .fallback = "rprivate"},
    {.message = CONTAINER, .name = "hooks", .grant = "allow_hooks"},
    {.message = &kanto__hook__descriptor, .name = "type", .words = &hook_words},
    {.message = HOST, .name = "devices", .set = true},
    {.message = HOST, .name = "network_mode", .fallback = "bridge", .grant = "allow_host_network"},
    {.message = HOST, .name = "privileged", .grant = "allow_privileged"},
    {.message = HOST, .name = "restart_policy", .in_place = true},
    {.message = HOST,
        .name = "runtime",
        .fallback = "io.containerd.runc.v2",
        .grant = "allow_runtimes"},
    {.message = HOST, .name = "extra_hosts", .set = true},
    {.message = HOST, .name = "port_mappings", .set = true},
    {.message = HOST, .name = "resources", .in_place = true},
    {.message = HOST, .name = "extra_capabilities", .set = true, .grant = "allow_capabilities"},
    {.message = DEVICE, .name = "path_on_host", .grant = "allow_devices"},
    {.message = DEVICE, .name = "cgroup_permissions", .fallback = "rwm"},
    {.message = PORT, .name = "protocol", .cm_name = "proto", .fallback = "tcp"},
    {.message = PORT, .name = "host_ip", .fallback = "0.0.0.0"},
    {.message = DRIVER, .name = "type", .fallback = "json-file"},
    {.message = DRIVER, .name = "root_dir", .grant = "allow_logs"},
    {.message = MODE, .name = "mode", .fallback = "blocking"},
    {.message = MODE, .name = "max_buffer_size", .grant = "allow_logs"},
    {.message = &kanto__container_configuration__descriptor, .name = "env", .set = true},
    {.message = &kanto__state__descriptor, .name = "oomKilled", .also = "oom_killed"},
    {.message = &kanto__state__descriptor, .name = "status", .words = &status_words},
};

static const struct field_rule no_rule = {0};

const struct field_rule *field_rule(
    const ProtobufCMessageDescriptor *message, const ProtobufCFieldDescriptor *field)
{
    for (size_t i = 0; i < countof(rules); i++)
        if (rules[i].message == message && strcmp(rules[i].name, field->name) == 0)
            return &rules[i];
    return &no_rule;
}

const char *field_name(
    const struct field_rule *rule, const ProtobufCFieldDescriptor *field, enum dialect dialect)
{
    return dialect == DIALECT_CM && rule->cm_name ? rule->cm_name : field->name;
}

bool field_is_ignored(const ProtobufCMessageDescriptor *message, const char *key)
{
    return message == &kanto__container__descriptor &&
           strcmp(key, "started_successfully_before") == 0;
}

static bool is_called(const struct field_rule *rule, const char *key)
{
    return (rule->cm_name && strcmp(rule->cm_name, key) == 0) ||
           (rule->also && strcmp(rule->also, key) == 0);
}

const ProtobufCFieldDescriptor *field_find(
    const ProtobufCMessageDescriptor *message, const char *key)
{
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        if (strcmp(field->name, key) == 0 || is_called(field_rule(message, field), key))
            return field;
    }
    return NULL;
}
