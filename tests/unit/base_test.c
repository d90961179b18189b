#include "base/backoff.h"
#include "base/cleanup.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/file.h"
#include "base/natural.h"
#include "base/nearest.h"
#include "base/printable.h"
#include "base/severity.h"
#include "base/text.h"
#include "suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

START_TEST(errors_carry_their_context)
{
    struct error err = {0};
    ck_assert_int_eq(error_set(&err, ERROR_CONFIG, "found %d", 3), -1);
    ck_assert_int_eq(error_wrap(&err, "conf:%d", 7), -1);
    ck_assert_str_eq(err.text, "conf:7: found 3");
    ck_assert_int_eq(err.kind, ERROR_CONFIG);
}
END_TEST

START_TEST(text_keeps_its_maximum)
{
    struct text text = {.max = 5};
    text_add(&text, "abc");
    text_add(&text, "defg");
    ck_assert_str_eq(text_get(&text), "abcde");
    ck_assert(text.truncated);
    text_finish(&text);
}
END_TEST

START_TEST(text_from_outside_cannot_command_a_terminal)
{
    struct text text = {0};
    text_add_printable(&text, "gr\xc3\xbc\xc3\x9f \033[2J\n\xff\xc2\x9b\xe2\x82");
    ck_assert_str_eq(text_get(&text), "gr\xc3\xbc\xc3\x9f \\x1b[2J\\x0a\\xff\\u{9B}\\xe2\\x82");
    text_finish(&text);
}
END_TEST

