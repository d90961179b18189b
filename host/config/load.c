#include "base/cleanup.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "base/text.h"
#include "config/config.h"
#include "config/keys.h"
#include "config/lines.h"
#include "config/precheck.h"
#include "config/value.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEEN_MAX 1000 /* keys in one file */

/* One file on its way into the configuration. */
struct loading {
    struct config *config;
    const char *path;
    struct text mistakes; /* one line each */
    char *seen[SEEN_MAX]; /* "section\nkey" of this file, with the lines they were on */
    int lines[SEEN_MAX];
    size_t seen_count;
};

static void complain(struct loading *loading, int line, const char *text)
{
    text_add_format(&loading->mistakes, "%s%s:%d: %s", loading->mistakes.length ? "\n" : "",
        loading->path, line, text);
}

/* Whether this key stands in this file for the first time. */
static bool first_time(struct loading *loading, const char *section, const char *key, int line)
{
    scoped_free char *id = memory_format("%s\n%s", section, key);
    for (size_t i = 0; i < loading->seen_count; i++) {
        if (strcmp(loading->seen[i], id) != 0)
            continue;
        scoped_free char *text =
            memory_format("found key \"%s\" a second time in [%s], the first is on line %d", key,
                section, loading->lines[i]);
        complain(loading, line, text);
        return false;
    }
    if (loading->seen_count < SEEN_MAX) {
        loading->lines[loading->seen_count] = line;
        loading->seen[loading->seen_count++] = steal(&id);
    }
    return true;
}

static struct config_source *source_named(struct loading *loading, const char *name, int line)
{
    struct config *config = loading->config;
    for (size_t i = 0; i < config->count; i++)
        if (strcmp(config->sources[i].name, name) == 0)
            return &config->sources[i];
    scoped_free char *where = memory_format("%s:%d", loading->path, line);
    return config_add_source(config, name, where);
}

static struct config_container *container_named(struct loading *loading, const char *name, int line)
{
    struct config *config = loading->config;
    for (size_t i = 0; i < config->container_count; i++)
        if (strcmp(config->containers[i].name, name) == 0)
            return &config->containers[i];
    memory_grow(&config->containers, &config->container_capacity, config->container_count,
        sizeof(*config->containers));
    struct config_container *container = &config->containers[config->container_count++];
    *container = (struct config_container){
        .name = memory_string(name),
        .where = memory_format("%s:%d", loading->path, line),
    };
    keys_init(SECTION_CONTAINER, container);
    return container;
}

static void take_source(
    struct loading *loading, const char *name, const char *key, const char *value, int line)
{
    struct error err = {0};
    if (!value_is_source(name)) {
        scoped_free char *text = memory_format(
            "found source name \"%.40s\", expected 1 to %d of a-z 0-9 _ -", name, VALUE_SOURCE_MAX);
        complain(loading, line, text);
        return;
    }
    scoped_free char *where = memory_format("%s:%d", loading->path, line);
    if (keys_set_source(source_named(loading, name, line), key, value, where, &err) < 0)
        complain(loading, line, err.text);
}

static void take_container(
    struct loading *loading, const char *name, const char *key, const char *value, int line)
{
    struct error err = {0};
    if (!value_is_container(name)) {
        scoped_free char *text = memory_format("found container name \"%.40s\", expected letters, "
                                               "digits, _ . - (the first one no . or -)",
            name);
        complain(loading, line, text);
        return;
    }
    struct config_container *container = container_named(loading, name, line);
    if (keys_set(SECTION_CONTAINER, container, key, value, &err) < 0)
        complain(loading, line, err.text);
}

