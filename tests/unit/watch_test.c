/* Sources that are asked again: a host that stays, as the watch will be one. */
#include "source/watch.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE_MS 30000

static char folder[32];
static char *watched, *kept_folder; /* FOLDER/m; FOLDER/state/kept */
static struct source_setting settings[4];
static struct source_options options;
static struct source_watch *watch;
static struct source_set set;

static void setup(void)
{
    snprintf(folder, sizeof(folder), "/tmp/kd-watch-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    watched = memory_format("%s/m", folder);
    kept_folder = memory_format("%s/state/kept", folder);
    settings[0] = (struct source_setting){"path", watched, "conf:1"};
    options = (struct source_options){
        .name = "m",
        .plugin = KD_BUILD_DIR "/plugins/directory.so",
        .user = "root",
        .settings = settings,
        .settings_count = 1,
        .deadline_ms = 20000,
        .loader = KD_BUILD_DIR "/kanto-deployer-loader",
        .kept_folder = kept_folder,
        .kept_write = true,
    };
    umask(022);
}

static void run(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Links in the folder lead to what lies beside it. */
static void let_links_lead_out(void)
{
    static char *const readable[] = {folder};
    options.readable = readable;
    options.readable_count = countof(readable);
}

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

static void teardown(void)
{
    source_watch_end(watch);
    watch = NULL;
    source_set_finish(&set);
    run("rm -rf %s", folder);
    free(watched);
    free(kept_folder);
}

static bool next(int64_t wait_ms)
{
    size_t which = 99;
    source_set_finish(&set);
    if (source_watch_next(watch, wait_ms, &which, &set) == 0)
        return false;
    ck_assert_uint_eq(which, 0);
    return true;
}

static char *keys(void)
{
    struct text text = {0};
    for (size_t i = 0; i < set.count; i++)
        text_add_format(&text, "%s%s", i ? " " : "", set.items[i].key);
    return text_steal(&text);
}

/* Sets come until one is as expected: a change may be seen while it happens. */
static void expect(const char *serves, const char *expected)
{
    int64_t until = clock_now_ms() + PATIENCE_MS;
    scoped_free char *got = memory_string("nothing");
    for (;;) {
        int64_t wait = until - clock_now_ms();
        ck_assert_msg(wait > 0 && next(wait), "the last is \"%s\", expected \"%s\" (%s)", got,
            expected, serves);
        free(got);
        got = keys();
        if (strcmp(got, expected) == 0 && strcmp(source_serves_word(set.serves), serves) == 0)
            return;
    }
}

static void begin(void)
{
    watch = source_watch_start(&options, 1);
}

static void begin_with(const char *key, const char *value)
{
    settings[options.settings_count++] = (struct source_setting){key, value, "conf:2"};
    begin();
}

START_TEST(what_is_written_renamed_and_removed_is_seen)
{
    run("mkdir m; echo '{}' >m/a.json");
    begin();
    expect("fresh", "a.json");
    run("echo '{}' >m/b.json");
    expect("fresh", "a.json b.json");
    run("rm m/a.json");
    expect("fresh", "b.json");
    run("ln -s /dev/null m/.x; cp m/b.json m/c.tmp; mv m/c.tmp m/c.json");
    expect("fresh", "b.json c.json");
}
END_TEST

/* vi: the old one becomes a backup, a new one is written. Others: a new one is renamed over it. */
START_TEST(editors_rename_dances_end_in_the_new_text)
{
    static const char *const dances[] = {
        "mv m/a.json m/a.json~ && echo '{\"x\": 1}' >m/a.json && rm m/a.json~",
        "echo '{\"x\": 1}' >m/.a.json.swp && mv m/.a.json.swp m/a.json",
        "echo '{\"x\": 1}' >m/a.json"};
    run("mkdir m; echo '{}' >m/a.json");
    begin();
    expect("fresh", "a.json");
    run("%s", dances[_i]);
    do
        expect("fresh", "a.json");
    while (strcmp(set.items[0].bytes, "{\"x\": 1}\n") != 0);
}
END_TEST

START_TEST(many_changes_are_told_as_few)
{
    int sets = 0;
    run("mkdir m");
    begin();
    expect("fresh", "");
    run("for i in $(seq 300); do echo '{}' >m/$i.json; done");
    do {
        ck_assert(next(PATIENCE_MS));
        sets++;
    } while (set.count < 300);
    ck_assert_int_lt(sets, 100);
}
END_TEST

START_TEST(a_folder_may_go_and_come_back)
{
    run("mkdir m; echo '{}' >m/a.json");
    begin();
    expect("fresh", "a.json");
    run("rm -r m");
    expect("kept", "a.json"); /* gone is not empty */
    run("mkdir m; echo '{}' >m/b.json");
    expect("fresh", "b.json");
    run("mv m away");
    expect("kept", "b.json");
    run("mv away m; echo '{}' >m/c.json");
    expect("fresh", "b.json c.json");
}
END_TEST

START_TEST(a_folder_that_is_not_there_yet_is_waited_for)
{
    settings[0].value = memory_format("%s/x/y/m", folder);
    begin();
    expect("nothing", "");
    ck_assert_int_eq(set.result, SOURCE_RETRY);
    run("mkdir x");
    run("mkdir -p x/y/m; echo '{}' >x/y/m/a.json");
    expect("fresh", "a.json");
    run("mv x z");
    expect("kept", "a.json");
    run("mkdir -p x/y/m; echo '{}' >x/y/m/b.json");
    expect("fresh", "b.json");
    free((void *)settings[0].value);
}
END_TEST

START_TEST(folders_below_are_watched_where_they_are_read)
{
    run("mkdir -p m/a; echo '{}' >m/a/1.json");
    begin_with("recursive", "yes");
    expect("fresh", "a/1.json");
    run("echo '{}' >m/a/2.json");
    expect("fresh", "a/1.json a/2.json");
    run("mkdir -p m/b/c; echo '{}' >m/b/c/3.json");
    expect("fresh", "a/1.json a/2.json b/c/3.json");
    run("echo '{}' >m/b/c/4.json");
    expect("fresh", "a/1.json a/2.json b/c/3.json b/c/4.json");
    run("mv m/a gone");
    expect("fresh", "b/c/3.json b/c/4.json");
}
END_TEST

START_TEST(linked_folders_are_watched_as_others)
{
    run("mkdir m out; echo '{}' >out/1.json; ln -s ../out m/a; ln -s . m/up");
    let_links_lead_out();
    begin_with("recursive", "yes");
    expect("fresh", "a/1.json");
    run("echo '{}' >out/2.json");
    expect("fresh", "a/1.json a/2.json");
    run("mkdir new; echo '{}' >new/3.json; ln -s ../new m/b; rm m/a");
    expect("fresh", "b/3.json");
}
END_TEST

/* The way that a whole folder is swapped at once. */
START_TEST(a_link_on_the_way_may_be_swapped)
{
    run("mkdir one two; echo '{}' >one/a.json; echo '{}' >two/b.json; ln -s one m");
    begin();
    expect("fresh", "a.json");
    run("ln -s two n; mv -T n m");
    expect("fresh", "b.json");
    run("echo '{}' >two/c.json");
    expect("fresh", "b.json c.json");
}
END_TEST

START_TEST(what_is_mounted_on_it_is_seen)
{
    run("mkdir m; echo '{}' >m/below.json");
    /* a place of its own for mounts, which the helper shares */
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
        printf("left out: mounting (%s)\n", strerror(errno));
        return;
    }
    begin();
    expect("fresh", "below.json");
    ck_assert_int_eq(mount("none", watched, "tmpfs", 0, NULL), 0);
    run("echo '{}' >m/above.json");
    expect("fresh", "above.json");
    ck_assert_int_eq(umount2(watched, MNT_DETACH), 0);
    expect("fresh", "below.json");
}
END_TEST

START_TEST(what_cannot_be_watched_is_polled)
{
    run("mkdir m; echo '{}' >else; ln -s ../else m/a.json");
    let_links_lead_out();
    begin_with("poll", "1s");
    expect("fresh", "a.json");
    run("echo '[]' >else");
    do
        expect("fresh", "a.json");
    while (set.items[0].bytes[0] != '[');
}
END_TEST

static pid_t helper(void)
{
    scoped_free char *path =
        memory_format("/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
    scoped_file FILE *file = fopen(path, "re");
    int pid = 0;
    ck_assert_msg(file && fscanf(file, "%d", &pid) == 1, "%s", path);
    return pid;
}

/* More happens than the kernel remembers, while the watch is not let run. */
START_TEST(events_that_are_lost_lose_no_change)
{
    run("mkdir m");
    begin_with("recursive", "yes");
    expect("fresh", "");
    pid_t pid = helper();
    ck_assert_int_eq(kill(pid, SIGSTOP), 0);
    scoped_free char *path = memory_format("%s/x.json", watched);
    for (int i = 0; i < 10000; i++) { /* the queue holds 16384 events */
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        ck_assert_int_ge(fd, 0);
        close(fd);
        unlink(path);
    }
    run("mkdir m/a; echo '{}' >m/a/1.json");
    ck_assert_int_eq(kill(pid, SIGCONT), 0);
    expect("fresh", "a/1.json");
    run("echo '{}' >m/a/2.json");
    expect("fresh", "a/1.json a/2.json");
    ck_assert_int_eq(helper(), pid); /* the same process all the time */
}
END_TEST

START_TEST(a_resident_that_dies_is_told_and_comes_back)
{
    run("mkdir m; echo '{}' >m/a.json");
    begin();
    expect("fresh", "a.json");
    ck_assert_int_eq(kill(helper(), SIGSEGV), 0);
    expect("kept", "a.json");
    ck_assert_int_eq(set.result, SOURCE_FATAL);
    ck_assert_str_eq(set.reason, "crashed between two reconciles: SIGSEGV");
    ck_assert_uint_eq(source_watch_failures(watch, 0), 1);
    run("echo '{}' >m/b.json");
    source_watch_ask(watch, 0);
    expect("fresh", "a.json b.json");
    ck_assert_uint_eq(source_watch_failures(watch, 0), 0);
    run("echo '{}' >m/c.json");
    expect("fresh", "a.json b.json c.json");
}
END_TEST

/* ---- what a plugin says is done: build/hostile/moody.so does what its file says ---- */

static void be_moody(const char *plugin, const char *mood)
{
    run("echo '%s' >m", mood);
    options.plugin = plugin;
    options.no_sandbox = true; /* its end leaves a file behind */
    begin();
}

static bool had(const char *text)
{
    for (size_t i = 0; i < set.note_count; i++)
        if (strcmp(set.notes[i].text, text) == 0)
            return true;
    return false;
}

START_TEST(one_that_is_not_resident_is_asked_when_it_said)
{
    be_moody(KD_BUILD_DIR "/hostile/moody.so", "complete r1 1000 a.json");
    expect("fresh", "a.json");
    ck_assert(had("have \"\" \"\""));
    run("echo 'unchanged r2 1000' >m");
    expect("unchanged", "a.json");
    ck_assert(had("have \"r1\" \"r1\"")); /* another process, the same memory */
    run("echo 'complete r3 1000 b.json' >m");
    expect("fresh", "b.json");
    run("echo 'retry' >m");
    expect("kept", "b.json");
    ck_assert_uint_eq(source_watch_failures(watch, 0), 1);
    run("echo 'complete r4 0 c.json' >m");
    source_watch_ask(watch, 0);
    expect("fresh", "c.json");
    ck_assert(had("have \"r3\" \"r3\""));
}
END_TEST

START_TEST(a_resident_gets_what_is_kept_now)
{
    be_moody(KD_BUILD_DIR "/hostile/moody_resident.so", "complete r1 1000 a.json");
    expect("fresh", "a.json");
    pid_t pid = helper();
    run("echo 'complete r2 1000 b.json' >m");
    expect("fresh", "b.json");
    run("echo 'unchanged - 1000' >m");
    expect("unchanged", "b.json");
    ck_assert(had("have \"r2\" \"r2\""));
    ck_assert_int_eq(helper(), pid);
}
END_TEST

START_TEST(a_storm_of_changes_is_no_storm_of_questions)
{
    int sets = 0;
    be_moody(KD_BUILD_DIR "/hostile/moody_resident.so", "storm r1 0 a.json");
    for (int64_t until = clock_now_ms() + 2500; clock_now_ms() < until;)
        sets += next(until - clock_now_ms());
    ck_assert_int_ge(sets, 1);
    ck_assert_int_le(sets, 3); /* one a second */
}
END_TEST

START_TEST(one_that_works_is_asked_for_its_end)
{
    be_moody(KD_BUILD_DIR "/hostile/moody.so", "wait");
    ck_assert(!next(300));
    source_watch_end(watch);
    watch = NULL;
    run("test -e m.ended");
}
END_TEST

START_TEST(one_that_is_late_is_asked_for_its_end)
{
    options.deadline_ms = 300;
    be_moody(KD_BUILD_DIR "/hostile/moody_resident.so", "wait");
    expect("nothing", "");
    ck_assert_str_eq(set.reason, "took longer than 0.3 s (timeout) in reconcile");
    run("test -e m.ended");
}
END_TEST

static bool cancelled(void *context)
{
    (void)context;
    return true;
}

START_TEST(a_pass_that_is_cancelled_waits_for_no_source)
{
    run("echo wait >m");
    options.plugin = KD_BUILD_DIR "/hostile/moody.so";
    options.cancelled = cancelled;
    source_reconcile_all(&options, 1, &set);
    ck_assert_int_eq(set.result, SOURCE_RETRY);
    ck_assert_msg(strncmp(set.reason, "was cancelled ", 14) == 0, "%s", set.reason);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("watch");
    TCase *cases = tcase_create("watch");
    tcase_set_timeout(cases, 100);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, what_is_written_renamed_and_removed_is_seen);
    tcase_add_loop_test(cases, editors_rename_dances_end_in_the_new_text, 0, 3);
    tcase_add_test(cases, many_changes_are_told_as_few);
    tcase_add_test(cases, a_folder_may_go_and_come_back);
    tcase_add_test(cases, a_folder_that_is_not_there_yet_is_waited_for);
    tcase_add_test(cases, folders_below_are_watched_where_they_are_read);
    tcase_add_test(cases, linked_folders_are_watched_as_others);
    tcase_add_test(cases, a_link_on_the_way_may_be_swapped);
    tcase_add_test(cases, what_is_mounted_on_it_is_seen);
    tcase_add_test(cases, what_cannot_be_watched_is_polled);
    tcase_add_test(cases, events_that_are_lost_lose_no_change);
    tcase_add_test(cases, a_resident_that_dies_is_told_and_comes_back);
    tcase_add_test(cases, one_that_is_not_resident_is_asked_when_it_said);
    tcase_add_test(cases, a_resident_gets_what_is_kept_now);
    tcase_add_test(cases, a_storm_of_changes_is_no_storm_of_questions);
    tcase_add_test(cases, one_that_works_is_asked_for_its_end);
    tcase_add_test(cases, one_that_is_late_is_asked_for_its_end);
    tcase_add_test(cases, a_pass_that_is_cancelled_waits_for_no_source);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
