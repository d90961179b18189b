#include "base/cleanup.h"
#include "manifest/diagnostic.h"
#include "manifest/document.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

/* A mark in a line of a file, and what a person sees of it. */
static const struct {
    const char *file;
    size_t begin, end;
    const char *shown;
} marks[] = {
    /* the plain case */
    {"{\n  \"a\": 5\n}\n", 9, 10,
        "f.json:2:8: error: a: x\n    2 |   \"a\": 5\n"
        "      |        ^\n"},
    {"{\"a\": \"word\"}", 6, 12,
        "f.json:1:7: error: a: x\n    1 | {\"a\": \"word\"}\n"
        "      |       ^~~~~~\n"},
    /* tabs take the caret along */
    {"\t{\t\"a\": 5}", 8, 9,
        "f.json:1:9: error: a: x\n    1 |     {   \"a\": 5}\n"
        "      |              ^\n"},
    /* characters, not bytes */
    {"{\"gr\xc3\xbc\xc3\x9f\": 5}", 11, 12,
        "f.json:1:10: error: a: x\n"
        "    1 | {\"gr\xc3\xbc\xc3\x9f\": 5}\n"
        "      |          ^\n"},
    /* control characters, stray bytes and what turns text around are shown */
    {"{\"\x1b[2J\": 5}", 9, 10,
        "f.json:1:10: error: a: x\n    1 | {\"\\x1b[2J\": 5}\n"
        "      |             ^\n"},
    {"[\"\xff\", 5]", 6, 7,
        "f.json:1:7: error: a: x\n    1 | [\"\\xff\", 5]\n"
        "      |          ^\n"},
    {"[\"\xe2\x80\xae\", 5]", 8, 9,
        "f.json:1:7: error: a: x\n    1 | [\"\\u{202E}\", 5]\n"
        "      |              ^\n"},
    /* CRLF ends a line as LF does */
    {"{\r\n\"a\": 5\r\n}", 8, 9,
        "f.json:2:6: error: a: x\n    2 | \"a\": 5\n"
        "      |      ^\n"},
    /* what goes on in the next line is marked to the end of this one */
    {"{\"a\": [\n1]}", 6, 10,
        "f.json:1:7: error: a: x\n    1 | {\"a\": [\n"
        "      |       ^\n"},
    /* the end of the file */
    {"{", 1, 1, "f.json:1:2: error: a: x\n    1 | {\n      |  ^\n"},
    {"{\n", 2, 2, "f.json:2:1: error: a: x\n    2 | \n      | ^\n"},
};

static char *show(const char *file, size_t begin, size_t end, bool colour)
{
    struct document *document = document_create("f.json", file, strlen(file));
    struct diagnostics diagnostics = {0};
    struct text out = {0};
    diagnostics_add(&diagnostics, SEVERITY_ERROR, document, begin, end, "a", "x");
    diagnostic_print(&diagnostics.items[0], colour, &out);
    diagnostics_finish(&diagnostics);
    document_destroy(document);
    return text_steal(&out);
}

START_TEST(the_caret_stands_under_the_value)
{
    scoped_free char *shown = show(marks[_i].file, marks[_i].begin, marks[_i].end, false);
    ck_assert_str_eq(shown, marks[_i].shown);
}
END_TEST

