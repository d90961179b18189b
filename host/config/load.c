#include "base/cleanup.h"
#include "base/index.h"
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

#define MISTAKES_MAX 100 /* of one file that are told; the rest is counted */

/* One file on its way into the configuration. */
struct loading {
    struct config *config;
    const char *path;
    struct text mistakes; /* one line each */
    size_t mistake_count;
    struct index lines; /* "section\nkey" of this file → the line that it is on */
    char **seen;        /* the keys of that */
    size_t seen_count, seen_capacity;
};

static void complain(struct loading *loading, int line, const char *text)
{
    if (loading->mistake_count++ >= MISTAKES_MAX)
        return;
    text_add_format(&loading->mistakes, "%s%s:%d: %s", loading->mistakes.length ? "\n" : "",
        loading->path, line, text);
}

/* Whether this key stands in this file for the first time. */
static bool first_time(struct loading *loading, const char *section, const char *key, int line)
{
    scoped_free char *id = memory_format("%s\n%s", section, key);
    size_t first = 0;
    if (index_find(&loading->lines, id, &first)) {
        scoped_free char *text =
            memory_format("found key \"%s\" a second time in [%s], the first is on line %zu", key,
                section, first);
        complain(loading, line, text);
        return false;
    }
    memory_grow(
        &loading->seen, &loading->seen_capacity, loading->seen_count, sizeof(*loading->seen));
    loading->seen[loading->seen_count++] = steal(&id);
    index_put(&loading->lines, loading->seen[loading->seen_count - 1], (size_t)line);
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

static void loading_finish(struct loading *loading)
{
    index_finish(&loading->lines);
    for (size_t i = 0; i < loading->seen_count; i++)
        free(loading->seen[i]);
    free(loading->seen);
    text_finish(&loading->mistakes);
}

static void add_line(struct text *mistakes, const char *line)
{
    text_add_format(mistakes, "%s%s", mistakes->length ? "\n" : "", line);
}

/* The bytes are written to. */
static void take_bytes(
    struct config *config, const char *path, char *bytes, size_t length, struct text *mistakes)
{
    scoped(loading_finish) struct loading loading = {.config = config, .path = path};
    struct error err = {0};
    if (precheck_lines(path, bytes, length, &err) < 0) {
        add_line(mistakes, err.text);
        return;
    }
    lines_read(bytes, on_key, on_mistake, &loading);
    if (loading.mistake_count > MISTAKES_MAX)
        text_add_format(&loading.mistakes, "\n%s: %zu more mistakes", path,
            loading.mistake_count - MISTAKES_MAX);
    if (loading.mistakes.length)
        add_line(mistakes, text_get(&loading.mistakes));
}

static void load_file(struct config *config, const char *path, struct text *mistakes)
{
    struct error err = {0};
    scoped_free char *bytes = NULL;
    size_t length = 0;
    if (precheck_read(path, &bytes, &length, &err) < 0)
        add_line(mistakes, err.text);
    else
        take_bytes(config, path, bytes, length, mistakes);
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

static void load_drop_ins(struct config *config, const char *path, struct text *mistakes)
{
    scoped_free char *folder = memory_format("%s.d", path);
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_drop_in, by_bytes);
    if (count < 0 && errno != ENOENT) {
        scoped_free char *line = memory_format("%s: %s", folder, strerror(errno));
        add_line(mistakes, line);
    }
    for (int i = 0; i < count; i++) {
        scoped_free char *file = memory_format("%s/%s", folder, entries[i]->d_name);
        load_file(config, file, mistakes);
        free(entries[i]);
    }
    free(entries);
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

/* What only all files together show; and the end, well or not. */
static int conclude(const struct config *config, struct text *mistakes, struct error *err)
{
    check_sources(config, mistakes);
    check_containers(config, mistakes);
    return mistakes->length ? error_set(err, ERROR_CONFIG, "%s", text_get(mistakes)) : 0;
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
    return conclude(config, &mistakes, err);
}

int config_read(
    struct config *config, const char *path, const char *bytes, size_t length, struct error *err)
{
    scoped(text_finish) struct text mistakes = {0};
    scoped_free char *copy = memory_bytes(bytes, length);
    take_bytes(config, path, copy, length, &mistakes);
    return conclude(config, &mistakes, err);
}
