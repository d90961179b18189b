#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "manifest/document.h"
#include "manifest/manifest.h"
#include "suite.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse(const char *bytes, size_t length, struct json_problem *problem)
{
    struct json json = {0};
    int result = json_parse(bytes, length, 512, &json, problem);
    json_finish(&json);
    return result;
}

static void check_suite_file(const char *folder, const char *name, size_t counts[3])
{
    scoped_free char *path = memory_format("%s/%s", folder, name);
    scoped_free char *bytes = NULL;
    size_t length = 0;
    struct error err = {0};
    struct json_problem problem = {0};
    ck_assert_msg(file_read(path, 1 << 20, &bytes, &length, &err) == 0, "%s", err.text);
    int result = parse(bytes, length, &problem);
    if (name[0] == 'y')
        ck_assert_msg(result == 0, "%s refused: %s", name, problem.text);
    if (name[0] == 'n')
        ck_assert_msg(result < 0, "%s accepted", name);
    if (result < 0) {
        ck_assert_msg(strstr(problem.text, "expected") != NULL, "%s: %s", name, problem.text);
        ck_assert_uint_le(problem.begin, problem.end);
        ck_assert_uint_le(problem.end, length);
    }
    counts[name[0] == 'y' ? 0 : name[0] == 'n' ? 1 : 2]++;
}

START_TEST(the_json_suite_is_judged_as_it_says)
{
    const char *folder = suite_shared("json-suite", "JSON parsing suite");
    if (!folder)
        return;
    DIR *entries = opendir(folder);
    ck_assert_ptr_nonnull(entries);
    size_t counts[3] = {0};
    for (struct dirent *entry; (entry = readdir(entries));)
        if (strchr("yni", entry->d_name[0]) && entry->d_name[1] == '_')
            check_suite_file(folder, entry->d_name, counts);
    closedir(entries);
    ck_assert_uint_ge(counts[0], 90);
    ck_assert_uint_ge(counts[1], 180);
    ck_assert_uint_ge(counts[2], 30);
}
END_TEST

/* Where a problem is seen: offsets of its bytes. */
static const struct {
    const char *json;
    size_t length; /* 0: strlen */
    size_t begin, end;
    const char *text;
} problems[] = {
    {"{\"a\": 1,}", 0, 7, 8, "trailing comma: found } after it, expected a key"},
    {"[1,\n]", 0, 2, 3, "trailing comma: found ] after it, expected a value"},
    {"[1,,2]", 0, 3, 4, "found ,, expected a value"},
    {"", 0, 0, 0, "found the end of the file, expected a value"},
    {"{\"a\": 1\n\"b\": 2}", 0, 8, 11, "found \"b\", expected a comma or } (for the { of line 1)"},
    {"{\n\"a\": [1}", 0, 9, 10, "found }, expected a comma or ] (for the [ of line 2)"},
    {"{\"a\": {}", 0, 8, 8,
        "found the end of the file, expected a comma or } (for the { of line 1)"},
    {"{a: 1}", 0, 1, 2, "found a, expected a key in double quotes"},
    {"{'a': 1}", 0, 1, 2, "found ', expected a key in double quotes"},
    {"{\"a\" 1}", 0, 5, 6, "found 1, expected : after the key"},
    {"{} {}", 0, 3, 4, "found {, expected the end of the file"},
    {"[True]", 0, 1, 5, "found True, expected a value"},
    {"[nul]", 0, 1, 4, "found nul, expected a value (true, false and null have no quotes)"},
    {"[01]", 0, 1, 3, "found 01, expected a number without leading zeros"},
    {"[-]", 0, 1, 2, "found -, expected a digit after -"},
    {"[1.]", 0, 1, 3, "found 1., expected a digit after the decimal point"},
    {"[1e+]", 0, 1, 4, "found 1e+, expected a digit in the exponent"},
    {"[0x1F]", 0, 1, 5, "found 0x1F, expected a number"},
    {"[.5]", 0, 1, 3, "found .5, expected a value"},
    {"[1] // end", 0, 4, 5, "found a comment, expected the end of the file; JSON has no comments"},
    {"[\"a\tb\"]", 0, 3, 4,
        "found the control character \\x09 in a string, expected \\t or \\u0009"},
    {"[\"a\n\"]", 0, 1, 3, "found a string that is not closed by the end of its line, expected \""},
    {"[\"a", 0, 1, 3, "found a string that is not closed by the end of its file, expected \""},
    {"[\"\\x\"]", 0, 2, 4,
        "found the escape \\x, expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX"},
    {"[\"\\u12g4\"]", 0, 2, 4,
        "found an incomplete \\u, expected four hexadecimal digits after it"},
    {"[\"\\ud834x\"]", 0, 2, 8,
        "found half of a surrogate pair (\\ud834), expected \\ud800…\\udbff followed by "
        "\\udc00…\\udfff"},
    {"[\"\xff\"]", 0, 2, 3, "found the byte \\xff in a string, expected UTF-8"},
    {"[\xc3]", 0, 1, 2, "found the byte \\xc3, which is no UTF-8, expected a value"},
    {"\xef\xbb\xbf{}", 0, 0, 3,
        "found a byte order mark, expected { or [ (save the file as UTF-8 without BOM)"},
    {"{\xc2\xa0\"a\":1}", 0, 1, 3,
        "found the invisible character U+00A0 (no-break space), expected a key in double quotes"},
    {"\xe2\x80\x8b{}", 0, 0, 3,
        "found the invisible character U+200B (zero width space), expected a value"},
    {"[1\xef\xbb\xbf]", 0, 2, 5,
        "found the invisible character U+FEFF (byte order mark), expected a comma or ] (for the [ of "
        "line 1)"},
    {"[]\xe3\x80\x80", 0, 2, 5,
        "found the invisible character U+3000 (ideographic space), expected the end of the file"},
    {"[\x01]", 0, 1, 2, "found the control character \\x01, expected a value"},
    {"[1\0]", 4, 2, 3,
        "found the control character \\x00, expected a comma or ] (for the [ of line 1)"},
};