/* The line below is one of 10,000 columns; the value is in its beginning, middle and end. */
START_TEST(long_lines_are_cut_around_the_caret)
{
    static const size_t places[] = {0, 30, 5000, 9990, 9999};
    char file[10001];
    for (size_t i = 0; i < sizeof(file) - 1; i++)
        file[i] = (char)('a' + i % 26);
    file[sizeof(file) - 1] = '\0';
    size_t at = places[_i];
    file[at] = '#';
    struct document *document = document_create("f.json", file, sizeof(file) - 1);
    struct diagnostics diagnostics = {0};
    diagnostics_add(&diagnostics, SEVERITY_ERROR, document, at, at + 1, "", "x");
    const struct diagnostic *diagnostic = &diagnostics.items[0];
    ck_assert_uint_eq(diagnostic->column, at + 1);
    bool cut_left = strncmp(diagnostic->source, "…", strlen("…")) == 0;
    ck_assert_int_eq(cut_left, at > 40);
    size_t offset = diagnostic->source_column - 1 + (cut_left ? strlen("…") - 1 : 0);
    ck_assert_uint_lt(offset, strlen(diagnostic->source));
    ck_assert_int_eq(diagnostic->source[offset], '#');
    ck_assert_uint_le(strlen(diagnostic->source), 100 + 2 * strlen("…"));
    diagnostics_finish(&diagnostics);
    document_destroy(document);
}
END_TEST

START_TEST(colour_is_for_terminals_that_want_it)
{
    scoped_free char *plain = show("[5]", 1, 2, false);
    scoped_free char *coloured = show("[5]", 1, 2, true);
    ck_assert_ptr_null(strchr(plain, '\033'));
    ck_assert_ptr_nonnull(strstr(coloured, "\033[1;31merror:\033[0m"));
}
END_TEST

START_TEST(names_and_texts_of_the_file_cannot_command_a_terminal)
{
    struct document *document = document_create("e\033vil.json", "[5]", 3);
    struct diagnostics diagnostics = {0};
    scoped_text struct text out = {0};
    diagnostics_add(
        &diagnostics, SEVERITY_WARNING, document, 1, 2, "a\nb", "found %s", "\033]0;x\007");
    diagnostic_print(&diagnostics.items[0], false, &out);
    ck_assert_ptr_nonnull(
        strstr(text_get(&out), "e\\x1bvil.json:1:2: warning: a\\x0ab: found \\x1b]0;x\\x07\n"));
    diagnostics_finish(&diagnostics);
    document_destroy(document);
}
END_TEST

START_TEST(a_flood_is_counted)
{
    struct document *document = document_create("f.json", "[5]", 3);
    struct diagnostics diagnostics = {0};
    for (size_t i = 0; i < DIAGNOSTICS_MAX + 7; i++)
        diagnostics_add(&diagnostics, SEVERITY_ERROR, document, 1, 2, "", "x");
    ck_assert_uint_eq(diagnostics.count, DIAGNOSTICS_MAX);
    ck_assert_uint_eq(diagnostics.dropped, 7);
    ck_assert_uint_eq(diagnostics.errors, DIAGNOSTICS_MAX + 7);
    diagnostics_finish(&diagnostics);
    document_destroy(document);
}
END_TEST

START_TEST(they_come_in_the_order_of_the_file)
{
    static const char file[] = "[1,\n2, 3]";
    struct document *document = document_create("f.json", file, strlen(file));
    struct diagnostics diagnostics = {0};
    static const struct {
        size_t at;
        const char *path;
    } told[] = {{7, "c"}, {1, "a"}, {4, "b"}, {7, "d"}};
    for (size_t i = 0; i < countof(told); i++)
        diagnostics_add(
            &diagnostics, SEVERITY_ERROR, document, told[i].at, told[i].at + 1, told[i].path, "x");
    diagnostics_sort(&diagnostics, 0);
    for (size_t i = 0; i < countof(told); i++)
        ck_assert_int_eq(diagnostics.items[i].path[0], "abcd"[i]);
    diagnostics_finish(&diagnostics);
    document_destroy(document);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("manifest_diagnostic");
    TCase *cases = tcase_create("diagnostic");
    tcase_add_loop_test(cases, the_caret_stands_under_the_value, 0, countof(marks));
    tcase_add_loop_test(cases, long_lines_are_cut_around_the_caret, 0, 5);
    tcase_add_test(cases, colour_is_for_terminals_that_want_it);
    tcase_add_test(cases, names_and_texts_of_the_file_cannot_command_a_terminal);
    tcase_add_test(cases, a_flood_is_counted);
    tcase_add_test(cases, they_come_in_the_order_of_the_file);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
