#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "manifest/manifest.h"
#include "manifest_cases.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was read from one file. */
struct outcome {
    struct manifests manifests;
    struct diagnostics diagnostics;
    int result;
};

static struct outcome read_text(const char *key, const char *text)
{
    struct outcome outcome = {0};
    outcome.result = manifest_parse(key, key, text, strlen(text), &manifest_default_limits,
        &outcome.manifests, &outcome.diagnostics);
    return outcome;
}

static void outcome_finish(struct outcome *outcome)
{
    manifests_finish(&outcome->manifests);
    diagnostics_finish(&outcome->diagnostics);
}

#define scoped_outcome scoped(outcome_finish) struct outcome

static void tell_heads(const struct diagnostics *diagnostics, struct text *out)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *item = &diagnostics->items[i];
        text_add_format(out, "%zu:%zu: %s: %s%s%s\n", item->line, item->column,
            severity_word(item->severity), item->path, *item->path ? ": " : "", item->text);
    }
}

static void print_valid(const struct manifests *manifests, struct text *out)
{
    for (size_t i = 0; i < manifests->count; i++)
        if (manifests->items[i].valid)
            manifest_print(manifests->items[i].container, DIALECT_INTERNAL, out);
}

static void run_cases(const char *path)
{
    struct manifest_cases cases;
    manifest_cases_load(suite_source(path), &cases);
    size_t failed = 0;
    for (size_t i = 0; i < cases.count; i++) {
        const struct manifest_case *item = &cases.items[i];
        scoped_outcome outcome = read_text("web.json", item->manifest);
        scoped_text struct text heads = {0}, printed = {0};
        tell_heads(&outcome.diagnostics, &heads);
        print_valid(&outcome.manifests, &printed);
        bool same = manifest_cases_match(item->diagnostics, text_get(&heads)) &&
                    (!item->printed || strcmp(item->printed, text_get(&printed)) == 0) &&
                    (outcome.result < 0) == (outcome.diagnostics.errors > 0);
        if (same)
            continue;
        failed++;
        printf("%s: %s\nexpected:\n%s%s\nfound (%d):\n%s%s\n", path, item->name, item->diagnostics,
            item->printed ? item->printed : "", outcome.result, text_get(&heads),
            item->printed ? text_get(&printed) : "");
    }
    fflush(stdout);
    manifest_cases_finish(&cases);
    ck_assert_uint_eq(failed, 0);
}

START_TEST(manifests_are_read_and_judged)
{
    run_cases("tests/data/manifests/decode.cases");
}
END_TEST

START_TEST(oddities_seen_in_the_wild_are_met)
{
    run_cases("tests/data/manifests/oddities.cases");
}
END_TEST

START_TEST(five_mistakes_show_five_carets)
{
    struct error err = {0};
    size_t length = 0;
    scoped_free char *json = NULL, *expected = NULL;
    ck_assert_int_eq(file_read(suite_source("tests/data/manifests/five-mistakes.json"), 1 << 16,
                         &json, &length, &err),
        0);
    ck_assert_int_eq(file_read(suite_source("tests/data/manifests/five-mistakes.txt"), 1 << 16,
                         &expected, &length, &err),
        0);
    scoped_outcome outcome = read_text("five-mistakes.json", json);
    scoped_text struct text out = {0};
    for (size_t i = 0; i < outcome.diagnostics.count; i++)
        diagnostic_print(&outcome.diagnostics.items[i], false, &out);
    ck_assert_str_eq(text_get(&out), expected);
    ck_assert_int_lt(outcome.result, 0);
    ck_assert(!outcome.manifests.items[0].valid);
}
END_TEST

#define IMAGE "\"image\": {\"name\": \"localhost:5000/web:1\"}"

static const struct {
    const char *key, *json, *name, *id;
} names[] = {
    {"f.json", "{\"name\": \"n\", \"id\": \"i\", " IMAGE "}", "n", "i"},
    {"f.json", "{\"name\": \"\", \"id\": \"i\", " IMAGE "}", "i", "i"},
    {"f.json", "{\"container_id\": \"i\", " IMAGE "}", "i", "i"},
    {"f.json", "{\"id\": \"\", " IMAGE "}", "f", NULL},
    {"apps/f.v2.json", "{\"name\": null, " IMAGE "}", "f.v2", NULL},
    {"f", "{" IMAGE "}", "f", NULL},
};

START_TEST(a_manifest_has_a_name)
{
    scoped_outcome outcome = read_text(names[_i].key, names[_i].json);
    ck_assert_uint_eq(outcome.manifests.count, 1);
    const struct manifest *manifest = &outcome.manifests.items[0];
    ck_assert_str_eq(manifest->container->name, names[_i].name);
    ck_assert_pstr_eq(manifest->container->id, names[_i].id);
    ck_assert(manifest->valid);
}
END_TEST

static const struct {
    const char *json;
    enum dialect dialect;
} dialects[] = {
    {"{" IMAGE "}", DIALECT_CM},
    {"{\"name\": \"n\", " IMAGE "}", DIALECT_INTERNAL},
    {"{\"id\": \"\", " IMAGE "}", DIALECT_INTERNAL},
    {"{\"mounts\": [], " IMAGE "}", DIALECT_INTERNAL},
    {"{\"container_name\": \"n\", " IMAGE "}", DIALECT_CM},
    {"{\"container_id\": \"n\", " IMAGE "}", DIALECT_CM},
    {"{\"mount_points\": null, " IMAGE "}", DIALECT_CM},
    {"{" IMAGE ", \"host_config\": {\"port_mappings\": [{\"proto\": \"tcp\", \"host_port\": 1, "
     "\"container_port\": 1}]}}",
        DIALECT_CM},
};