START_TEST(a_problem_says_where_what_and_what_was_expected)
{
    const char *json = problems[_i].json;
    size_t length = problems[_i].length ? problems[_i].length : strlen(json);
    struct json_problem problem = {0};
    ck_assert_int_lt(parse(json, length, &problem), 0);
    ck_assert_str_eq(problem.text, problems[_i].text);
    ck_assert_msg(problem.begin == problems[_i].begin && problem.end == problems[_i].end,
        "%s: found %zu to %zu, expected %zu to %zu", json, problem.begin, problem.end,
        problems[_i].begin, problems[_i].end);
}
END_TEST

START_TEST(nesting_is_bounded)
{
    struct json json = {0};
    struct json_problem problem = {0};
    ck_assert_int_eq(json_parse("[[{}]]", 6, 3, &json, &problem), 0);
    json_finish(&json);
    ck_assert_int_lt(json_parse("[[{}]]", 6, 2, &json, &problem), 0);
    ck_assert_uint_eq(problem.begin, 2);
}
END_TEST

START_TEST(every_value_knows_its_place)
{
    static const char text[] = "{\"a\": [1, \"x\"],\n \"b\": {\"c\": null}}";
    struct json json = {0};
    struct json_problem problem = {0};
    ck_assert_int_eq(json_parse(text, strlen(text), 8, &json, &problem), 0);
    static const struct {
        uint8_t type;
        const char *key, *value;
        uint32_t parent, next, count;
    } nodes[] = {
        {JSON_OBJECT, "", text, JSON_NONE, JSON_NONE, 2},
        {JSON_ARRAY, "\"a\"", "[1, \"x\"]", 0, 4, 2},
        {JSON_NUMBER, "", "1", 1, 3, 0},
        {JSON_STRING, "", "\"x\"", 1, JSON_NONE, 0},
        {JSON_OBJECT, "\"b\"", "{\"c\": null}", 0, JSON_NONE, 1},
        {JSON_NULL, "\"c\"", "null", 4, JSON_NONE, 0},
    };
    ck_assert_uint_eq(json.count, countof(nodes));
    for (size_t i = 0; i < countof(nodes); i++) {
        const struct json_node *node = &json.nodes[i];
        scoped_free char *key =
            memory_bytes(text + node->key_begin, node->key_end - node->key_begin);
        scoped_free char *value = memory_bytes(text + node->begin, node->end - node->begin);
        ck_assert_uint_eq(node->type, nodes[i].type);
        ck_assert_str_eq(key, nodes[i].key);
        ck_assert_str_eq(value, nodes[i].value);
        ck_assert_uint_eq(node->parent, nodes[i].parent);
        ck_assert_uint_eq(node->next, nodes[i].next);
        ck_assert_uint_eq(node->count, nodes[i].count);
    }
    json_finish(&json);
}
END_TEST

