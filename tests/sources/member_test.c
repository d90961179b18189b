/* Members that were made to do harm, each between two good ones: the bundle is refused for that
 * one, by its name, and nothing of it is stated. */
#include "base/cleanup.h"
#include "desk.h"
#include "suite.h"

#include <string.h>

static const struct {
    const char *name;
    char type;
    const char *link, *text, *told;
} members[] = {
    {"../x.json", '0', NULL, "{}", "../x.json: found \"..\" in its path"},
    {"a/../../x.json", '0', NULL, "{}", "a/../../x.json: found \"..\" in its path"},
    {"./../x.json", '0', NULL, "{}", "./../x.json: found \"..\" in its path"},
    {"..", '5', NULL, "", "..: found \"..\" in its path"},
    {"a/..", '5', NULL, "", "a/..: found \"..\" in its path"},
    {"/etc/x.json", '0', NULL, "{}", "/etc/x.json: found an absolute path"},
    {"//x.json", '0', NULL, "{}", "//x.json: found an absolute path"},
    {"/", '5', NULL, "", "/: found an absolute path"},
    {".//etc/x.json", '0', NULL, "{}", ".//etc/x.json: found an absolute path"},
    {"a//x.json", '0', NULL, "{}", "a//x.json: found an empty part"},
    {"a/./x.json", '0', NULL, "{}", "a/./x.json: found an empty part, or \".\""},
    {"a\\..\\x.json", '0', NULL, "{}", "a\\..\\x.json: found a backslash"},
    {"a\nb.json", '0', NULL, "{}", "a\\x0ab.json: found a control character"},
    {"\x1b[2Jx.json", '0', NULL, "{}", "\\x1b[2Jx.json: found a control character"},
    {"\xff.json", '0', NULL, "{}", "\\xff.json: found a name that is no UTF-8"},
    {"\xc0\xae\xc0\xae/x.json", '0', NULL, "{}", "found a name that is no UTF-8"},
    {"\xed\xa0\x80.json", '0', NULL, "{}", "found a name that is no UTF-8"},
    {"x.json", '2', "good.json", "", "x.json: found a symbolic link"},
    {"x", '2', "/etc", "", "x: found a symbolic link"},
    {"x.json", '1', "good.json", "", "x.json: found a hard link"},
    {"x.json", '1', "/etc/shadow", "", "x.json: found a hard link"},
    {"x.json", '3', NULL, "", "x.json: found a device"},
    {"x.json", '4', NULL, "", "x.json: found a device"},
    {"x.json", '6', NULL, "", "x.json: found a FIFO"},
    {"good.json", '0', NULL, "{}", "good.json: found a second member of that name"},
    {"./good.json", '0', NULL, "{}", "./good.json: found a second member of that name"},
    {"good.json", '5', NULL, "", "good.json: found a second member of that name"},
    {"x.json", '0', NULL, "", "x.json: found an empty file"},
    {"VERSION", '0', NULL, "", "VERSION: found no version"},
    {"VERSION", '0', NULL, "latest\n", "VERSION: found no version"},
    {"VERSION", '0', NULL, "1..2\n", "VERSION: found no version"},
    {"VERSION", '0', NULL, "-1", "VERSION: found no version"},
    {"VERSION", '0', NULL, "1.2.\n", "VERSION: found no version"},
    {"VERSION", '0', NULL, "1\n2", "VERSION: found no version"},
    {"VERSION", '0', NULL, "11111111112222222222333333333344444444445555555555666666666677777",
        "VERSION: found no version"},
};

START_TEST(a_bad_member_is_refused)
{
    struct tape tape = {0};
    tape_manifest(&tape, "good");
    tape_member(&tape, members[_i].name, members[_i].type, members[_i].link, members[_i].text,
        strlen(members[_i].text));
    tape_manifest(&tape, "better");
    tape_end(&tape);
    desk_write(&tape);
    desk_run(NULL);
    desk_expect_refused(SOURCE_FATAL, members[_i].told);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("member");
    TCase *cases = tcase_create("member");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, desk_setup, desk_teardown);
    tcase_add_loop_test(cases, a_bad_member_is_refused, 0, countof(members));
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