START_TEST(the_dialect_is_seen_by_the_keys)
{
    scoped_outcome outcome = read_text("f.json", dialects[_i].json);
    ck_assert_uint_eq(outcome.manifests.count, 1);
    ck_assert_int_eq(outcome.manifests.items[0].dialect, dialects[_i].dialect);
}
END_TEST

START_TEST(line_ends_and_blanks_at_the_end_do_not_matter)
{
    static const char *const texts[] = {
        "{\r\n  " IMAGE "\r\n}\r\n",
        "{" IMAGE "}",
        "{" IMAGE "}  \n\n\t ",
        "\n\n{" IMAGE "}\n",
    };
    scoped_outcome outcome = read_text("f.json", texts[_i]);
    ck_assert_int_eq(outcome.result, 0);
    ck_assert_uint_eq(outcome.diagnostics.count, 0);
}
END_TEST

START_TEST(limits_hold)
{
    static const char two[] = "[{\"name\": \"a\", " IMAGE "},\n {\"name\": \"b\", " IMAGE "}]";
    static const struct {
        struct manifest_limits limits;
        const char *text;
        size_t count;
    } cases[] = {
        {{sizeof(two) - 1, 3, 2}, "", 2},
        {{sizeof(two) - 2, 3, 2}, "0:0: error: found 117 bytes, expected at most 116\n", 0},
        {{sizeof(two), 2, 2},
            "1:25: error: found more than 2 levels of objects and arrays, expected fewer\n", 0},
        {{sizeof(two), 3, 1},
            "2:2: error: [1]: found an object, expected at most 1 manifests in a file\n", 1},
    };
    struct manifests manifests = {0};
    struct diagnostics diagnostics = {0};
    int result = manifest_parse(
        "f.json", "f.json", two, sizeof(two) - 1, &cases[_i].limits, &manifests, &diagnostics);
    scoped_text struct text heads = {0};
    tell_heads(&diagnostics, &heads);
    ck_assert_str_eq(text_get(&heads), cases[_i].text);
    ck_assert_uint_eq(manifests.count, cases[_i].count);
    ck_assert_int_eq(result < 0, *cases[_i].text != '\0');
    manifests_finish(&manifests);
    diagnostics_finish(&diagnostics);
}
END_TEST

START_TEST(what_is_printed_keeps_every_digit_and_character)
{
    scoped_outcome outcome = read_text("f.json",
        "{" IMAGE ", \"config\": {\"env\": [\"A=\\t\\\"\\u00e9\\\\{}\\u202e\"]}, \"host_config\": "
        "{\"restart_policy\": {\"type\": \"on-failure\", \"retry_timeout\": 9007199254740993}}, "
        "\"hooks\": [{\"path\": \"/bin/true\", \"type\": \"poststop\"}]}");
    scoped_text struct text printed = {0};
    manifest_print(outcome.manifests.items[0].container, DIALECT_CM, &printed);
    ck_assert_str_eq(text_get(&printed), "{\n"
                                         "  \"container_name\": \"f\",\n"
                                         "  \"image\": {\n"
                                         "    \"name\": \"localhost:5000/web:1\"\n"
                                         "  },\n"
                                         "  \"hooks\": [{\n"
                                         "      \"path\": \"/bin/true\",\n"
                                         "      \"type\": 2\n"
                                         "    }],\n"
                                         "  \"host_config\": {\n"
                                         "    \"restart_policy\": {\n"
                                         "      \"retry_timeout\": 9007199254740993,\n"
                                         "      \"type\": \"on-failure\"\n"
                                         "    }\n"
                                         "  },\n"
                                         "  \"config\": {\n"
                                         "    \"env\": [\"A=\\t\\\"\xc3\xa9\\\\{}\\u202e\"]\n"
                                         "  }\n"
                                         "}\n");
}
END_TEST

START_TEST(what_this_machine_lacks_has_its_caret)
{
    scoped_outcome outcome = read_text("f.json", "{" IMAGE ",\n \"mounts\": [\n"
                                                 "  {\"source\": \"/\", \"destination\": \"/a\"},\n"
                                                 "  {\"source\": \"/no/such/folder\", "
                                                 "\"destination\": \"/b\"}],\n"
                                                 " \"unknown\": 1}");
    ck_assert_int_eq(outcome.result, 0);
    manifest_check_host(&outcome.manifests.items[0], &outcome.diagnostics);
    scoped_text struct text heads = {0};
    tell_heads(&outcome.diagnostics, &heads);
    ck_assert_uint_eq(outcome.diagnostics.count, 2);
    ck_assert_str_eq(outcome.diagnostics.items[0].path, "mounts[1].source");
    ck_assert_uint_eq(outcome.diagnostics.items[0].line, 4);
    ck_assert_uint_eq(outcome.diagnostics.items[0].column, 14);
    ck_assert_str_eq(outcome.diagnostics.items[1].path, "unknown");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("manifest");
    TCase *cases = tcase_create("manifest");
    tcase_set_timeout(cases, 20);
    tcase_add_test(cases, manifests_are_read_and_judged);
    tcase_add_test(cases, oddities_seen_in_the_wild_are_met);
    tcase_add_test(cases, five_mistakes_show_five_carets);
    tcase_add_loop_test(cases, a_manifest_has_a_name, 0, countof(names));
    tcase_add_loop_test(cases, the_dialect_is_seen_by_the_keys, 0, countof(dialects));
    tcase_add_loop_test(cases, line_ends_and_blanks_at_the_end_do_not_matter, 0, 4);
    tcase_add_loop_test(cases, limits_hold, 0, 4);
    tcase_add_test(cases, what_is_printed_keeps_every_digit_and_character);
    tcase_add_test(cases, what_this_machine_lacks_has_its_caret);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
