/* What the host does on a plugin's word, and for how long: it opens what the conf names alone and
 * where nobody else can put another file, and a source's end is the end. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "source/source.h"
#include "suite.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEADLINE_MS 50000 /* far more than any of them needs, below the test's own time */

static char folder[32];
static struct source_set set;
static bool (*cancelled)(void *context);
static const char *user;

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
    cancelled = NULL;
    user = "root";
    snprintf(folder, sizeof(folder), "/tmp/kd-trust-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    run("chmod 0755 . && install -m 0644 %s/hostile/taker.so .", KD_BUILD_DIR);
    run("mkdir keys && echo secret >keys/token && touch lives");
}

static void teardown(void)
{
    source_set_finish(&set);
    run("rm -rf %s", folder);
}

/* The plugin with this mood, and FOLDER/TOKEN (or an absolute path, or none). */
static void take(const char *plugin, const char *mood, const char *token)
{
    scoped_free char *lives = memory_format("%s/lives", folder);
    scoped_free char *file = memory_format("%s/%s", folder, token ? token : "");
    struct source_setting settings[] = {
        {"mood", mood, "conf:1"}, {"path", lives, "conf:2"}, {"token", file, "conf:3"}};
    if (token && (*token == '/' || *token == '='))
        settings[2].value = token + (*token == '=');
    struct source_options options = {.name = "m",
        .plugin = plugin,
        .user = user,
        .settings = settings,
        .settings_count = token ? 3 : 2,
        .deadline_ms = DEADLINE_MS,
        .loader = KD_BUILD_DIR "/kanto-deployer-loader",
        .cancelled = cancelled};
    source_set_finish(&set);
    source_reconcile_all(&options, 1, &set);
}

static void be(const char *mood, const char *token)
{
    scoped_free char *plugin = memory_format("%s/taker.so", folder);
    take(plugin, mood, token);
}

static void expect(const char *reason)
{
    ck_assert_msg(set.reason && strstr(set.reason, reason), "got \"%s\", expected \"%s\"",
        set.reason ? set.reason : "none", reason);
}

static bool told(const char *part)
{
    for (size_t i = 0; i < set.note_count; i++)
        if (strstr(set.notes[i].text, part))
            return true;
    return false;
}

START_TEST(a_file_of_the_conf_is_handed_over)
{
    run("ln -s keys/token link");
    be("tell", "keys/token");
    ck_assert_msg(set.result == SOURCE_COMPLETE && told("secret"), "%s", set.reason);
    be("tell", "link");
    ck_assert_msg(set.result == SOURCE_COMPLETE && told("secret"), "%s", set.reason);
}
END_TEST

/* A plugin that names a file itself gets none, whatever it may be. */
START_TEST(a_file_that_the_plugin_names_is_not_opened)
{
    struct source_options options = {.name = "m",
        .plugin = KD_BUILD_DIR "/hostile/name_file.so",
        .user = "root",
        .deadline_ms = DEADLINE_MS,
        .loader = KD_BUILD_DIR "/kanto-deployer-loader"};
    source_reconcile_all(&options, 1, &set);
    expect("was not loaded: its setting token is of type file and has a fallback");
    struct source_info info;
    struct error err = {0};
    ck_assert_int_lt(source_describe(&options, &info, &err), 0);
    ck_assert_msg(strstr(err.text, "has a fallback") != NULL, "%s", err.text);
}
END_TEST

static const struct {
    const char *made, *token, *reason;
} places[] = {
    {"mkfifo pipe", "pipe", "conf:3: token: "},
    {"mkfifo pipe", "pipe", "found a FIFO, expected a regular file"},
    {"mkfifo pipe && ln -s pipe link", "link", "found a FIFO, expected a regular file"},
    {"true", "/dev/zero", "found a device, expected a regular file"},
    {"true", "keys", "found a folder, expected a regular file"},
    {"true", "none", "expected a file that can be opened"},
    {"chmod o+w keys", "keys/token", "/keys with mode 0757"},
    {"ln -s keys/token link && chmod g+w keys", "link", "/keys with mode 0775"},
    {"chmod o+w keys/token", "keys/token", "token with mode 0646"},
    {"chmod o+w .", "keys/token", "with mode 0757"},
    {"true", "=keys/token", "conf:3: token: found \"keys/token\", expected an absolute path"},
};

START_TEST(only_a_safe_file_is_opened)
{
    bool writable = strcmp(places[_i].made, "chmod o+w .") == 0;
    run("%s", places[_i].made);
    if (writable) { /* the plugin is not to be refused for it */
        run("mkdir -m 0755 %s.so && mv taker.so %s.so", folder, folder);
        scoped_free char *plugin = memory_format("%s.so/taker.so", folder);
        take(plugin, "tell", places[_i].token);
        run("rm -rf %s.so", folder);
    } else {
        be("tell", places[_i].token);
    }
    expect(places[_i].reason);
    ck_assert(!told("secret"));
}
END_TEST

/* Where a link leads counts as well as where it lies. */
START_TEST(a_plugin_is_loaded_from_a_safe_place_only)
{
    run("mkdir -p far/plugins && mv taker.so far/plugins && ln -s far/plugins/taker.so taker.so");
    be("tell", NULL);
    ck_assert_msg(set.result == SOURCE_COMPLETE, "%s", set.reason);
    run("chmod o+w far/plugins");
    be("tell", NULL);
    expect("was not loaded: ");
    expect("/far/plugins with mode 0757");
    run("chmod o-w far/plugins && chmod o+w far");
    be("tell", NULL);
    expect("/far with mode 0757");
}
END_TEST

/* Who runs a source must not be able to change what others run: two sources may have one user. */
START_TEST(a_plugin_of_its_own_user_is_refused_by_root)
{
    if (geteuid() != 0) {
        puts("left out: only root can give files away");
        return;
    }
    run("chown nobody taker.so");
    user = "nobody";
    be("tell", NULL);
    expect("was not loaded: ");
    expect("expected it to belong to root or the caller");
}
END_TEST

START_TEST(an_end_is_seen_although_a_child_holds_the_descriptors)
{
    be(_i ? "print" : "hold", NULL);
    expect("exit status 5 in reconcile");
    run("rm lives");
}
END_TEST

static int polls;

static bool cancel_soon(void *context)
{
    (void)context;
    return ++polls > 20;
}

START_TEST(a_source_is_cancelled_whatever_it_does)
{
    static const char *const moods[] = {"slow", "deaf"};
    polls = 0;
    cancelled = cancel_soon;
    be(moods[_i], NULL);
    expect("was cancelled");
    ck_assert_int_eq(set.result, SOURCE_RETRY);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trust");
    TCase *cases = tcase_create("trust");
    tcase_set_timeout(cases, 100);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_file_of_the_conf_is_handed_over);
    tcase_add_test(cases, a_file_that_the_plugin_names_is_not_opened);
    tcase_add_loop_test(cases, only_a_safe_file_is_opened, 0, countof(places));
    tcase_add_test(cases, a_plugin_is_loaded_from_a_safe_place_only);
    tcase_add_test(cases, a_plugin_of_its_own_user_is_refused_by_root);
    tcase_add_loop_test(cases, an_end_is_seen_although_a_child_holds_the_descriptors, 0, 2);
    tcase_add_loop_test(cases, a_source_is_cancelled_whatever_it_does, 0, 2);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
