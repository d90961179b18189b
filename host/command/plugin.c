#include "command/plugin.h"
#include "base/cleanup.h"
#include "command/command.h"
#include "command/diagnose.h"
#include "gather/configure.h"
#include "gather/paths.h"
#include "source/source.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEADLINE_MS    10000
#define NAME_WIDTH_MAX 24

static int describe(
    const char *name, const char *folder, struct source_info *ret_info, struct error *err)
{
    scoped_free char *path = NULL;
    scoped_free char *loader = paths_loader();
    if (paths_plugin(name, folder, &path, err) < 0)
        return -1;
    struct source_options options = {
        .name = name,
        .plugin = path,
        .user = "root", /* a look at what a person named, with that person's rights */
        .deadline_ms = DEADLINE_MS,
        .loader = loader,
    };
    return source_describe(&options, ret_info, err);
}

static int is_plugin(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 3 && strcmp(entry->d_name + length - 3, ".so") == 0;
}

static void print_row(const char *name, const struct source_info *info)
{
    scoped(text_finish) struct text line = {0};
    text_add_padded(&line, name, 16);
    text_add(&line, " ");
    text_add_padded(&line, info->version, 8);
    text_add(&line, " ");
    text_add_printable(&line, info->description);
    puts(text_get(&line));
}

static int list(const char *configured)
{
    scoped_free char *folder = paths_plugin_folder(configured);
    struct dirent **entries = NULL;
    struct error err = {0};
    int count = scandir(folder, &entries, is_plugin, alphasort), code = EXIT_DONE;
    if (count < 0) {
        error_errno(&err, errno, "%s", folder);
        return diagnose_error(&err);
    }
    for (int i = 0; i < count; i++) {
        struct source_info info = {0};
        entries[i]->d_name[strlen(entries[i]->d_name) - 3] = '\0';
        if (describe(entries[i]->d_name, configured, &info, &err) < 0)
            code = diagnose_error(&err);
        else
            print_row(entries[i]->d_name, &info);
        source_info_finish(&info);
        free(entries[i]);
    }
    free(entries);
    return code;
}

static size_t name_width(const struct source_info *info)
{
    size_t width = 14;
    for (size_t i = 0; i < info->count; i++)
        if (strlen(info->settings[i].name) > width)
            width = strlen(info->settings[i].name);
    return width < NAME_WIDTH_MAX ? width : NAME_WIDTH_MAX;
}

static void print_setting(const struct source_setting_info *setting, size_t width)
{
    scoped(text_finish) struct text line = {0};
    text_add(&line, "  ");
    text_add_padded(&line, setting->name, width);
    text_add_format(&line, " %-9s ", setting->type);
    text_add_printable(&line, setting->help);
    if (setting->fallback && *setting->fallback) {
        text_add(&line, " (");
        text_add_printable(&line, setting->fallback);
        text_add(&line, ")");
    } else if (setting->required) {
        text_add(&line, " (required)");
    }
    puts(text_get(&line));
}

static void print_head(const struct source_info *info)
{
    scoped(text_finish) struct text line = {0};
    text_add_printable(&line, info->id);
    text_add(&line, ", version ");
    text_add_printable(&line, info->version);
    text_add(&line, ": ");
    text_add_printable(&line, info->description);
    puts(text_get(&line));
    if (info->resident)
        puts("Resident: watches its source.");
    puts(info->network
             ? "Network: it connects to the Internet, unless the conf says network = no.\n"
             : "Network: none.\n");
}

static int show(const char *name, const char *folder)
{
    struct source_info info = {0};
    struct error err = {0};
    if (describe(name, folder, &info, &err) < 0)
        return diagnose_error(&err);
    print_head(&info);
    puts("Settings in [source NAME]:");
    for (size_t i = 0; i < info.count; i++)
        print_setting(&info.settings[i], name_width(&info));
    source_info_finish(&info);
    return EXIT_DONE;
}

/* Only where plugins lie is of interest here: a missing configuration is none. */
static int read_folder(const struct options *options, struct config *config, struct error *err)
{
    struct configure_options files = options_configure(options);
    scoped_free char *usual = paths_config();
    files.folder_count = 0;
    if (files.file || access(usual, F_OK) == 0)
        return configure(&files, config, err);
    config_init(config);
    return config_override(config, files.overrides, files.override_count, err);
}

static int run(const struct options *options, const char *plugins)
{
    char **arguments = options->arguments;
    int count = options->argument_count;
    struct error err = {0};
    if (strcmp(arguments[0], "list") == 0 && count == 1)
        return list(plugins);
    if (strcmp(arguments[0], "show") == 0 && count == 2)
        return show(arguments[1], plugins);
    if (strcmp(arguments[0], "new") == 0 && count == 3)
        return plugin_new(arguments[1], arguments[2], plugins);
    if (strcmp(arguments[0], "check") == 0 && count >= 2)
        return plugin_check(options, plugins);
    error_set(&err, ERROR_USAGE,
        "plugin: found \"%.60s\" and %d more, expected list, show NAME, "
        "new NAME DIR, or check FILE.so",
        arguments[0], count - 1);
    return diagnose_error(&err);
}

int command_plugin(const struct options *options)
{
    struct config config = {0};
    struct error err = {0};
    if (read_folder(options, &config, &err) < 0)
        return diagnose_error(&err);
    int code = run(options, config.plugin_dir);
    config_finish(&config);
    return code;
}
