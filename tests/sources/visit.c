#include "visit.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "check/check.h"
#include "folder.h"
#include "suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS_MAX 32
#define DEADLINE_MS  60000
#define CHECK_MS     60000

static size_t take_pairs(const char *const *pairs, struct source_setting *settings)
{
    size_t count = 0;
    for (; pairs[0]; pairs += 2) {
        if (!pairs[1])
            continue;
        ck_assert_uint_lt(count, SETTINGS_MAX);
        settings[count++] =
            (struct source_setting){.key = pairs[0], .value = pairs[1], .where = "conf:7"};
    }
    return count;
}

static char *plugin_path(const char *plugin)
{
    return *plugin == '/' ? memory_string(plugin)
                          : memory_format("%s/plugins/%s.so", KD_BUILD_DIR, plugin);
}

struct source_set visit_as(
    const char *user, const char *plugin, const char *folder, const char *const *pairs)
{
    struct source_setting settings[SETTINGS_MAX];
    struct source_set set = {0};
    scoped_free char *path = plugin_path(plugin);
    struct source_options options = {
        .name = "s",
        .plugin = path,
        .user = user ? user : "root",
        .settings = settings,
        .settings_count = take_pairs(pairs, settings),
        .deadline_ms = DEADLINE_MS,
        .loader = KD_BUILD_DIR "/kanto-deployer-loader",
        .kept_folder = folder ? folder_path(folder, "kept") : NULL,
        .kept_write = folder != NULL,
    };
    source_reconcile_all(&options, 1, &set);
    return set;
}

struct source_set visit(const char *plugin, const char *folder, const char *const *pairs)
{
    return visit_as(NULL, plugin, folder, pairs);
}

void visit_expect(const struct source_set *set, enum source_result result, const char *keys)
{
    scoped_free char *found = memory_string("");
    for (size_t i = 0; i < set->count; i++) {
        char *longer = memory_format("%s%s%s", found, i ? " " : "", set->items[i].key);
        free(found);
        found = longer;
    }
    ck_assert_msg(set->result == result, "found result %d, expected %d: %s", set->result, result,
        set->reason ? set->reason : "no reason");
    ck_assert_str_eq(found, keys);
}

void visit_expect_failure(
    const struct source_set *set, enum source_result result, const char *reason)
{
    ck_assert_msg(set->result == result && set->reason && strstr(set->reason, reason),
        "found result %d: \"%s\", expected %d: \"%s\"", set->result, set->reason ? set->reason : "",
        result, reason);
}

bool visit_noted(const struct source_set *set, const char *part)
{
    for (size_t i = 0; i < set->note_count; i++)
        if (strstr(set->notes[i].text, part))
            return true;
    return false;
}

void visit_expect_documented(const char *plugin, const char *page, const char *other)
{
    scoped_free char *path = plugin_path(plugin);
    struct source_options options = {.name = "s",
        .plugin = path,
        .user = "root",
        .deadline_ms = DEADLINE_MS,
        .loader = KD_BUILD_DIR "/kanto-deployer-loader"};
    struct source_info info;
    struct error err = {0};
    const char *docs = suite_source("docs");
    scoped_free char *first = folder_read(docs, page, NULL);
    scoped_free char *second = folder_read(docs, other, NULL);
    ck_assert_msg(source_describe(&options, &info, &err) == 0, "%s", err.text);
    for (size_t i = 0; i < info.count; i++) {
        scoped_free char *name = memory_format("`%s`", info.settings[i].name);
        ck_assert_msg(strstr(first, name) || strstr(second, name), "%s lacks %s", page, name);
    }
    source_info_finish(&info);
}

void visit_check(const char *plugin, const char *const *pairs)
{
    struct source_setting settings[SETTINGS_MAX];
    scoped_free char *path = plugin_path(plugin);
    struct check check;
    struct source_options source = {
        .settings = settings, .settings_count = take_pairs(pairs, settings)};
    struct check_options options = {.plugin = path,
        .loader = KD_BUILD_DIR "/kanto-deployer-loader",
        .probe = KD_BUILD_DIR "/kanto-deployer-probe",
        .source = &source,
        .deadline_ms = CHECK_MS};
    check_plugin(&options, &check);
    for (size_t i = 0; i < check_rule_count; i++)
        ck_assert_msg(
            check.results[i].verdict == CHECK_OK || check.results[i].verdict == CHECK_SKIPPED,
            "%s: %s.%s is %s: %s", plugin, check_rules[i].part, check_rules[i].name,
            check_verdict_word(check.results[i].verdict), check.results[i].text);
    ck_assert_uint_ge(check_count(&check, CHECK_OK), check_rule_count - 2);
    check_finish(&check);
}
