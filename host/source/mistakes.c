#include "base/cleanup.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "base/text.h"
#include "config/config.h"
#include "source/intake.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MISTAKES_BYTES_MAX 4000
#define HOST_KEYS_MAX      64

/* One line more. What the plugin says of itself is in it, so nothing breaks the line. */
static void add(struct text *mistakes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct text *mistakes, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    scoped_free char *line = memory_formatv(format, args);
    va_end(args);
    text_add(mistakes, mistakes->length ? "\n" : "");
    text_add_printable(mistakes, line);
}

static const struct described_setting *described(const struct intake *intake, const char *name)
{
    for (size_t i = 0; i < intake->described_count; i++)
        if (strcmp(intake->described[i].name, name) == 0)
            return &intake->described[i];
    return NULL;
}

/* Among the plugin's keys and those of every source. */
static const char *nearest_key(const struct intake *intake, const char *key)
{
    const char *names[KD_SETTINGS_MAX + HOST_KEYS_MAX];
    size_t count = 0, hosts = 0;
    const struct config_key *keys = config_keys(SECTION_SOURCE, &hosts);
    for (size_t i = 0; i < intake->described_count; i++)
        names[count++] = intake->described[i].name;
    for (size_t i = 0; i < hosts && i < HOST_KEYS_MAX; i++)
        names[count++] = keys[i].name;
    return nearest_word(key, names, count);
}

static void find_unknown(
    const struct intake *intake, const struct source_setting *setting, struct text *mistakes)
{
    const char *near = nearest_key(intake, setting->key);
    add(mistakes, "%s: found key \"%s\", which plugin \"%s\" does not have%s%s%s", setting->where,
        setting->key, intake->id ? intake->id : "", near ? "; did you mean \"" : "",
        near ? near : "", near ? "\"?" : "");
}

static void find_in_setting(
    const struct intake *intake, const struct source_setting *setting, struct text *mistakes)
{
    int64_t number = 0;
    const struct described_setting *info = described(intake, setting->key);
    if (!info) {
        find_unknown(intake, setting, mistakes);
        return;
    }
    const char *expected = info->type <= KD_TYPE_FILE
                               ? settings_read(info->type, setting->value, &number)
                               : NULL; /* the plugin's own mistake */
    if (expected)
        add(mistakes, "%s: %s: found \"%s\", expected %s", setting->where, setting->key,
            setting->value, expected);
}

/* A key that is one letter off was meant for it, and that was reported. */
static bool is_misspelt(const struct intake *intake, const char *name)
{
    const struct source_options *options = intake->options;
    for (size_t i = 0; i < options->settings_count; i++) {
        const char *key = options->settings[i].key;
        const char *near = described(intake, key) ? NULL : nearest_key(intake, key);
        if (near && strcmp(near, name) == 0)
            return true;
    }
    return false;
}

static void find_missing(
    const struct intake *intake, const struct described_setting *info, struct text *mistakes)
{
    const struct source_options *options = intake->options;
    if (!(info->flags & KD_SETTING_REQUIRED) || info->fallback ||
        settings_find(options, info->name) || is_misspelt(intake, info->name))
        return;
    add(mistakes, "%s%s[source %s] has no %s, expected one: %s",
        options->where ? options->where : "", options->where ? ": " : "", options->name, info->name,
        info->help);
}

int mistakes_find(struct intake *intake)
{
    struct text mistakes = {.max = MISTAKES_BYTES_MAX};
    for (size_t i = 0; i < intake->options->settings_count; i++)
        find_in_setting(intake, &intake->options->settings[i], &mistakes);
    for (size_t i = 0; i < intake->described_count; i++)
        find_missing(intake, &intake->described[i], &mistakes);
    if (mistakes.length == 0) {
        text_finish(&mistakes);
        return 0;
    }
    intake->set.mistakes = text_steal(&mistakes);
    intake_fail(intake, SOURCE_FATAL, "%s", intake->set.mistakes);
    return -1;
}
