/* What is opened because the configuration names it: only where nobody else can put another file
 * in its place. */
#include "base/trusted.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "suite.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOMEBODY 12345

static char folder[32];

static void run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void run(const char *format, ...)
{
    char *command = NULL;
    va_list args;
    va_start(args, format);
    ck_assert_int_ge(vasprintf(&command, format, args), 0);
    va_end(args);
    scoped_free char *whole = memory_format("cd %s && %s", folder, command);
    ck_assert_msg(system(whole) == 0, "%s", whole);
    free(command);
}

static void setup(void)
{
    umask(022);
    snprintf(folder, sizeof(folder), "/tmp/kd-trusted-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    run("mkdir -p a/b c && echo secret >a/b/key");
}

static void teardown(void)
{
    run("rm -rf %s", folder);
}

/* What it says of FOLDER/PATH; "" when it opens it. */
static const char *told(const char *path)
{
    static struct error err;
    scoped_free char *whole = memory_format("%s/%s", folder, path);
    scoped_fd int fd = -1;
    err = (struct error){0};
    int result = trusted_open(whole, geteuid(), &fd, &err);
    ck_assert_int_eq(result == 0, fd >= 0);
    ck_assert_int_eq(result == 0, err.kind == ERROR_NONE);
    return err.text;
}

static void expect(const char *path, const char *part)
{
    const char *text = told(path);
    ck_assert_msg(*part ? strstr(text, part) != NULL : !*text, "%s: got \"%s\", expected \"%s\"",
        path, text, part);
}

START_TEST(a_file_is_opened)
{
    char bytes[16] = "";
    scoped_free char *path = memory_format("%s/a//b/../b/./key", folder);
    scoped_fd int fd = -1;
    ck_assert_int_eq(trusted_open(path, geteuid(), &fd, NULL), 0);
    ck_assert_int_eq(read(fd, bytes, sizeof(bytes)), 7);
    ck_assert_str_eq(bytes, "secret\n");
    expect("a/b/none", "No such file");
    expect("a/none/key", "No such file");
    expect("a/b/key/", "");
    expect("a/b/key/.", "Not a directory");
    expect("a/b", "found a folder, expected a regular file");
    expect("a/..", "found a folder, expected a regular file");
}
END_TEST

START_TEST(a_name_without_a_slash_is_looked_up_here)
{
    scoped_fd int fd = -1;
    scoped_free char *here = memory_format("%s/a/b", folder);
    ck_assert_int_eq(chdir(here), 0);
    ck_assert_int_eq(trusted_open("key", geteuid(), &fd, NULL), 0);
    run("chmod o+w a");
    struct error err = {0};
    ck_assert_int_eq(trusted_open("../b/key", geteuid(), &fd, &err), -1);
    ck_assert_msg(strstr(err.text, "with mode 0757") != NULL, "%s", err.text);
}
END_TEST

/* Nobody waits for a writer, and nothing is set off. */
START_TEST(only_a_regular_file_is_opened)
{
    run("mkfifo pipe && ln -s pipe to_pipe && ln -s /dev/zero zero");
    expect("pipe", "found a FIFO, expected a regular file");
    expect("to_pipe", "found a FIFO, expected a regular file");
    expect("zero", "found a device, expected a regular file");
}
END_TEST

START_TEST(every_folder_above_is_looked_at)
{
    run("chmod o+w a/b/key");
    expect("a/b/key", "key with mode 0646, expected one that only the owner may write");
    run("chmod o-w a/b/key && chmod g+w a/b");
    expect("a/b/key", "/a/b with mode 0775");
    run("chmod g-w a/b && chmod o+w a");
    expect("a/b/key", "folder ");
    run("chmod 1777 a"); /* as /tmp: what lies in it is its owner's */
    expect("a/b/key", "");
}
END_TEST

START_TEST(a_link_is_followed_with_the_same_care)
{
    run("ln -s ../a/b/key c/link && ln -s %s/a/b/key c/far && ln -s ../a/b c/folder", folder);
    expect("c/link", "");
    expect("c/far", "");
    expect("c/folder/key", "");
    run("chmod o+w a");
    expect("c/link", "/a with mode 0757");
    expect("c/far", "/a with mode 0757");
    expect("c/folder/key", "/a with mode 0757");
    run("chmod o-w a && chmod o+w c");
    expect("c/link", "/c with mode 0757");
    run("chmod o-w c && ln -s loop loop");
    expect("loop", "Too many levels of symbolic links");
}
END_TEST

START_TEST(what_belongs_to_somebody_else_is_refused)
{
    if (geteuid() != 0) {
        puts("left out: only root can give files away");
        return;
    }
    run("ln -s a/b/key link && chown %d a/b/key", SOMEBODY);
    expect("a/b/key", "key of user 12345, expected it to belong to root or the caller");
    run("chown 0 a/b/key && chown %d a", SOMEBODY);
    expect("a/b/key", "folder ");
    run("chown 0 a && chown -h %d link", SOMEBODY);
    expect("link", "found link ");
    scoped_free char *path = memory_format("%s/link", folder);
    scoped_fd int fd = -1;
    ck_assert_int_eq(trusted_open(path, SOMEBODY, &fd, NULL), 0);
}
END_TEST

START_TEST(a_path_without_bounds_is_refused)
{
    scoped_free char *path = memory_zeroed(10000, 1);
    struct error err = {0};
    int fd = -1;
    memset(path, 'a', 9999);
    ck_assert_int_eq(trusted_open(path, geteuid(), &fd, &err), -1);
    path[0] = '/';
    path[1000] = '\0';
    ck_assert_int_eq(trusted_open(path, geteuid(), &fd, &err), -1);
    ck_assert_msg(strstr(err.text, "File name too long") != NULL, "%s", err.text);
    ck_assert_int_eq(trusted_open("", geteuid(), &fd, &err), -1);
    ck_assert_int_eq(fd, -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trusted");
    TCase *cases = tcase_create("trusted");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_file_is_opened);
    tcase_add_test(cases, a_name_without_a_slash_is_looked_up_here);
    tcase_add_test(cases, only_a_regular_file_is_opened);
    tcase_add_test(cases, every_folder_above_is_looked_at);
    tcase_add_test(cases, a_link_is_followed_with_the_same_care);
    tcase_add_test(cases, what_belongs_to_somebody_else_is_refused);
    tcase_add_test(cases, a_path_without_bounds_is_refused);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
