#include "config/keys.h"

#include "base/cleanup.h"
#include "base/duration.h"
#include "base/memory.h"
#include "base/nearest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum type { TYPE_PATH, TYPE_OPTIONAL_PATH, TYPE_DURATION, TYPE_CHOICE, TYPE_COUNT };

#define CHOICES_MAX 4

/* The same index in both tables. */
static const struct config_key keys[] = {
    {"socket", "--socket", "PATH", "/run/container-management/container-management.sock",
        "kanto-cm's unix socket"},
    {"connect_timeout", "--connect-timeout", "T", "30s", "how long a missing socket is waited for"},
    {"timeout", "--timeout", "T", "10min", "time of a pass; then nothing new begins; 0: no bound"},
    {"state_dir", "--state-dir", "DIR", "/var/lib/kanto-deployer", "journal, lock and last report"},
    {"existing", "--existing", "MODE", "start",
        "what is there already: ignore, start what is down, update what differs"},
    {"parallel", "--parallel", "N", "4", "calls in flight, 1 to 64"},
    {"settle", "--settle", "T", "10s", "a kanto-cm older than this is believed at once"},
    {"plugin_dir", "--plugin-dir", "DIR", "", "where plugins are found by name"},
    {"trace", "--trace", "FILE", "", "append every call and answer to it, as JSON lines"},
};

static const struct place {
    enum type type;
    size_t offset;
    int64_t least, most;
    const char *choices[CHOICES_MAX];
} places[countof(keys)] = {
    {TYPE_PATH, offsetof(struct config, socket), 0, 0, {0}},
    {TYPE_DURATION, offsetof(struct config, connect_timeout_ms), 0, 0, {0}},
    {TYPE_DURATION, offsetof(struct config, timeout_ms), 0, 0, {0}},
    {TYPE_PATH, offsetof(struct config, state_dir), 0, 0, {0}},
    {TYPE_CHOICE, offsetof(struct config, existing), 0, 0, {"ignore", "start", "update"}},
    {TYPE_COUNT, offsetof(struct config, parallel), 1, 64, {0}},
    {TYPE_DURATION, offsetof(struct config, settle_ms), 0, 0, {0}},
    {TYPE_OPTIONAL_PATH, offsetof(struct config, plugin_dir), 0, 0, {0}},
    {TYPE_OPTIONAL_PATH, offsetof(struct config, trace), 0, 0, {0}},
};

const struct config_key *config_keys(size_t *ret_count)
{
    *ret_count = countof(keys);
    return keys;
}

static int set_count(const struct place *place, const char *value, int64_t *at, struct error *err)
{
    char *end = NULL;
    long long number = strtoll(value, &end, 10);
    if (end == value || *end || strspn(value, "0123456789") != strlen(value) ||
        number < place->least || number > place->most)
        return error_set(err, ERROR_CONFIG,
            "found \"%s\", expected a whole number from %" PRId64 " to %" PRId64, value,
            place->least, place->most);
    *at = number;
    return 0;
}

static int set_choice(const struct place *place, const char *value, int *at, struct error *err)
{
    size_t count = 0;
    for (; count < CHOICES_MAX && place->choices[count]; count++) {
        if (strcmp(value, place->choices[count]) != 0)
            continue;
        *at = (int)count;
        return 0;
    }
    const char *near = nearest_word(value, place->choices, count);
    return error_set(err, ERROR_CONFIG, "found \"%s\", expected %s, %s or %s%s%s%s", value,
        place->choices[0], place->choices[1], place->choices[2], near ? "; did you mean \"" : "",
        near ? near : "", near ? "\"?" : "");
}

static int set_path(const char *value, bool optional, char **at, struct error *err)
{
    if (!*value && !optional)
        return error_set(err, ERROR_CONFIG, "found nothing, expected a path");
    free(*at);
    *at = memory_string(value);
    return 0;
}

static int set_place(
    struct config *config, const struct place *place, const char *value, struct error *err)
{
    void *at = (char *)config + place->offset;
    int result = -1;
    switch (place->type) {
    case TYPE_PATH:
    case TYPE_OPTIONAL_PATH:
        return set_path(value, place->type == TYPE_OPTIONAL_PATH, at, err);
    case TYPE_DURATION:
        result = duration_parse(value, at, err);
        break;
    case TYPE_CHOICE:
        result = set_choice(place, value, at, err);
        break;
    case TYPE_COUNT:
        result = set_count(place, value, at, err);
        break;
    }
    if (result < 0 && err)
        err->kind = ERROR_CONFIG;
    return result;
}

static int unknown_key(const char *key, struct error *err)
{
    const char *names[countof(keys)];
    for (size_t i = 0; i < countof(keys); i++)
        names[i] = keys[i].name;
    const char *near = nearest_word(key, names, countof(keys));
    return error_set(err, ERROR_CONFIG, "found key \"%s\", which [deployer] does not have%s%s%s",
        key, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

int keys_set(struct config *config, const char *key, const char *value, struct error *err)
{
    for (size_t i = 0; i < countof(keys); i++) {
        if (strcmp(keys[i].name, key) != 0)
            continue;
        if (set_place(config, &places[i], value, err) < 0)
            return error_wrap(err, "%s", key);
        return 0;
    }
    return unknown_key(key, err);
}

static int set_name(char **place, const char *key, const char *value, struct error *err)
{
    if (!*value)
        return error_set(err, ERROR_CONFIG, "%s: found nothing, expected a name", key);
    free(*place);
    *place = memory_string(value);
    return 0;
}

int keys_set_source(struct config_source *source, const char *key, const char *value,
    const char *where, struct error *err)
{
    if (strcmp(key, "plugin") == 0)
        return set_name(&source->plugin, key, value, err);
    if (strcmp(key, "user") == 0)
        return set_name(&source->user, key, value, err);
    if (strcmp(key, "timeout") == 0) {
        int result = duration_parse(value, &source->timeout_ms, err);
        if (result < 0 && err)
            err->kind = ERROR_CONFIG;
        return result < 0 ? error_wrap(err, "timeout") : 0;
    }
    size_t i = 0;
    while (i < source->count && strcmp(source->settings[i].key, key) != 0)
        i++;
    if (i == source->count) {
        memory_grow(&source->settings, &source->capacity, source->count, sizeof(*source->settings));
        source->settings[source->count++] = (struct config_setting){.key = memory_string(key)};
    }
    struct config_setting *setting = &source->settings[i];
    free(setting->value);
    free(setting->where);
    setting->value = memory_string(value);
    setting->where = memory_string(where);
    return 0;
}
