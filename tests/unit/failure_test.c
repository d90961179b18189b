/* What failed stays known, and when it is tried again. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "journal/journal.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BOOT_A "00000000-0000-4000-8000-00000000000a"
#define BOOT_B "00000000-0000-4000-8000-00000000000b"
#define BOOT_C "00000000-0000-4000-8000-00000000000c"
#define MINUTE ((int64_t)60000)

static char folder[] = "/tmp/kd-failure-XXXXXX";
static const char template[] = "/tmp/kd-failure-XXXXXX";
static struct journal journal;

static void open_journal(void)
{
    scoped_free char *notice = NULL;
    struct error err = {0};
    ck_assert_int_eq(journal_open(folder, NULL, &journal, &notice, &err), 0);
    ck_assert_ptr_null(notice);
}

static void setup(void)
{
    memcpy(folder, template, sizeof(folder));
    ck_assert_ptr_nonnull(mkdtemp(folder));
    open_journal();
}

static void teardown(void)
{
    scoped_free char *command = memory_format("rm -rf %s", folder);
    journal_close(&journal);
    ck_assert_int_eq(system(command), 0);
}

static void begin_boot(const char *boot)
{
    snprintf(journal.boot, sizeof(journal.boot), "%s", boot);
}

static struct journal_failure failure(const char *name, const char *digest, bool costly)
{
    return (struct journal_failure){
        .name = (char *)name,
        .digest = (char *)digest,
        .reason = (char *)"it ended in its soak",
        .costly = costly,
        .at = {.boot = BOOT_A, .boottime_ms = MINUTE, .wall_ms = 1000},
    };
}

static void fails(const char *name, const char *digest, bool costly)
{
    struct journal_failure new = failure(name, digest, costly);
    journal_fail(&journal, &new);
}

START_TEST(all_that_is_known_survives_a_process)
{
    struct journal_failure new = failure("web", "aa", true);
    struct error err = {0};
    new.message = (char *)"exit \"3\"\n";
    new.final = true;
    new.has_exit = true;
    new.exit_code = -4294967297;
    new.log = (char *)"one\ntwo\n";
    new.at.synchronised = true;
    journal_fail(&journal, &new);
    begin_boot(BOOT_B);
    journal_failure_skip(&journal, "web");
    ck_assert_int_eq(journal_save(&journal, &err), 0);
    journal_close(&journal);
    open_journal();
    const struct journal_failure *old = journal_failure(&journal, "web");
    ck_assert_str_eq(old->digest, "aa");
    ck_assert_str_eq(old->reason, "it ended in its soak");
    ck_assert_str_eq(old->message, "exit \"3\"\n");
    ck_assert_str_eq(old->log, "one\ntwo\n");
    ck_assert(old->final && old->costly && old->has_exit && old->at.synchronised);
    ck_assert_int_eq(old->exit_code, -4294967297);
    ck_assert_str_eq(old->at.boot, BOOT_A);
    ck_assert_int_eq(old->at.boottime_ms, MINUTE);
    ck_assert_int_eq(old->at.wall_ms, 1000);
    ck_assert_uint_eq(old->attempts, 1);
    ck_assert_uint_eq(old->skipped, 1);
    ck_assert_str_eq(old->skipped_boot, BOOT_B);
}
END_TEST

START_TEST(what_is_not_known_stays_absent)
{
    struct error err = {0};
    fails("web", "aa", false);
    ck_assert_int_eq(journal_save(&journal, &err), 0);
    journal_close(&journal);
    open_journal();
    const struct journal_failure *old = journal_failure(&journal, "web");
    ck_assert(!old->message && !old->log && !old->has_exit && !old->final && !old->costly);
}
END_TEST

START_TEST(one_a_name_and_found_by_name_or_digest)
{
    fails("web", "aa", false);
    fails("db", "aa", false);
    fails("cam", "aa", false);
    fails("web", "bb", false);
    ck_assert_uint_eq(journal.failure_count, 3);
    ck_assert_str_eq(journal_failure(&journal, "web")->digest, "bb");
    ck_assert_ptr_null(journal_failure_for(&journal, "web", "aa"));
    ck_assert_ptr_nonnull(journal_failure_for(&journal, "web", "bb"));
    journal_absolve(&journal, "web"); /* the last one takes its place */
    journal_absolve(&journal, "web");
    ck_assert_ptr_null(journal_failure(&journal, "web"));
    ck_assert_str_eq(journal_failure(&journal, "cam")->name, "cam");
    ck_assert_str_eq(journal_failure(&journal, "db")->name, "db");
}
END_TEST

