#include "config/keys.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "config/value.h"

#include <stdlib.h>
#include <string.h>

#define AT(member) .offset = offsetof(struct config, member)

static const struct config_key deployer_keys[] = {
    {"socket", "--socket", "PATH", "/run/container-management/container-management.sock",
        "kanto-cm's unix socket", TYPE_PATH, AT(socket)},
    {"connect_timeout", "--connect-timeout", "T", "30s", "how long a missing socket is waited for",
        TYPE_DURATION, AT(connect_timeout_ms)},
    {"timeout", "--timeout", "T", "10min", "time of a pass; then nothing new begins; 0: no bound",
        TYPE_DURATION, AT(timeout_ms)},
    {"pull_timeout", "--pull-timeout", "T", "2min",
        "how long a pass tries a Create that keeps failing for the network; 0: to its end",
        TYPE_DURATION, AT(pull_timeout_ms)},
    {"pull_limit", "--pull-limit", "T", "1h",
        "how long one Create may pull without an answer; then it is left; 0: no bound",
        TYPE_DURATION, AT(pull_limit_ms)},
    {"state_dir", "--state-dir", "DIR", "/var/lib/kanto-deployer", "journal, lock and last report",
        TYPE_PATH, AT(state_dir)},
    {"existing", "--existing", "MODE", "start",
        "what is there already: ignore, start what is down, update what differs", TYPE_CHOICE,
        AT(existing), .choices = {"ignore", "start", "update"}},
    {"replace", "--replace", "ORDER", "create-first",
        "a new container is made (create-first) or started (start-first) before the old one stops",
        TYPE_CHOICE, AT(replace), .choices = {"create-first", "start-first"}},
    {"soak", "--soak", "T", "3s",
        "how long a new container must run before the old one is removed; 0: off", TYPE_DURATION,
        AT(soak_ms)},
    {"grace", "--grace", "T", "30s",
        "what a container that is stopped gets between SIGTERM and SIGKILL", TYPE_DURATION,
        AT(grace_ms)},
    {"hold", "--hold", "PATH", "",
        "while this file is there nothing is replaced, stopped or removed", TYPE_OPTIONAL_PATH,
        AT(hold)},
    {"parallel", "--parallel", "N", "4", "calls in flight, 1 to 64", TYPE_COUNT, AT(parallel), 1,
        64},
    {"settle", "--settle", "T", "10s", "a kanto-cm older than this is believed at once",
        TYPE_DURATION, AT(settle_ms)},
    {"plugin_dir", "--plugin-dir", "DIR", "", "where plugins are found by name", TYPE_OPTIONAL_PATH,
        AT(plugin_dir)},
    {"source_users", "--source-users", "FIRST-LAST", "1900000000-1900065535",
        "numbers of users that sources run as, each as its own; empty: all as kanto-deployer",
        TYPE_USERS, AT(source_users)},
    {"trace", "--trace", "FILE", "", "append every call and answer to it, as JSON lines",
        TYPE_OPTIONAL_PATH, AT(trace)},
};

#undef AT
#define AT(member) .offset = offsetof(struct config_source, member)

static const struct config_key source_keys[] = {
    {"plugin", NULL, "NAME", "", "the plugin's name, or the path of its .so file", TYPE_NAME,
        AT(plugin)},
    {"user", NULL, "NAME", "", "the system user that the plugin runs as", TYPE_NAME, AT(user)},
    {"network", NULL, "SOCKETS", "declared",
        "which sockets the plugin may open: as it declares, none (no), internet, or all",
        TYPE_CHOICE, AT(network), .choices = {"declared", "no", "internet", "all"}},
    {"read", NULL, "no, yes or LIST", "no",
        "what the plugin may read beside what its settings name", TYPE_PATHS, AT(read)},
    {"sandbox", NULL, "yes or no", "yes", "no: only its user and the limits hold the plugin",
        TYPE_BOOLEAN, AT(sandbox)},
    {"renamed_from", NULL, "NAME", "", "the name it had before: those containers are its own",
        TYPE_SOURCE, AT(renamed_from)},
    {"timeout", NULL, "T", "30s", "time of one run of the plugin", TYPE_DURATION, AT(timeout_ms)},
    {"soak", NULL, "T", "", "as in [deployer], for this source", TYPE_DURATION, AT(soak_ms)},
    {"replace", NULL, "ORDER", "", "as in [deployer], for this source", TYPE_CHOICE, AT(replace),
        .choices = {"create-first", "start-first"}},
    {"prune", NULL, "yes or no", "no", "containers that it no longer names are removed",
        TYPE_BOOLEAN, AT(prune)},
    {"prune_limit", NULL, "N", "5", "where more would be removed at once, none is", TYPE_COUNT,
        AT(prune_limit), 1, 1000},
    {"prune_empty", NULL, "yes or no", "no", "an empty set is meant: it removes too", TYPE_BOOLEAN,
        AT(prune_empty)},
    {"allow_registries", NULL, "no, yes or LIST", "no", "where images may come from",
        TYPE_REGISTRIES, AT(allow_registries)},
    {"allow_mounts", NULL, "no, yes or LIST", "no", "folders of the host that containers may see",
        TYPE_PATHS, AT(allow_mounts)},
    {"allow_devices", NULL, "no, yes or LIST", "no", "devices of the host that containers may use",
        TYPE_PATHS, AT(allow_devices)},
    {"allow_capabilities", NULL, "no, yes or LIST", "no", "capabilities beyond kanto-cm's own",
        TYPE_CAPABILITIES, AT(allow_capabilities)},
    {"allow_privileged", NULL, "yes or no", "no", "privileged containers", TYPE_BOOLEAN,
        AT(allow_privileged)},
    {"allow_host_network", NULL, "yes or no", "no", "containers in the host's network",
        TYPE_BOOLEAN, AT(allow_host_network)},
    {"allow_hooks", NULL, "yes or no", "no", "hooks: programs of the host, run as root",
        TYPE_BOOLEAN, AT(allow_hooks)},
    {"allow_decrypt", NULL, "no, yes or LIST", "no",
        "key files that kanto-cm may read, to decrypt images", TYPE_PATHS, AT(allow_decrypt)},
    {"allow_logs", NULL, "no, yes or LIST", "no", "folders that kanto-cm may write logs into",
        TYPE_PATHS, AT(allow_logs)},
    {"allow_runtimes", NULL, "no, yes or LIST", "no", "runtimes other than runc", TYPE_RUNTIMES,
        AT(allow_runtimes)},
};