static void unknown_section(struct loading *loading, const char *section, int line)
{
    static const char *const known[] = {"deployer", "source", "container"};
    scoped_free char *first = memory_bytes(section, strcspn(section, " "));
    const char *near = nearest_word(first, known, countof(known));
    scoped_free char *text =
        memory_format("found section [%.60s], expected [deployer], [source NAME] or [container "
                      "NAME]%s%s%s",
            section, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    complain(loading, line, text);
}

static void on_key(void *context, const char *section, const char *key, const char *value, int line)
{
    struct loading *loading = context;
    struct error err = {0};
    if (!first_time(loading, section, key, line))
        return;
    if (strcmp(section, "deployer") == 0) {
        if (keys_set(SECTION_DEPLOYER, loading->config, key, value, &err) < 0)
            complain(loading, line, err.text);
    } else if (strncmp(section, "source ", 7) == 0) {
        const char *name = section + 7;
        take_source(loading, name + strspn(name, " "), key, value, line);
    } else if (strncmp(section, "container ", 10) == 0) {
        const char *name = section + 10;
        take_container(loading, name + strspn(name, " "), key, value, line);
    } else {
        unknown_section(loading, section, line);
    }
}

static void on_mistake(void *context, const char *found, int line)
{
    scoped_free char *text = memory_format(
        "found \"%.60s\", expected [section], key = value, or a comment with #", found);
    complain(context, line, text);
}

static int load_file(struct config *config, const char *path, struct text *mistakes)
{
    struct loading loading = {.config = config, .path = path};
    struct error err = {0};
    scoped_free char *bytes = NULL;
    size_t length = 0;
    if (precheck_read(path, &bytes, &length, &err) < 0) {
        text_add_format(mistakes, "%s%s", mistakes->length ? "\n" : "", err.text);
        return -1;
    }
    lines_read(bytes, on_key, on_mistake, &loading);
    for (size_t i = 0; i < loading.seen_count; i++)
        free(loading.seen[i]);
    int result = loading.mistakes.length ? -1 : 0;
    if (result < 0)
        text_add_format(
            mistakes, "%s%s", mistakes->length ? "\n" : "", text_get(&loading.mistakes));
    text_finish(&loading.mistakes);
    return result;
}

static int is_drop_in(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return entry->d_name[0] != '.' && length > 5 &&
           strcmp(entry->d_name + length - 5, ".conf") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int load_drop_ins(struct config *config, const char *path, struct text *mistakes)
{
    scoped_free char *folder = memory_format("%s.d", path);
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_drop_in, by_bytes), result = 0;
    if (count < 0 && errno != ENOENT) {
        text_add_format(
            mistakes, "%s%s: %s", mistakes->length ? "\n" : "", folder, strerror(errno));
        return -1;
    }
    for (int i = 0; i < count; i++) {
        scoped_free char *file = memory_format("%s/%s", folder, entries[i]->d_name);
        if (load_file(config, file, mistakes) < 0)
            result = -1;
        free(entries[i]);
    }
    free(entries);
    return result;
}

static void add_mistake(
    struct text *mistakes, const struct config_source *source, const char *mistake)
{
    text_add_format(mistakes, "%s%s: [source %s] %s", mistakes->length ? "\n" : "", source->where,
        source->name, mistake);
}

/* One owner a container: neither has an old name two heirs, nor a name that is in use one. */
static void check_renamed(const struct config *config, size_t i, struct text *mistakes)
{
    const struct config_source *source = &config->sources[i];
    for (size_t j = 0; source->renamed_from && j < config->count; j++) {
        const struct config_source *other = &config->sources[j];
        scoped_free char *mistake = NULL;
        if (strcmp(other->name, source->renamed_from) == 0)
            mistake =
                memory_format("renamed_from: found \"%s\", expected a name that no source has "
                              "now",
                    source->renamed_from);
        else if (j < i && other->renamed_from &&
                 strcmp(other->renamed_from, source->renamed_from) == 0)
            mistake =
                memory_format("renamed_from: found \"%s\", which [source %s] has too, expected "
                              "another name",
                    source->renamed_from, other->name);
        if (mistake)
            add_mistake(mistakes, source, mistake);
    }
}

static void check_sources(const struct config *config, struct text *mistakes)
{
    for (size_t i = 0; i < config->count; i++) {
        if (!config->sources[i].plugin)
            add_mistake(mistakes, &config->sources[i],
                "has no plugin, expected plugin = directory or another");
        check_renamed(config, i, mistakes);
    }
}

static void check_containers(const struct config *config, struct text *mistakes)
{
    for (size_t i = 0; i < config->container_count; i++) {
        const struct config_container *container = &config->containers[i];
        bool itself =
            container->restart_with && strcmp(container->restart_with, container->name) == 0;
        for (size_t j = 0; j < container->after.count; j++)
            itself = itself || strcmp(container->after.items[j], container->name) == 0;
        if (itself)
            text_add_format(mistakes,
                "%s%s: [container %s] waits for itself, expected other names in after and "
                "restart_with",
                mistakes->length ? "\n" : "", container->where, container->name);
    }
}

int config_load(struct config *config, const char *path, struct error *err)
{
    scoped(text_finish) struct text mistakes = {0};
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return error_set(err, ERROR_CONFIG,
            "%s: no such file; name another with --config FILE, or a folder of manifests: apply "
            "FOLDER",
            path);
    load_file(config, path, &mistakes);
    load_drop_ins(config, path, &mistakes);
    check_sources(config, &mistakes);
    check_containers(config, &mistakes);
    if (mistakes.length)
        return error_set(err, ERROR_CONFIG, "%s", text_get(&mistakes));
    return 0;
}
