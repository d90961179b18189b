/* plugin check FILE.so -- KEY=VALUE…: what host/check found, as text or as JSON. */
#include "base/cleanup.h"
#include "base/duration.h"
#include "base/memory.h"
#include "base/text.h"
#include "check/check.h"
#include "command/diagnose.h"
#include "command/plugin.h"
#include "config/config.h"
#include "gather/paths.h"
#include "gather/sources.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT       1
#define DEADLINE_MS  30000
#define SETTINGS_MAX 64

/* As in the conf: network, read and sandbox are the host's. */
static int read_settings(
    const struct options *options, struct config_source *source, struct error *err)
{
    for (int i = 2; i < options->argument_count; i++) {
        char *equals = strchr(options->arguments[i], '=');
        if (!equals || equals == options->arguments[i] || source->count == SETTINGS_MAX)
            return error_set(err, ERROR_USAGE,
                "plugin check: found \"%.80s\", expected KEY=VALUE, at most %d of them",
                options->arguments[i], SETTINGS_MAX);
        *equals = '\0';
        if (config_set_source(source, options->arguments[i], equals + 1, "command line", err) < 0) {
            err->kind = ERROR_USAGE;
            return error_wrap(err, "plugin check");
        }
    }
    return 0;
}

static int read_deadline(const struct options *options, int64_t *ret_ms, struct error *err)
{
    *ret_ms = DEADLINE_MS;
    for (size_t i = 0; i < options->override_count; i++)
        if (strcmp(options->overrides[i].key, "timeout") == 0 &&
            duration_parse(options->overrides[i].value, ret_ms, err) < 0)
            return -1;
    return 0;
}

static void print_line(const struct check_rule *rule, const struct check_result *result)
{
    scoped(text_finish) struct text line = {0};
    text_add_format(&line, "  %-8s %-12s ", check_verdict_word(result->verdict), rule->name);
    text_add_printable(&line, result->text);
    puts(text_get(&line));
    if (result->verdict == CHECK_FAILED || result->verdict == CHECK_WARNING)
        printf("%24sthe rule: %s\n", "", rule->rule);
}

static void print_time(struct text *out, const char *what, int64_t us)
{
    if (us >= 0)
        text_add_format(out, "%s%s %lld.%03lld ms", out->length ? ", " : "", what,
            (long long)us / 1000, (long long)us % 1000);
}

static void print_profile(const struct check_profile *profile)
{
    scoped(text_finish) struct text line = {0};
    print_time(&line, "start", profile->start_us);
    print_time(&line, "init", profile->init_us);
    print_time(&line, "first reconcile", profile->first_us);
    print_time(&line, "later ones", profile->reconcile_us);
    print_time(&line, "the longest", profile->worst_us);
    if (profile->memory_kib >= 0)
        text_add_format(&line,
            ", %lld items of %lld bytes, memory at most %lld KiB, heap %lld bytes",
            (long long)profile->items, (long long)profile->bytes, (long long)profile->memory_kib,
            (long long)profile->heap_bytes);
    if (line.length)
        printf("profile: %s\n", text_get(&line));
}

static void print_text(const char *path, const struct check *check)
{
    const char *part = "";
    scoped(text_finish) struct text who = {0};
    text_add_printable(&who, path);
    if (check->has_info) {
        text_add(&who, ": ");
        text_add_printable(&who, check->info.id);
        text_add(&who, ", version ");
        text_add_printable(&who, check->info.version);
    }
    puts(text_get(&who));
    for (size_t i = 0; i < check_rule_count; i++) {
        if (strcmp(part, check_rules[i].part) != 0)
            puts(check_rules[i].part);
        part = check_rules[i].part;
        print_line(&check_rules[i], &check->results[i]);
    }
    print_profile(&check->profile);
    printf("%zu checks: %zu ok, %zu warnings, %zu failed, %zu skipped\n", check_rule_count,
        check_count(check, CHECK_OK), check_count(check, CHECK_WARNING),
        check_count(check, CHECK_FAILED), check_count(check, CHECK_SKIPPED));
}