#undef AT
#define AT(member) .offset = offsetof(struct config_container, member)

static const struct config_key container_keys[] = {
    {"after", NULL, "NAMES", "", "containers whose turn comes before its start", TYPE_CONTAINERS,
        AT(after)},
    {"critical", NULL, "yes or no", "no", "it, and what it waits for, go ahead of the rest",
        TYPE_BOOLEAN, AT(critical)},
    {"restart_with", NULL, "NAME", "", "it is restarted when that container was replaced",
        TYPE_CONTAINER, AT(restart_with)},
    {"soak", NULL, "T", "", "as in [deployer], for this container", TYPE_DURATION, AT(soak_ms)},
    {"replace", NULL, "ORDER", "", "as in [deployer], for this container", TYPE_CHOICE, AT(replace),
        .choices = {"create-first", "start-first"}},
};

#undef AT

static const struct table {
    const char *title; /* as a message names the section */
    const struct config_key *keys;
    size_t count;
} tables[] = {
    [SECTION_DEPLOYER] = {"[deployer]", deployer_keys, countof(deployer_keys)},
    [SECTION_SOURCE] = {"[source NAME]", source_keys, countof(source_keys)},
    [SECTION_CONTAINER] = {"[container NAME]", container_keys, countof(container_keys)},
};

const struct config_key *config_keys(enum config_section section, size_t *ret_count)
{
    *ret_count = tables[section].count;
    return tables[section].keys;
}

void keys_init(enum config_section section, void *object)
{
    for (size_t i = 0; i < tables[section].count; i++)
        value_init(&tables[section].keys[i], object);
}

void keys_finish(enum config_section section, void *object)
{
    for (size_t i = 0; i < tables[section].count; i++)
        value_finish(&tables[section].keys[i], object);
}

static const struct config_key *find(const struct table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->keys[i].name, name) == 0)
            return &table->keys[i];
    return NULL;
}

static int unknown_key(const struct table *table, const char *key, struct error *err)
{
    const char *names[countof(source_keys) + countof(deployer_keys)];
    for (size_t i = 0; i < table->count; i++)
        names[i] = table->keys[i].name;
    const char *near = nearest_word(key, names, table->count);
    return error_set(err, ERROR_CONFIG, "found key \"%s\", which %s does not have%s%s%s", key,
        table->title, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

int keys_set(enum config_section section, void *object, const char *key, const char *value,
    struct error *err)
{
    const struct config_key *found = find(&tables[section], key);
    if (!found)
        return unknown_key(&tables[section], key, err);
    return value_set(found, object, value, err) < 0 ? error_wrap(err, "%s", key) : 0;
}

/* Words that a plugin may not begin its keys with: a misspelt permission must not end up there. */
static bool is_reserved(const char *key)
{
    return strncmp(key, "allow", 5) == 0 || strncmp(key, "prune", 5) == 0 ||
           strncmp(key, "rename", 6) == 0;
}

int keys_set_source(struct config_source *source, const char *key, const char *value,
    const char *where, struct error *err)
{
    if (is_reserved(key) || find(&tables[SECTION_SOURCE], key))
        return keys_set(SECTION_SOURCE, source, key, value, err);
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