/* A pull that fails costs nothing; it is counted anew from where the running one was stopped. */
START_TEST(failures_of_one_kind_are_counted)
{
    static const struct {
        const char *digest;
        bool costly;
        unsigned attempts;
    } rows[] = {{"aa", false, 1}, {"aa", false, 2}, {"aa", true, 1}, {"aa", true, 2},
        {"aa", false, 3}, {"bb", false, 1}};
    for (size_t i = 0; i < countof(rows); i++) {
        fails("web", rows[i].digest, rows[i].costly);
        ck_assert_msg(journal_failure(&journal, "web")->attempts == rows[i].attempts,
            "row %zu: %u attempts, expected %u", i, journal_failure(&journal, "web")->attempts,
            rows[i].attempts);
    }
    ck_assert(!journal_failure(&journal, "web")->costly);
}
END_TEST

/* Put back from what the journal itself holds, as callers do. */
START_TEST(a_record_may_be_put_back_changed)
{
    fails("web", "aa", true);
    struct journal_failure copy = *journal_failure(&journal, "web");
    copy.final = true;
    journal_fail(&journal, &copy);
    ck_assert(journal_failure(&journal, "web")->final);
    ck_assert_uint_eq(journal_failure(&journal, "web")->attempts, 2);
}
END_TEST

START_TEST(of_a_log_the_last_lines_are_kept)
{
    static char log[4 * FAILURE_LOG_MAX];
    struct journal_failure new = failure("web", "aa", false);
    for (size_t i = 0; i < sizeof(log) - 1; i++)
        log[i] = i % 100 == 99 ? '\n' : (char)('a' + (i / 100) % 26);
    new.log = log;
    journal_fail(&journal, &new);
    const char *kept = journal_failure(&journal, "web")->log;
    size_t length = strlen(kept);
    ck_assert(length <= FAILURE_LOG_MAX && length > FAILURE_LOG_MAX - 100);
    ck_assert_str_eq(kept, log + sizeof(log) - 1 - length);
    ck_assert_int_eq(log[sizeof(log) - 2 - length], '\n');
    memset(log, 'x', sizeof(log) - 1); /* one line without an end */
    journal_fail(&journal, &new);
    ck_assert_uint_eq(strlen(journal_failure(&journal, "web")->log), FAILURE_LOG_MAX);
}
END_TEST

/* A thousand loud failures do not keep the journal from being written. */
START_TEST(logs_do_not_fill_the_journal)
{
    static char log[FAILURE_LOG_MAX + 1];
    struct error err = {0};
    memset(log, '\x01', FAILURE_LOG_MAX); /* \u0001: six bytes each */
    for (int i = 0; i < 1000; i++) {
        scoped_free char *name = memory_format("web-%d", i);
        struct journal_failure new = failure(name, "aa", false);
        new.log = log;
        journal_fail(&journal, &new);
    }
    ck_assert_msg(journal_save(&journal, &err) == 0, "%s", err.text);
    journal_close(&journal);
    open_journal();
    ck_assert_uint_eq(journal.failure_count, 1000);
}
END_TEST