static const struct {
    const char *text;
    enum json_integer kind;
    int64_t value;
} integers[] = {
    {"0", JSON_INTEGER, 0},
    {"-0", JSON_INTEGER, 0},
    {"-0.0e5", JSON_INTEGER, 0},
    {"0e99999999999999999999", JSON_INTEGER, 0},
    {"1e3", JSON_INTEGER, 1000},
    {"10.0", JSON_INTEGER, 10},
    {"12.50e1", JSON_INTEGER, 125},
    {"1500e-2", JSON_INTEGER, 15},
    {"9007199254740993", JSON_INTEGER, 9007199254740993},
    {"9223372036854775807", JSON_INTEGER, INT64_MAX},
    {"-9223372036854775808", JSON_INTEGER, INT64_MIN},
    {"9223372036854775808", JSON_TOO_BIG, 0},
    {"-9223372036854775809", JSON_TOO_BIG, 0},
    {"1e400", JSON_TOO_BIG, 0},
    {"1e99999999999999999999", JSON_TOO_BIG, 0},
    {"1.5", JSON_FRACTION, 0},
    {"1e-1", JSON_FRACTION, 0},
    {"1e-99999999999999999999", JSON_FRACTION, 0},
    {"1.0000000000000000000001", JSON_FRACTION, 0},
};

START_TEST(integers_are_exact_or_refused)
{
    struct json json = {0};
    struct json_problem problem = {0};
    const char *text = integers[_i].text;
    ck_assert_int_eq(json_parse(text, strlen(text), 1, &json, &problem), 0);
    int64_t value = 0;
    ck_assert_int_eq(json_integer(&json, &json.nodes[0], &value), integers[_i].kind);
    ck_assert_msg(value == integers[_i].value, "%s: found %" PRId64, text, value);
    json_finish(&json);
}
END_TEST

static const struct {
    const char *json, *text;
    size_t length;
} strings[] = {
    {"\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", "a\"\\/\b\f\n\r\tz", 10},
    {"\"\\u0041\\u00e4\\u20AC\"", "A\xc3\xa4\xe2\x82\xac", 6},
    {"\"\\uD834\\udd1e\"", "\xf0\x9d\x84\x9e", 4},
    {"\"a\\u0000b\"", "a\0b", 3},
    {"\"\"", "", 0},
};

START_TEST(strings_are_read_whole)
{
    struct json json = {0};
    struct json_problem problem = {0};
    const char *text = strings[_i].json;
    ck_assert_int_eq(json_parse(text, strlen(text), 1, &json, &problem), 0);
    size_t length = 0;
    scoped_free char *string = json_unquote(&json, 0, (uint32_t)strlen(text), &length);
    ck_assert_uint_eq(length, strings[_i].length);
    ck_assert_mem_eq(string, strings[_i].text, length + 1);
    json_finish(&json);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("manifest_json");
    TCase *cases = tcase_create("json");
    tcase_add_test(cases, the_json_suite_is_judged_as_it_says);
    tcase_add_loop_test(
        cases, a_problem_says_where_what_and_what_was_expected, 0, countof(problems));
    tcase_add_test(cases, nesting_is_bounded);
    tcase_add_test(cases, every_value_knows_its_place);
    tcase_add_loop_test(cases, integers_are_exact_or_refused, 0, countof(integers));
    tcase_add_loop_test(cases, strings_are_read_whole, 0, countof(strings));
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
