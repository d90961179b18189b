#include "command/options.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "base/text.h"
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The options that are no keys of [deployer]. */
static const struct own_option {
    const char *name;
    const char *value; /* its word in the help text; NULL: takes none */
    unsigned group;    /* 0: every command */
    const char *help;
} own_options[] = {
    {"--config", "FILE", OPTION_CONFIG, "configuration file (" CONFIG_FILE ")"},
    {"--output", "text|json", OPTION_OUTPUT, "how the report is printed (text)"},
    {"--retry", "NAME", OPTION_RETRY, "try a manifest again that failed before; may be repeated"},
    {"--to", "internal|cm", OPTION_DIALECT, "the dialect to print"},
    {"--verbose", NULL, 0, "report also what went well and what was passed over"},
    {"--help", NULL, 0, "this text"},
    {"--version", NULL, 0, "print the version"},
};

#define NAMES_MAX 64

static size_t known_names(unsigned groups, const char **names)
{
    size_t count = 0, key_count = 0;
    const struct config_key *keys = config_keys(SECTION_DEPLOYER, &key_count);
    for (size_t i = 0; i < countof(own_options); i++)
        if (!own_options[i].group || (own_options[i].group & groups))
            names[count++] = own_options[i].name;
    for (size_t i = 0; (groups & OPTION_CONFIG) && i < key_count && count < NAMES_MAX; i++)
        if (keys[i].option)
            names[count++] = keys[i].option;
    return count;
}

static int unknown(const char *name, unsigned groups, struct error *err)
{
    const char *names[NAMES_MAX];
    const char *near = nearest_word(name, names, known_names(groups, names));
    return error_set(err, ERROR_USAGE,
        "found option \"%.60s\", which this command does not take%s%s%s", name,
        near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int choose(const char *option, const char *value, const char *first, const char *second,
    bool *ret_second, struct error *err)
{
    bool is_second = strcmp(value, second) == 0;
    if (!is_second && strcmp(value, first) != 0)
        return error_set(err, ERROR_USAGE, "%s: found \"%.60s\", expected %s or %s", option, value,
            first, second);
    *ret_second = is_second;
    return 0;
}

static int take_own(
    const struct own_option *option, char *value, struct options *options, struct error *err)
{
    bool second = false;
    if (strcmp(option->name, "--config") == 0) {
        options->config = value;
    } else if (strcmp(option->name, "--output") == 0) {
        return choose(option->name, value, "text", "json", &options->json, err);
    } else if (strcmp(option->name, "--retry") == 0) {
        if (options->retry_count == countof(options->retry))
            return error_set(
                err, ERROR_USAGE, "--retry: found more than %zu of them", countof(options->retry));
        options->retry[options->retry_count++] = value;
    } else { /* --to */
        if (choose(option->name, value, "internal", "cm", &second, err) < 0)
            return -1;
        options->has_dialect = true;
        options->dialect = second ? DIALECT_CM : DIALECT_INTERNAL;
    }
    return 0;
}

static void take_flag(const struct own_option *option, struct options *options)
{
    if (strcmp(option->name, "--verbose") == 0)
        options->verbose = true;
    else if (strcmp(option->name, "--help") == 0)
        options->help = true;
    else
        options->version = true;
}

static const struct own_option *find_own(const char *name, unsigned groups)
{
    for (size_t i = 0; i < countof(own_options); i++)
        if (strcmp(own_options[i].name, name) == 0 &&
            (!own_options[i].group || (own_options[i].group & groups)))
            return &own_options[i];
    return NULL;
}

static const struct config_key *find_key(const char *name, unsigned groups)
{
    size_t count = 0;
    const struct config_key *keys = config_keys(SECTION_DEPLOYER, &count);
    for (size_t i = 0; (groups & OPTION_CONFIG) && i < count; i++)
        if (keys[i].option && strcmp(keys[i].option, name) == 0)
            return &keys[i];
    return NULL;
}

/* One option at argv[*at]: `--name value` or `--name=value`. */
static int take(
    char **argv, int argc, int *at, unsigned groups, struct options *options, struct error *err)
{
    char *equals = strchr(argv[*at], '=');
    scoped_free char *name =
        memory_bytes(argv[*at], equals ? (size_t)(equals - argv[*at]) : strlen(argv[*at]));
    const struct own_option *own = find_own(name, groups);
    const struct config_key *key = own ? NULL : find_key(name, groups);
    if (!own && !key)
        return unknown(name, groups, err);
    bool takes_value = key || own->value;
    char *value = equals ? equals + 1 : NULL;
    if (!takes_value && value)
        return error_set(err, ERROR_USAGE, "%s: found a value, expected none", name);
    if (takes_value && !value) {
        if (*at + 1 >= argc)
            return error_set(err, ERROR_USAGE, "%s: expected a value behind it", name);
        value = argv[++*at];
    }
    if (own && value)
        return take_own(own, value, options, err);
    if (own) {
        take_flag(own, options);
        return 0;
    }
    if (options->override_count == OPTION_OVERRIDES_MAX)
        return error_set(err, ERROR_USAGE, "found more than %d options", OPTION_OVERRIDES_MAX);
    options->overrides[options->override_count++] =
        (struct config_override){.key = key->name, .value = value};
    return 0;
}

int options_read(
    int argc, char **argv, unsigned groups, struct options *ret_options, struct error *err)
{
    struct options options = {.arguments = argv};
    bool only_arguments = false;
    for (int i = 0; i < argc; i++) {
        if (!only_arguments && strcmp(argv[i], "--") == 0) {
            only_arguments = true;
        } else if (!only_arguments && strcmp(argv[i], "-h") == 0) {
            options.help = true;
        } else if (!only_arguments && argv[i][0] == '-' && argv[i][1]) {
            if (take(argv, argc, &i, groups, &options, err) < 0)
                return -1;
        } else {
            argv[options.argument_count++] = argv[i];
        }
    }
    *ret_options = options;
    return 0;
}

static void print_one(const char *name, const char *value, const char *help)
{
    int used = printf("  %s%s%s", name, value ? " " : "", value ? value : "");
    printf("%*s%s\n", used < 30 ? 30 - used : 2, "", help);
}

void options_print(unsigned groups)
{
    size_t count = 0;
    const struct config_key *keys = config_keys(SECTION_DEPLOYER, &count);
    for (size_t i = 0; i < countof(own_options); i++)
        if (!own_options[i].group || (own_options[i].group & groups))
            print_one(own_options[i].name, own_options[i].value, own_options[i].help);
    if (!(groups & OPTION_CONFIG))
        return;
    puts("\nEach of these is also a key of [deployer] in the configuration:");
    for (size_t i = 0; i < count; i++) {
        if (!keys[i].option)
            continue;
        scoped_free char *help = keys[i].fallback && *keys[i].fallback
                                     ? memory_format("%s (%s)", keys[i].help, keys[i].fallback)
                                     : memory_string(keys[i].help);
        print_one(keys[i].option, keys[i].value, help);
    }
}

struct configure_options options_configure(const struct options *options)
{
    return (struct configure_options){
        .file = options->config,
        .folders = options->arguments,
        .folder_count = (size_t)options->argument_count,
        .overrides = options->overrides,
        .override_count = options->override_count,
    };
}