static const struct {
    const char *bytes, *shown;
} characters[] = {
    {"a\\b", "a\\b"}, /* a backslash stays, as paths have it */
    {"\t", "\\x09"}, {"\x7f", "\\x7f"}, {"\xc2\x80", "\\u{80}"}, {"\xc2\xa0", "\xc2\xa0"},
    {"\xd8\x9c", "\\u{61C}"}, {"\xe2\x80\x8a", "\xe2\x80\x8a"}, {"\xe2\x80\x8b", "\\u{200B}"},
    {"\xe2\x80\x8f", "\\u{200F}"}, {"\xe2\x80\xa8", "\\u{2028}"}, {"\xe2\x80\xae", "\\u{202E}"},
    {"\xe2\x80\xaf", "\xe2\x80\xaf"}, {"\xe2\x81\xa0", "\\u{2060}"}, {"\xe2\x81\xa6", "\\u{2066}"},
    {"\xe2\x81\xa9", "\\u{2069}"}, {"\xef\xbb\xbf", "\\u{FEFF}"},
    {"\xee\x80\x80", "\xee\x80\x80"},                                              /* private use */
    {"\xf0\x9f\x9a\x97", "\xf0\x9f\x9a\x97"}, {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* a surrogate */
    {"\xc0\xae", "\\xc0\\xae"}, /* an overlong form */
};

START_TEST(characters_are_shown_or_spelt)
{
    scoped(text_finish) struct text text = {0};
    text_add_printable(&text, characters[_i].bytes);
    ck_assert_str_eq(text_get(&text), characters[_i].shown);
}
END_TEST

START_TEST(a_printable_copy_keeps_its_size)
{
    char place[8];
    printable_copy("1234567", place, sizeof(place));
    ck_assert_str_eq(place, "1234567");
    printable_copy("12345678", place, sizeof(place));
    ck_assert_str_eq(place, "1234...");
    printable_copy("123\n56", place, sizeof(place));
    ck_assert_str_eq(place, "123...");
    printable_copy("\xe2\x80\xae", place, sizeof(place));
    ck_assert_str_eq(place, "...");
}
END_TEST

static const char *const in_order[] = {"", "01", "1", "2", "a", "a2", "a10", "a10b", "a010c", "b"};

START_TEST(names_are_in_natural_order)
{
    for (size_t i = 0; i < countof(in_order); i++)
        for (size_t j = 0; j < countof(in_order); j++) {
            int order = natural_compare(in_order[i], in_order[j]);
            ck_assert_msg((order < 0) == (i < j) && (order > 0) == (i > j), "\"%s\", \"%s\": %d",
                in_order[i], in_order[j], order);
        }
}
END_TEST

START_TEST(a_back_off_doubles_to_its_most)
{
    static const int64_t waits[] = {500, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
    const struct backoff backoff = {.first_ms = 500, .most_ms = 30000};
    for (unsigned tries = 0; tries < countof(waits); tries++)
        ck_assert_int_eq(backoff_ms(&backoff, tries), waits[tries]);
    ck_assert_int_eq(backoff_ms(&backoff, UINT32_MAX), 30000);
    ck_assert_int_eq(backoff_spread(0, 50), 0);
    for (int i = 0; i < 1000; i++) {
        int64_t wait = backoff_spread(1000, 25);
        ck_assert_int_ge(wait, 750);
        ck_assert_int_le(wait, 1000);
    }
}
END_TEST

START_TEST(severities_are_in_order)
{
    static const char *const words[] = {"note", "warning", "error"};
    ck_assert(SEVERITY_NOTE < SEVERITY_WARNING && SEVERITY_WARNING < SEVERITY_ERROR);
    for (enum severity severity = SEVERITY_NOTE; severity <= SEVERITY_ERROR; severity++)
        ck_assert_str_eq(severity_word(severity), words[severity]);
}
END_TEST

START_TEST(columns_are_those_of_what_is_shown)
{
    scoped(text_finish) struct text text = {0};
    text_add_padded(&text, "gr\xc3\xbcn\n", 10);
    text_add(&text, "|");
    text_add_padded(&text, "wide enough", 3);
    ck_assert_str_eq(text_get(&text), "gr\xc3\xbcn\\x0a  |wide enough");
}
END_TEST

START_TEST(nearest_finds_typos_and_nothing_far)
{
    static const char *const words[] = {"socket", "timeout", NULL, "state_dir"};
    ck_assert_str_eq(nearest_word("sokcet", words, countof(words)), "socket");
    ck_assert_str_eq(nearest_word("statedir", words, countof(words)), "state_dir");
    ck_assert_ptr_null(nearest_word("banana", words, countof(words)));
}
END_TEST

static const struct {
    const char *text;
    int64_t ms; /* -1: refused */
} durations[] = {{"500ms", 500}, {"30s", 30000}, {"5min", 300000}, {"2h", 7200000}, {"0", 0},
    {"5", -1}, {"", -1}, {"s", -1}, {"-1s", -1}, {"1.5s", -1}, {"99999999999h", -1}, {"5 s", -1}};

START_TEST(durations_are_read_strictly)
{
    int64_t ms = -1;
    struct error err = {0};
    int result = duration_parse(durations[_i].text, &ms, &err);
    ck_assert_msg(ms == durations[_i].ms && (result == 0) == (ms >= 0),
        "\"%s\": got %lld, expected %lld", durations[_i].text, (long long)ms,
        (long long)durations[_i].ms);
}
END_TEST

START_TEST(files_are_written_whole_and_read_within_bounds)
{
    char path[] = "/tmp/kd-base-XXXXXX";
    scoped_fd int fd = mkstemp(path);
    struct error err = {0};
    char *bytes = NULL;
    size_t length = 0;
    ck_assert_int_eq(file_write_atomic(path, "hello", 5, 0600, &err), 0);
    ck_assert_int_eq(file_read(path, 5, &bytes, &length, &err), 0);
    ck_assert_uint_eq(length, 5);
    ck_assert_str_eq(bytes, "hello");
    free(bytes);
    ck_assert_int_eq(file_read(path, 4, &bytes, &length, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_LIMIT);
    unlink(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base");
    TCase *cases = tcase_create("base");
    tcase_add_test(cases, errors_carry_their_context);
    tcase_add_test(cases, text_keeps_its_maximum);
    tcase_add_test(cases, text_from_outside_cannot_command_a_terminal);
    tcase_add_loop_test(cases, characters_are_shown_or_spelt, 0, countof(characters));
    tcase_add_test(cases, a_printable_copy_keeps_its_size);
    tcase_add_test(cases, names_are_in_natural_order);
    tcase_add_test(cases, a_back_off_doubles_to_its_most);
    tcase_add_test(cases, severities_are_in_order);
    tcase_add_test(cases, columns_are_those_of_what_is_shown);
    tcase_add_test(cases, nearest_finds_typos_and_nothing_far);
    tcase_add_loop_test(cases, durations_are_read_strictly, 0, countof(durations));
    tcase_add_test(cases, files_are_written_whole_and_read_within_bounds);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