static void add_text(cJSON *object, const char *key, const char *value)
{
    scoped(text_finish) struct text safe = {0};
    text_add_printable(&safe, value);
    cJSON_AddStringToObject(object, key, text_get(&safe));
}

static void add_profile(cJSON *root, const struct check_profile *profile)
{
    const struct {
        const char *name;
        int64_t value;
    } measures[] = {
        {"start_us", profile->start_us},
        {"init_us", profile->init_us},
        {"first_reconcile_us", profile->first_us},
        {"later_reconcile_us", profile->reconcile_us},
        {"longest_reconcile_us", profile->worst_us},
        {"reconciles", profile->reconciles},
        {"memory_kib", profile->memory_kib},
        {"heap_bytes", profile->heap_bytes},
        {"items", profile->items},
        {"bytes", profile->bytes},
    };
    cJSON *object = cJSON_AddObjectToObject(root, "profile");
    for (size_t i = 0; i < countof(measures); i++)
        if (measures[i].value >= 0)
            cJSON_AddNumberToObject(object, measures[i].name, (double)measures[i].value);
}

static void print_json(const char *path, const struct check *check)
{
    cJSON *root = cJSON_CreateObject();
    char interface[32];
    snprintf(interface, sizeof(interface), "%u.%u", check->major, check->minor);
    cJSON_AddNumberToObject(root, "format", FORMAT);
    add_text(root, "plugin", path);
    add_text(root, "id", check->has_info ? check->info.id : "");
    add_text(root, "version", check->has_info ? check->info.version : "");
    add_text(root, "interface", interface);
    add_text(root, "verdict",
        check_verdict_word(check_count(check, CHECK_FAILED) ? CHECK_FAILED : CHECK_OK));
    cJSON *list = cJSON_AddArrayToObject(root, "checks");
    for (size_t i = 0; i < check_rule_count; i++) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(list, object);
        add_text(object, "part", check_rules[i].part);
        add_text(object, "check", check_rules[i].name);
        add_text(object, "rule", check_rules[i].rule);
        add_text(object, "verdict", check_verdict_word(check->results[i].verdict));
        add_text(object, "found", check->results[i].text);
    }
    add_profile(root, &check->profile);
    scoped_free char *text = memory_held(cJSON_Print(root));
    puts(text);
    cJSON_Delete(root);
}

static int run(const struct options *options, const char *plugins, struct config_source *section)
{
    struct source_setting settings[SETTINGS_MAX];
    struct source_options source = {0};
    scoped_free char *path = NULL;
    scoped_free char *loader = paths_loader();
    scoped_free char *probe = paths_probe();
    struct check_options what = {.loader = loader, .probe = probe, .source = &source};
    struct check check;
    struct error err = {0};
    char absolute[PATH_MAX];
    if (read_settings(options, section, &err) < 0 ||
        read_deadline(options, &what.deadline_ms, &err) < 0)
        return diagnose_error(&err);
    sources_borrow(section, settings, &source);
    /* A file in this folder may be named without "./". */
    const char *name = options->arguments[1];
    if (strstr(name, ".so") && realpath(name, absolute))
        name = absolute;
    if (paths_plugin(name, plugins, &path, &err) < 0)
        return diagnose_error(&err);
    what.plugin = path;
    check_plugin(&what, &check);
    if (options->json)
        print_json(path, &check);
    else
        print_text(path, &check);
    int code = check_count(&check, CHECK_FAILED) ? EXIT_FAILED : EXIT_DONE;
    check_finish(&check);
    return code;
}

int plugin_check(const struct options *options, const char *plugins)
{
    struct config config;
    config_init(&config);
    int code = run(options, plugins, config_add_source(&config, "check", "command line"));
    config_finish(&config);
    return code;
}