static const struct {
    bool final, costly;
    unsigned attempts, skipped;
    const char *boot;
    int64_t minutes; /* of that boot; it failed in the first one of boot A */
    bool due;
} rows[] = {
    /* the manifest's fault: never; what costs nothing: always */
    {true, false, 1, 99, BOOT_A, 99999, false},
    {true, true, 1, 99, BOOT_B, 99999, false},
    {false, false, 9, 0, BOOT_A, 1, true},
    {false, false, 9, 0, BOOT_B, 0, true},
    /* the same boot: 1, 2, 4 … 32, 60 minutes; passes do not count */
    {false, true, 1, 0, BOOT_A, 1, false},
    {false, true, 1, 0, BOOT_A, 2, true},
    {false, true, 2, 0, BOOT_A, 2, false},
    {false, true, 2, 0, BOOT_A, 3, true},
    {false, true, 6, 99, BOOT_A, 32, false},
    {false, true, 6, 0, BOOT_A, 33, true},
    {false, true, 7, 0, BOOT_A, 60, false},
    {false, true, 7, 0, BOOT_A, 61, true},
    {false, true, 4000000000, 0, BOOT_A, 60, false},
    {false, true, 4000000000, 0, BOOT_A, 61, true},
    {false, true, 0, 0, BOOT_A, 2, true},
    {false, true, 5, 0, BOOT_A, 0, true}, /* a clock that went back */
    /* a later boot: the first one, then every 2nd, 4th, 8th, 16th */
    {false, true, 1, 0, BOOT_B, 0, true},
    {false, true, 2, 0, BOOT_B, 0, false},
    {false, true, 2, 1, BOOT_B, 0, true},
    {false, true, 3, 2, BOOT_B, 0, false},
    {false, true, 3, 3, BOOT_B, 0, true},
    {false, true, 5, 14, BOOT_B, 0, false},
    {false, true, 5, 15, BOOT_B, 0, true},
    {false, true, 4000000000, 14, BOOT_B, 0, false},
    {false, true, 4000000000, 15, BOOT_B, 0, true},
    /* or once this boot is as old as the wait */
    {false, true, 3, 0, BOOT_B, 3, false},
    {false, true, 3, 0, BOOT_B, 4, true},
    /* a kernel that names no boot: passes alone */
    {false, true, 3, 0, "", 9999, false},
    {false, true, 3, 3, "", 0, true},
};

START_TEST(it_is_tried_again_when_that_is_due)
{
    struct journal_failure one = failure("web", "aa", rows[_i].costly);
    one.final = rows[_i].final;
    one.attempts = rows[_i].attempts;
    one.skipped = rows[_i].skipped;
    bool due = journal_failure_due(&one, rows[_i].boot, rows[_i].minutes * MINUTE);
    ck_assert_msg(due == rows[_i].due, "row %d: due is %d", _i, due);
}
END_TEST

/* A watch passes often, and a boot is one boot. */
START_TEST(boots_are_counted_and_not_passes)
{
    static const char *const boots[] = {BOOT_A, BOOT_A, BOOT_B, BOOT_B, BOOT_C, BOOT_C};
    fails("web", "aa", true);
    for (size_t i = 0; i < countof(boots); i++) {
        begin_boot(boots[i]);
        journal_failure_skip(&journal, "web");
    }
    ck_assert_uint_eq(journal_failure(&journal, "web")->skipped, 2);
    begin_boot("");
    journal_failure_skip(&journal, "web");
    journal_failure_skip(&journal, "web");
    ck_assert_uint_eq(journal_failure(&journal, "web")->skipped, 4);
    journal_failure_skip(&journal, "nobody");
    fails("web", "aa", true);
    ck_assert_uint_eq(journal_failure(&journal, "web")->skipped, 0);
}
END_TEST

/* Boot after boot, each a minute long: how often the running one is stopped. */
START_TEST(a_running_one_is_not_stopped_at_every_boot)
{
    int tries = 0;
    fails("web", "aa", true);
    for (int i = 0; i < 64; i++) {
        char boot[STAMP_BOOT_SIZE];
        snprintf(boot, sizeof(boot), "00000000-0000-4000-8000-%012d", i);
        begin_boot(boot);
        if (!journal_failure_due(journal_failure(&journal, "web"), boot, 10000)) {
            journal_failure_skip(&journal, "web");
            continue;
        }
        struct journal_failure again = failure("web", "aa", true);
        memcpy(again.at.boot, boot, sizeof(boot));
        again.at.boottime_ms = 10000;
        journal_fail(&journal, &again);
        tries++;
    }
    ck_assert_int_eq(tries, 7); /* boots 1, 3, 7, 15, 31, 47, 63 */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("failure");
    TCase *cases = tcase_create("failure");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, all_that_is_known_survives_a_process);
    tcase_add_test(cases, what_is_not_known_stays_absent);
    tcase_add_test(cases, one_a_name_and_found_by_name_or_digest);
    tcase_add_test(cases, failures_of_one_kind_are_counted);
    tcase_add_test(cases, a_record_may_be_put_back_changed);
    tcase_add_test(cases, of_a_log_the_last_lines_are_kept);
    tcase_add_test(cases, logs_do_not_fill_the_journal);
    tcase_add_loop_test(cases, it_is_tried_again_when_that_is_due, 0, countof(rows));
    tcase_add_test(cases, boots_are_counted_and_not_passes);
    tcase_add_test(cases, a_running_one_is_not_stopped_at_every_boot);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
