#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "journal/journal.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/kd-journal-XXXXXX";
static const char pattern[] = "/tmp/kd-journal-XXXXXX";

static void setup(void)
{
    memcpy(folder, pattern, sizeof(folder));
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
    scoped_free char *command = memory_format("rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static struct journal_entry entry(const char *name, const char *id)
{
    return (struct journal_entry){
        .name = (char *)name,
        .id = (char *)id,
        .source = (char *)"manifests",
        .key = (char *)"web.json",
        .digest = (char *)"00",
        .phase = JOURNAL_INTENDED,
    };
}

static struct journal opened(char **ret_notice)
{
    struct journal journal;
    struct error err = {0};
    ck_assert_msg(journal_open(folder, 0, &journal, ret_notice, &err) == 0, "%s", err.text);
    return journal;
}

static void write_journal(const char *text)
{
    scoped_free char *path = memory_format("%s/journal.json", folder);
    struct error err = {0};
    ck_assert_int_eq(file_write_atomic(path, text, strlen(text), 0600, &err), 0);
}

START_TEST(entries_survive_a_process)
{
    scoped_free char *notice = NULL;
    struct error err = {0};
    struct journal journal = opened(&notice);
    struct journal_entry one = entry("web", "id-1"), two = entry("db \"x\"\n", "id-2");
    journal_put(&journal, &one);
    two.phase = JOURNAL_SUSPECT;
    journal_put(&journal, &two);
    ck_assert_int_eq(journal_save(&journal, &err), 0);
    journal_close(&journal);

    journal = opened(&notice);
    ck_assert_ptr_null(notice);
    ck_assert_uint_eq(journal.count, 2);
    ck_assert_str_eq(journal_find(&journal, "id-2")->name, "db \"x\"\n");
    ck_assert_int_eq(journal_find(&journal, "id-2")->phase, JOURNAL_SUSPECT);
    journal_drop(&journal, "id-1");
    ck_assert_ptr_null(journal_find(&journal, "id-1"));
    journal_close(&journal);
}
END_TEST

START_TEST(what_was_not_saved_is_not_there)
{
    scoped_free char *notice = NULL;
    struct journal journal = opened(&notice);
    struct journal_entry one = entry("web", "id-1");
    journal_put(&journal, &one);
    journal_close(&journal);
    journal = opened(&notice);
    ck_assert_uint_eq(journal.count, 0);
    journal_close(&journal);
}
END_TEST

static const char *const broken[] = {
    "",
    "{",
    "[]",
    "{\"format\":2,\"entries\":[]}",
    "kanto-deployer-journal",
    "kanto-deployer-journal 2 00",
    "kanto-deployer-journal 1 00\n{}",
    "kanto-deployer-journal 2 0000000000000000000000000000000000000000000000000000000000000000\n"
    "{\"entries\":[],\"failures\":[]}\n",
};

START_TEST(a_broken_journal_is_set_aside_and_told)
{
    scoped_free char *notice = NULL;
    scoped_free char *aside = memory_format("%s/journal.json.bad", folder);
    write_journal(broken[_i]);
    struct journal journal = opened(&notice);
    ck_assert_msg(notice && strstr(notice, "set aside as"), "\"%s\": notice is %s", broken[_i],
        notice ? notice : "missing");
    ck_assert_uint_eq(journal.count, 0);
    ck_assert(journal.writable);
    ck_assert_int_eq(access(aside, F_OK), 0);
    journal_close(&journal);
}
END_TEST

START_TEST(one_pass_at_a_time)
{
    scoped_free char *notice = NULL;
    struct journal journal = opened(&notice), second;
    scoped_free char *pid = memory_format("process %d", (int)getpid());
    struct error err = {0};
    char *other_notice = NULL;
    ck_assert_int_eq(journal_open(folder, 0, &second, &other_notice, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_TIMEOUT);
    ck_assert_msg(strstr(err.text, pid) != NULL, "%s", err.text);
    journal_close(&journal);
    journal = opened(&notice);
    journal_close(&journal);
}
END_TEST

START_TEST(a_look_takes_no_lock)
{
    scoped_free char *notice = NULL;
    struct error err = {0};
    struct journal journal = opened(&notice), look;
    struct journal_entry one = entry("web", "id-1");
    journal_put(&journal, &one);
    ck_assert_int_eq(journal_save(&journal, &err), 0);
    ck_assert_int_eq(journal_peek(folder, &look, &notice), 0);
    ck_assert_ptr_nonnull(journal_find(&look, "id-1"));
    journal_close(&look);
    ck_assert_int_eq(journal_peek("/nonexistent/folder", &look, &notice), 0);
    ck_assert_ptr_null(notice);
    journal_close(&look);
    journal_close(&journal);
}
END_TEST

START_TEST(a_folder_that_cannot_be_made_is_told)
{
    scoped_free char *notice = NULL;
    struct journal journal;
    struct error err = {0};
    ck_assert_int_eq(journal_open("/proc/no/such", 0, &journal, &notice, &err), 0);
    ck_assert_ptr_nonnull(notice);
    ck_assert(!journal.writable);
    journal_close(&journal);
}
END_TEST

static bool is_listed(void *context, const char *id)
{
    (void)context;
    return strcmp(id, "id-2") == 0 || strcmp(id, "id-4") == 0;
}

START_TEST(ids_that_the_daemon_lost_are_forgotten)
{
    scoped_free char *notice = NULL;
    struct journal journal = opened(&notice);
    struct journal_entry entries[] = {
        entry("web", "id-1"), entry("web", "id-2"), entry("web", "id-3"), entry("db", "id-4")};
    for (size_t i = 0; i < countof(entries); i++)
        journal_put(&journal, &entries[i]);
    journal_forget_lost(&journal, is_listed, NULL);
    ck_assert_uint_eq(journal.count, 2);
    ck_assert_ptr_nonnull(journal_find(&journal, "id-2"));
    ck_assert_ptr_nonnull(journal_find(&journal, "id-4"));
    journal_close(&journal);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("journal");
    TCase *cases = tcase_create("journal");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, entries_survive_a_process);
    tcase_add_test(cases, what_was_not_saved_is_not_there);
    tcase_add_loop_test(cases, a_broken_journal_is_set_aside_and_told, 0, countof(broken));
    tcase_add_test(cases, one_pass_at_a_time);
    tcase_add_test(cases, a_look_takes_no_lock);
    tcase_add_test(cases, a_folder_that_cannot_be_made_is_told);
    tcase_add_test(cases, ids_that_the_daemon_lost_are_forgotten);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
