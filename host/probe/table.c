/* The plugin's table: kd_source and its settings. */
#include "base/printable.h"
#include "probe/probe.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE "contract.table"

/* Keys that every [source NAME] has, and the words that its other ones begin with: the plugin would
 * never see them. */
static const char *const hosts_keys[] = {
    "plugin", "user", "timeout", "soak", "replace", "network", "read", "sandbox"};
static const char *const hosts_words[] = {"prune", "allow", "rename"};

static bool is_hosts(const char *name)
{
    for (size_t i = 0; i < sizeof(hosts_keys) / sizeof(hosts_keys[0]); i++)
        if (strcmp(name, hosts_keys[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof(hosts_words) / sizeof(hosts_words[0]); i++)
        if (strncmp(name, hosts_words[i], strlen(hosts_words[i])) == 0)
            return true;
    return false;
}

/* A line that a terminal may show. */
static bool is_text(const char *text)
{
    return text && *text && strlen(text) <= KD_TEXT_MAX && printable_is_safe(text);
}

static bool is_name(const char *name)
{
    return name && *name && strlen(name) <= KD_KEY_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

static void look_at_setting(const struct kd_source *source, uint32_t index)
{
    const struct kd_setting_info *info = &source->settings[index];
    trying("reading row %u of its settings", index);
    if (info->size != sizeof(*info)) {
        found(FOUND_FAILED, TABLE, "setting %u: found size %u, expected %zu", index, info->size,
            sizeof(*info));
        return;
    }
    if (!is_name(info->name)) {
        found(FOUND_FAILED, TABLE, "setting %u: its name is no word of a-z, 0-9 and _", index);
        return;
    }
    if (info->type < KD_TYPE_STRING || info->type > KD_TYPE_FILE)
        found(FOUND_FAILED, TABLE, "setting %s: type %u means nothing", info->name, info->type);
    if (info->flags & ~(KD_SETTING_REQUIRED | KD_SETTING_HOW))
        found(FOUND_FAILED, TABLE, "setting %s: flags 0x%x mean nothing", info->name, info->flags);
    if ((info->flags & KD_SETTING_REQUIRED) && info->fallback)
        found(FOUND_FAILED, TABLE, "setting %s: required, and it has a fallback", info->name);
    if (info->type == KD_TYPE_FILE && info->fallback)
        found(FOUND_FAILED, TABLE,
            "setting %s is of type file and has a fallback, expected none: only what the "
            "configuration names is opened",
            info->name);
    if (!is_text(info->help))
        found(FOUND_FAILED, TABLE,
            "setting %s: found no line of help that a terminal may show, expected one", info->name);
    if (is_hosts(info->name))
        found(FOUND_FAILED, TABLE, "setting %s: this key is the host's own", info->name);
    for (uint32_t i = 0; i < index; i++)
        if (is_name(source->settings[i].name) && strcmp(source->settings[i].name, info->name) == 0)
            found(FOUND_FAILED, TABLE, "setting %s: it is there twice", info->name);
}

static void look_at_id(const struct kd_source *source, const char *plugin)
{
    const char *slash = strrchr(plugin, '/');
    const char *file = slash ? slash + 1 : plugin;
    size_t stem = strcspn(file, ".");
    if (strspn(source->id, "abcdefghijklmnopqrstuvwxyz0123456789_-") != strlen(source->id))
        found(FOUND_FAILED, TABLE, "its id is no word of a-z, 0-9, _ and -");
    else if (strlen(source->id) != stem || strncmp(source->id, file, stem) != 0)
        found(FOUND_WARNING, TABLE, "found id \"%.60s\", expected the file's stem \"%.*s\"",
            source->id, (int)stem, file);
}

static void look_at_ext(const struct kd_source *source)
{
    char long_name[1000];
    memset(long_name, 'x', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    const char *const names[] = {"org.example.unknown", "", "kd", "kd_source_v1", long_name};
    if (source->size < sizeof(*source) || !source->ext) {
        found(FOUND_OK, "contract.ext", "it has no ext");
        return;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        trying("ext(\"%.40s\")", names[i]);
        if (source->ext(names[i]))
            found(FOUND_FAILED, "contract.ext", "found something for \"%.40s\", expected NULL",
                names[i]);
    }
    found(FOUND_OK, "contract.ext", "NULL to what it does not know");
}

void probe_table(const struct kd_source *source, const char *plugin)
{
    if (source->size % 8 || source->size > 4096)
        found(
            FOUND_FAILED, TABLE, "found size %u, expected sizeof(struct kd_source)", source->size);
    if (source->flags & ~KD_FLAG_RESIDENT)
        found(FOUND_WARNING, TABLE, "flags 0x%x are not known to this host", source->flags);
    look_at_id(source, plugin);
    if (!is_text(source->version))
        found(FOUND_FAILED, TABLE, "found no version, expected a line that a terminal may show");
    if (!is_text(source->description))
        found(
            FOUND_FAILED, TABLE, "found no description, expected a line that a terminal may show");
    if (source->settings_count > KD_SETTINGS_MAX)
        found(FOUND_FAILED, TABLE, "found %u settings, expected at most %u", source->settings_count,
            KD_SETTINGS_MAX);
    if (source->settings_count && !source->settings)
        found(FOUND_FAILED, TABLE, "found %u settings and no table", source->settings_count);
    for (uint32_t i = 0; source->settings && i < source->settings_count && i < KD_SETTINGS_MAX; i++)
        look_at_setting(source, i);
    found(FOUND_OK, TABLE, "%u settings", source->settings_count);
    look_at_ext(source);
}
