/* The kept set: what a source that worked once is worth when it does not. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/stamp.h"
#include "base/text.h"
#include "source/kept.h"
#include "source/source.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[32];
static char *mood, *kept_folder, *file; /* what the plugin does; where sets are; the set of "m" */
static const char *word;                /* a setting that changes nothing but the question */
static const char *token, *word_two;    /* settings that say how, not what */
static bool writing;
static struct source_set set;

static void setup(void)
{
    snprintf(folder, sizeof(folder), "/tmp/kd-kept-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    mood = memory_format("%s/mood", folder);
    kept_folder = memory_format("%s/state/kept", folder);
    file = memory_format("%s/m.set", kept_folder);
    word = token = word_two = NULL;
    writing = true;
}

static void teardown(void)
{
    source_set_finish(&set);
    scoped_free char *command = memory_format("rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
    free(mood);
    free(kept_folder);
    free(file);
}

static void run(const char *plugin, const char *text)
{
    FILE *stream = fopen(mood, "we");
    fputs(text, stream);
    fclose(stream);
    const struct source_setting all[] = {{"token", token, "conf:3"}, {"path", mood, "conf:1"},
        {"word_two", word_two, "conf:4"}, {"word", word, "conf:2"}};
    struct source_setting settings[countof(all)];
    size_t count = 0;
    for (size_t i = 0; i < countof(all); i++)
        if (all[i].value)
            settings[count++] = all[i];
    struct source_options options = {
        .name = "m",
        .plugin = plugin,
        .user = "root",
        .settings = settings,
        .settings_count = count,
        .deadline_ms = strstr(text, "hang") ? 500 : 20000,
        .loader = KD_BUILD_DIR "/kanto-deployer-loader",
        .kept_folder = kept_folder,
        .kept_write = writing,
    };
    source_set_finish(&set);
    source_reconcile_all(&options, 1, &set);
}

static void be(const char *text)
{
    run(KD_BUILD_DIR "/hostile/moody.so", text);
}

/* The keys that are served, from where, and what the plugin had. */
static void expect(const char *serves, const char *expected, const char *have)
{
    scoped(text_finish) struct text keys = {0};
    for (size_t i = 0; i < set.count; i++)
        text_add_format(&keys, "%s%s", i ? " " : "", set.items[i].key);
    const char *got = source_serves_word(set.serves);
    ck_assert_msg(strcmp(got, serves) == 0 && strcmp(text_get(&keys), expected) == 0,
        "got \"%s\", %s (%s); expected \"%s\", %s", text_get(&keys), got,
        set.reason ? set.reason : "no reason", expected, serves);
    bool had = false;
    for (size_t i = 0; i < set.note_count; i++)
        had = had || strcmp(set.notes[i].text, have) == 0;
    ck_assert_msg(had, "expected %s", have);
}

static void expect_problem(const char *part)
{
    ck_assert_msg(set.kept_problem && strstr(set.kept_problem, part), "got \"%s\", expected \"%s\"",
        set.kept_problem ? set.kept_problem : "none", part);
}

START_TEST(a_complete_set_is_kept_with_revision_and_memo)
{
    struct stat info;
    be("complete r1 7000 a.json b.json");
    expect("fresh", "a.json b.json", "have \"\" \"\"");
    ck_assert_int_eq(set.next_ms, 7000);
    ck_assert(source_set_may_remove(&set));
    ck_assert_int_eq(stat(file, &info), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0600);
    be("unchanged");
    expect("unchanged", "a.json b.json", "have \"r1\" \"r1\"");
    ck_assert(source_set_may_remove(&set));
    ck_assert_str_eq(set.items[1].origin, "moody");
    ck_assert_str_eq(set.items[1].bytes, "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}");
    be("complete r2 0 c.json");
    be("unchanged");
    expect("unchanged", "c.json", "have \"r2\" \"r2\"");
}
END_TEST

static const struct {
    const char *mood;
    enum source_result result;
    const char *reason;
} failures[] = {
    {"retry", SOURCE_RETRY, "asks to be tried again"},
    {"fatal", SOURCE_FATAL, "failed, and did not say why"},
    {"crash", SOURCE_FATAL, "crashed in reconcile: SIGABRT"},
    {"hang", SOURCE_RETRY, "took longer than 0.5 s"},
};

START_TEST(a_source_that_fails_is_served_from_it)
{
    be("complete r1 0 a.json b.json");
    be(failures[_i].mood);
    expect("kept", "a.json b.json", "have \"r1\" \"r1\"");
    ck_assert_int_eq(set.result, failures[_i].result);
    ck_assert_msg(strstr(set.reason, failures[_i].reason) != NULL, "%s", set.reason);
    ck_assert_msg(strstr(set.age, " s old") != NULL, "%s", set.age);
    ck_assert(!source_set_may_remove(&set));
    /* and it is still there for the next time */
    be("unchanged");
    expect("unchanged", "a.json b.json", "have \"r1\" \"r1\"");
}
END_TEST

START_TEST(without_one_a_failure_serves_nothing)
{
    be(failures[_i].mood);
    expect("nothing", "", "have \"\" \"\"");
    ck_assert(!source_set_may_remove(&set));
    ck_assert_int_ne(access(file, F_OK), 0);
}
END_TEST

START_TEST(unchanged_needs_something_that_is_kept)
{
    be("complete - 0 a.json"); /* neither revision nor memo: nothing to know it by */
    be("unchanged");
    expect("kept", "a.json", "have \"\" \"\"");
    ck_assert_int_eq(set.result, SOURCE_FATAL);
    ck_assert_ptr_nonnull(strstr(set.reason, "although nothing of it is kept"));
}
END_TEST

START_TEST(an_empty_set_is_a_set)
{
    be("complete r1 0 a.json");
    be("complete r2 0");
    be("retry");
    expect("kept", "", "have \"r2\" \"r2\"");
}
END_TEST

START_TEST(its_errors_are_kept_with_it)
{
    be("error r1 0 a.json");
    ck_assert(!source_set_may_remove(&set));
    be("unchanged");
    expect("unchanged", "a.json", "have \"r1\" \"r1\"");
    ck_assert_uint_eq(set.fault_count, 1);
    ck_assert_str_eq(set.faults[0].text, "Input/output error");
    ck_assert(!source_set_may_remove(&set));
}
END_TEST

START_TEST(a_look_keeps_nothing)
{
    writing = false;
    be("complete r1 0 a.json");
    expect("fresh", "a.json", "have \"\" \"\"");
    ck_assert_int_ne(access(file, F_OK), 0);
    writing = true;
    be("complete r1 0 a.json");
    writing = false;
    be("complete r2 0 b.json");
    expect("fresh", "b.json", "have \"r1\" \"r1\"");
    be("retry");
    expect("kept", "a.json", "have \"r1\" \"r1\"");
}
END_TEST

START_TEST(under_other_settings_it_is_not_used)
{
    be("complete r1 0 a.json");
    word = "another";
    be("retry");
    expect("nothing", "", "have \"\" \"\"");
    expect_problem("under other settings");
    be("complete r2 0 b.json");
    be("retry");
    expect("kept", "b.json", "have \"r2\" \"r2\"");
    ck_assert_ptr_null(set.kept_problem);
}
END_TEST

/* A token that is renewed while there is no network must not cost the set. */
START_TEST(under_another_way_to_ask_it_is_used)
{
    be("complete r1 0 a.json");
    token = "new";
    be("retry");
    expect("kept", "a.json", "have \"r1\" \"r1\"");
    ck_assert_ptr_null(set.kept_problem);
    be("unchanged");
    expect("unchanged", "a.json", "have \"r1\" \"r1\"");
    token = NULL;
    word_two = "slow";
    be("crash");
    expect("kept", "a.json", "have \"r1\" \"r1\"");
    word = "another"; /* of the thing itself */
    be("retry");
    expect("nothing", "", "have \"\" \"\"");
    expect_problem("under other settings");
}
END_TEST

/* What a plugin calls "how" is its word of the time when it stated the set. */
START_TEST(one_that_was_kept_before_there_were_such_settings_belongs_to_all)
{
    char question[KEPT_QUESTION_SIZE];
    scoped_free char *bytes = NULL;
    size_t length = 0;
    struct kept kept;
    struct error err = {0};
    be("complete r1 0 a.json");
    ck_assert_int_eq(file_read(file, 100000, &bytes, &length, &err), 0);
    ck_assert_int_eq(kept_read(bytes, length, &kept, question, &err), 0);
    ck_assert_str_eq(kept.how, "token word_two");
    scoped(text_finish) struct text text = {0};
    kept_write(&kept.set, &kept.stamp, question, NULL, &text);
    kept_finish(&kept);
    ck_assert_int_eq(kept_read(text_get(&text), text.length, &kept, question, &err), 0);
    ck_assert_str_eq(kept.how, "");
    kept_finish(&kept);
    ck_assert_int_eq(file_write_atomic(file, text_get(&text), text.length, 0600, &err), 0);
    be("unchanged");
    expect("unchanged", "a.json", "have \"r1\" \"r1\"");
    /* That was a chance to write it down. */
    token = "new";
    be("retry");
    expect("kept", "a.json", "have \"r1\" \"r1\"");
}
END_TEST

START_TEST(the_same_set_leaves_the_disk_alone)
{
    struct stat before, after;
    be("complete r1 0 a.json");
    ck_assert_int_eq(stat(file, &before), 0);
    be("complete r1 0 a.json");
    be("unchanged");
    ck_assert_int_eq(stat(file, &after), 0);
    ck_assert_uint_eq(before.st_ino, after.st_ino);
    be("complete r1 0 b.json");
    ck_assert_int_eq(stat(file, &after), 0);
    ck_assert_uint_ne(before.st_ino, after.st_ino);
}
END_TEST

/* Cut at every length and with every byte wrong, it is refused; never more than that happens. */
START_TEST(a_damaged_one_is_refused)
{
    scoped_free char *bytes = NULL;
    size_t length = 0;
    char question[KEPT_QUESTION_SIZE];
    struct kept kept;
    struct error err;
    be("error r1 0 a.json b.json");
    ck_assert_int_eq(file_read(file, 100000, &bytes, &length, &err), 0);
    for (size_t cut = 0; cut < length; cut++)
        ck_assert_int_lt(kept_read(bytes, cut, &kept, question, &err), 0);
    for (size_t i = 0; i < length; i++) {
        bytes[i] ^= 0x20;
        ck_assert_int_lt(kept_read(bytes, length, &kept, question, &err), 0);
        bytes[i] ^= 0x20;
    }
    ck_assert_int_eq(kept_read(bytes, length, &kept, question, &err), 0);
    ck_assert_uint_eq(kept.set.count, 2);
    kept_finish(&kept);
}
END_TEST

START_TEST(a_damaged_one_is_set_aside_and_told)
{
    be("complete r1 0 a.json");
    ck_assert_int_eq(truncate(file, 100), 0);
    writing = false;
    be("retry");
    expect_problem("m.set is not used: its bytes are not those of its SHA-256");
    writing = true;
    be("retry");
    expect("nothing", "", "have \"\" \"\"");
    expect_problem("set aside as");
    scoped_free char *aside = memory_format("%s.bad", file);
    ck_assert_int_eq(access(aside, F_OK), 0);
    be("complete r2 0 b.json");
    be("retry");
    expect("kept", "b.json", "have \"r2\" \"r2\"");
}
END_TEST

START_TEST(a_folder_that_cannot_be_made_is_told)
{
    scoped_free char *state = memory_format("%s/state", folder);
    FILE *stream = fopen(state, "we");
    ck_assert_ptr_nonnull(stream);
    fclose(stream);
    be("complete r1 0 a.json");
    expect("fresh", "a.json", "have \"\" \"\"");
    expect_problem("Not a directory");
}
END_TEST

#define HOUR INT64_C(3600000)

static const struct {
    struct stamp then, now;
    const char *text;
} ages[] = {
    {{"a", 1000, 0, false}, {"a", 43000, 0, false}, "42 s old"},
    {{"a", 1000, 9 * HOUR, true}, {"a", 301000, 0, false},
        "5 min old"}, /* the clock was set back */
    {{"a", 9000, HOUR, true}, {"b", 10, 4 * HOUR, true}, "3 h old"},
    {{"a", 9000, HOUR, true}, {"b", 10, 4 * HOUR, false}, "at least 3 h old"},
    {{"a", 9000, HOUR, true}, {"b", 10, 217 * HOUR, true}, "9 days old"},
    {{"a", 9000, 9 * HOUR, true}, {"b", 10, 0, false},
        "of an earlier boot, and the clock is not set"},
    {{"a", 9000, HOUR, false}, {"b", 10, 4 * HOUR, true},
        "of an earlier boot, and the clock is not set"},
    {{"", 1000, 0, false}, {"", 43000, 0, false}, "of an earlier boot, and the clock is not set"},
};

START_TEST(an_age_claims_no_more_than_is_known)
{
    scoped(text_finish) struct text text = {0};
    stamp_print_age(&text, &ages[_i].then, &ages[_i].now);
    ck_assert_str_eq(text_get(&text), ages[_i].text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kept");
    TCase *cases = tcase_create("kept");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_complete_set_is_kept_with_revision_and_memo);
    tcase_add_loop_test(cases, a_source_that_fails_is_served_from_it, 0, countof(failures));
    tcase_add_loop_test(cases, without_one_a_failure_serves_nothing, 0, countof(failures));
    tcase_add_test(cases, unchanged_needs_something_that_is_kept);
    tcase_add_test(cases, an_empty_set_is_a_set);
    tcase_add_test(cases, its_errors_are_kept_with_it);
    tcase_add_test(cases, a_look_keeps_nothing);
    tcase_add_test(cases, under_other_settings_it_is_not_used);
    tcase_add_test(cases, under_another_way_to_ask_it_is_used);
    tcase_add_test(cases, one_that_was_kept_before_there_were_such_settings_belongs_to_all);
    tcase_add_test(cases, the_same_set_leaves_the_disk_alone);
    tcase_add_test(cases, a_damaged_one_is_refused);
    tcase_add_test(cases, a_damaged_one_is_set_aside_and_told);
    tcase_add_test(cases, a_folder_that_cannot_be_made_is_told);
    tcase_add_loop_test(cases, an_age_claims_no_more_than_is_known, 0, countof(ages));
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
