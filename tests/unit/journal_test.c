#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "journal/journal.h"
#include "suite.h"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
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
    "kanto-deployer-journal 3 00",
    "kanto-deployer-journal 2 00\n{}",
    "kanto-deployer-journal 3 0000000000000000000000000000000000000000000000000000000000000000\n"
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

/* As many descriptors as the lock takes: none is left for the journal itself. */
static struct rlimit leave_one_descriptor(void)
{
    int next = dup(STDIN_FILENO);
    struct rlimit former, limit;
    ck_assert_int_ge(next, 0);
    close(next);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &former), 0);
    limit = (struct rlimit){(rlim_t)next + 1, former.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return former;
}

START_TEST(a_journal_that_cannot_be_read_now_stays_as_it_is)
{
    scoped_free char *notice = NULL, *second_notice = NULL;
    scoped_free char *path = memory_format("%s/journal.json", folder);
    struct journal journal = opened(&notice);
    struct journal_entry web = entry("web", "a");
    struct error err = {0};
    journal_put(&journal, &web);
    ck_assert_int_eq(journal_save(&journal, &err), 0);
    journal_close(&journal);
    struct rlimit former = leave_one_descriptor();
    journal = opened(&second_notice);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &former), 0);
    ck_assert_msg(second_notice && strstr(second_notice, "stays as it is"), "notice is %s",
        second_notice ? second_notice : "missing");
    ck_assert(!journal_remembers(&journal));
    ck_assert_int_lt(journal_prove(&journal, &err), 0);
    ck_assert_int_eq(access(path, F_OK), 0);
    journal_close(&journal);
}
END_TEST

/* Of a pass that ended before it could. */
START_TEST(what_nobody_names_is_swept_when_the_journal_is_opened)
{
    scoped_free char *notice = NULL, *second_notice = NULL;
    scoped_free char *former = memory_format("%s/former", folder);
    scoped_free char *path = memory_format("%s/00.new", former);
    struct journal journal = opened(&notice);
    journal_close(&journal);
    ck_assert_int_eq(mkdir(former, 0700), 0);
    ck_assert_int_eq(file_write_atomic(path, "x", 1, 0600, NULL), 0);
    journal = opened(&second_notice);
    ck_assert_int_lt(access(path, F_OK), 0);
    journal_close(&journal);
}
END_TEST

START_TEST(one_pass_at_a_time)
{
    scoped_free char *notice = NULL;
    struct journal journal = opened(&notice), second;
    scoped_free char *pid =
        memory_format("another pass runs on this state folder: pid %d; waited", (int)getpid());
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

START_TEST(entries_are_found_by_name_too)
{
    scoped_free char *notice = NULL;
    struct journal journal = opened(&notice);
    struct journal_entry entries[] = {
        entry("web", "id-1"), entry("db", "id-2"), entry("web", "id-3"), entry("web", "id-4")};
    size_t at = 0;
    for (size_t i = 0; i < countof(entries); i++)
        journal_put(&journal, &entries[i]);
    journal_drop(&journal, "id-1"); /* the last one takes its place */
    entries[2].name = (char *)"renamed";
    journal_put(&journal, &entries[2]);
    ck_assert_str_eq(journal_next_of(&journal, "web", &at)->id, "id-4");
    ck_assert_ptr_null(journal_next_of(&journal, "web", &at));
    at = 0;
    ck_assert_str_eq(journal_next_of(&journal, "renamed", &at)->id, "id-3");
    ck_assert_str_eq(journal_find(&journal, "id-3")->name, "renamed");
    ck_assert_ptr_null(journal_find(&journal, "id-1"));
    journal_close(&journal);
}
END_TEST

/* ---- Old containers ---- */

static struct journal_entry replacement(const char *former, size_t length)
{
    struct journal_entry new = entry("web", "id-new");
    new.replaces = (char *)"id-old";
    new.former_ran = true;
    new.former = (void *)former;
    new.former_length = length;
    return new;
}

static void save(struct journal *journal)
{
    struct error err = {0};
    ck_assert_msg(journal_save(journal, &err) == 0, "%s", err.text);
}

/* How many files are in former/, and the path of the last one. */
static int count_formers(char ret_path[512])
{
    scoped_free char *path = memory_format("%s/former", folder);
    DIR *formers = opendir(path);
    int count = 0;
    for (struct dirent *file; formers && (file = readdir(formers));) {
        if (*file->d_name == '.')
            continue;
        snprintf(ret_path, 512, "%s/%s", path, file->d_name);
        count++;
    }
    if (formers)
        closedir(formers);
    return count;
}

START_TEST(an_old_container_lies_beside_the_journal)
{
    scoped_free char *notice = NULL;
    scoped_free char *big = memory_zeroed(1 << 20, 1);
    struct journal journal = opened(&notice);
    struct journal_entry new = replacement(big, 1 << 20), plain = entry("web", "id-new");
    char path[512];
    struct stat info;
    journal_put(&journal, &new);
    save(&journal);
    ck_assert(!journal_put(&journal, &new));
    ck_assert_int_eq(count_formers(path), 1);
    ck_assert(stat(path, &info) == 0 && info.st_size == 1 << 20);
    scoped_free char *file = memory_format("%s/journal.json", folder);
    ck_assert(stat(file, &info) == 0 && info.st_size < 1000);
    journal_close(&journal);

    journal = opened(&notice);
    ck_assert_ptr_null(notice);
    const struct journal_entry *found = journal_find(&journal, "id-new");
    ck_assert(found->former && found->former_length == 1 << 20 && found->former_ran);
    ck_assert(memcmp(found->former, big, 1 << 20) == 0);
    journal_put(&journal, &plain);
    save(&journal);
    ck_assert_int_eq(count_formers(path), 0);
    journal_close(&journal);
}
END_TEST

/* A pass that was killed before its journal was saved leaves one behind; another one that was not
 * saved takes nothing away from the journal that is there. */
START_TEST(old_containers_of_nobody_are_swept_and_no_other)
{
    scoped_free char *notice = NULL;
    scoped_free char *orphan = memory_format("%s/former/0123", folder);
    struct journal journal = opened(&notice);
    struct journal_entry new = replacement("one", 3), other = entry("db", "id-3");
    struct error err = {0};
    char path[512];
    journal_put(&journal, &new);
    save(&journal);
    ck_assert_int_eq(file_write_atomic(orphan, "x", 1, 0600, &err), 0);
    journal_put(&journal, &other);
    save(&journal);
    ck_assert_int_eq(count_formers(path), 1);
    journal_close(&journal);
    journal = opened(&notice);
    ck_assert_str_eq(journal_find(&journal, "id-new")->former, "one");
    journal_close(&journal);
}
END_TEST

START_TEST(an_old_container_that_is_torn_is_told_and_kept)
{
    scoped_free char *notice = NULL;
    struct journal journal = opened(&notice);
    struct journal_entry new = replacement("whole", 5);
    struct error err = {0};
    char path[512];
    journal_put(&journal, &new);
    save(&journal);
    journal_close(&journal);
    ck_assert_int_eq(count_formers(path), 1);
    ck_assert_int_eq(file_write_atomic(path, "whol", 4, 0600, &err), 0);

    journal = opened(&notice);
    ck_assert_msg(notice && strstr(notice, "it is torn") &&
                      strstr(notice, "the container that web replaces could not be made again"),
        "%s", notice ? notice : "no notice");
    const struct journal_entry *found = journal_find(&journal, "id-new");
    ck_assert(found && found->former == NULL && strcmp(found->replaces, "id-old") == 0);
    ck_assert_int_eq(journal_prove(&journal, &err), 0);
    ck_assert_int_eq(count_formers(path), 1);
    journal_close(&journal);
}
END_TEST

/* ---- A journal that cannot be written ---- */

START_TEST(what_could_not_be_read_back_is_never_written)
{
    scoped_free char *notice = NULL;
    scoped_free char *long_key = memory_zeroed(2000001, 1);
    struct journal journal = opened(&notice);
    struct journal_entry one = entry("web", "id-1");
    struct error err = {0};
    journal_put(&journal, &one);
    save(&journal);
    one.key = memset(long_key, 'k', 2000000);
    for (int i = 2; i < 12; i++) {
        scoped_free char *id = memory_format("id-%d", i);
        one.id = id;
        journal_put(&journal, &one);
    }
    ck_assert_int_eq(journal_save(&journal, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_LIMIT);
    ck_assert_msg(strstr(err.text, "the journal cannot be written: /tmp/kd-journal-") &&
                      strstr(err.text, "/journal.json: it would have 2000") &&
                      strstr(err.text, "bytes, and at most 16777216 can be read back"),
        "%s", err.text);
    ck_assert(!journal_remembers(&journal));
    journal_close(&journal);
    journal = opened(&notice);
    ck_assert_ptr_null(notice);
    ck_assert_uint_eq(journal.count, 1);
    journal_close(&journal);
}
END_TEST

/* What keeps a journal from being written, and what brings that about in a folder. 0: done; else it
 * cannot be tried here. */
static char *state;

static int mount_small(void)
{
    return unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
           mount("tmpfs", state, "tmpfs", 0, "size=64k,mode=700") < 0;
}

static int fill(void)
{
    scoped_free char *path = memory_format("%s/filler", state);
    scoped_file FILE *file = fopen(path, "w");
    while (file && putc('x', file) != EOF && fflush(file) == 0)
        ;
    return file == NULL;
}

static void drain(void)
{
    scoped_free char *path = memory_format("%s/filler", state);
    unlink(path);
}

/* Over what is there: a disk that its kernel makes read-only after an error has open files too. */
static int forbid_writing(void)
{
    return mount(state, state, NULL, MS_BIND, NULL) < 0 ||
           mount(NULL, state, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0;
}

static void allow_writing(void)
{
    ck_assert_int_eq(umount2(state, MNT_DETACH), 0);
}

/* root may write anywhere: it becomes somebody else. */
static int forbid_folder(void)
{
    return chmod(state, 0500) < 0 || (getuid() == 0 && seteuid(65534) < 0);
}

static void allow_folder(void)
{
    ck_assert_int_eq(seteuid(getuid()), 0);
    ck_assert_int_eq(chmod(state, 0700), 0);
}

static int bound_files(void)
{
    signal(SIGXFSZ, SIG_IGN);
    return setrlimit(RLIMIT_FSIZE, &(struct rlimit){.rlim_cur = 100, .rlim_max = RLIM_INFINITY});
}

static void unbound_files(void)
{
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
}

static int take_away(void)
{
    scoped_free char *away = memory_format("%s.away", state);
    return rename(state, away);
}

static void bring_back(void)
{
    scoped_free char *away = memory_format("%s.away", state);
    ck_assert_int_eq(rename(away, state), 0);
}

static const struct {
    bool own_mount;
    int (*begin)(void);
    void (*mend)(void);
    const char *told;
} hindrances[] = {
    {true, fill, drain, "No space left on device"},
    {true, forbid_writing, allow_writing, "Read-only file system"},
    {false, forbid_folder, allow_folder, "Permission denied"},
    {false, bound_files, unbound_files, "File too large"},
    {false, take_away, bring_back, "No such file or directory"},
};

/* A pass asks before its first change; what was there stays, and once the hindrance is gone all is
 * as before. */
START_TEST(a_pass_finds_out_that_it_cannot_remember)
{
    scoped_free char *notice = NULL;
    struct error err = {0};
    struct journal journal;
    struct journal_entry one = entry("web", "id-1"), two = entry("web", "id-2");
    state = memory_format("%s/state", folder);
    ck_assert_int_eq(mkdir(state, 0700), 0);
    if (hindrances[_i].own_mount && mount_small() != 0) {
        printf("left out: \"%s\" (no file system can be mounted)\n", hindrances[_i].told);
        return;
    }
    ck_assert_int_eq(journal_open(state, NULL, &journal, &notice, &err), 0);
    journal_put(&journal, &one);
    ck_assert_int_eq(journal_prove(&journal, &err), 0);
    ck_assert(journal_remembers(&journal));
    ck_assert_int_eq(hindrances[_i].begin(), 0);
    scoped_free char *told = memory_format(
        "the journal cannot be written: %s/journal.json.new: %s", state, hindrances[_i].told);
    ck_assert_int_eq(journal_prove(&journal, &err), -1);
    ck_assert_str_eq(err.text, told);
    ck_assert(!journal_remembers(&journal));
    ck_assert_int_eq(journal_save(&journal, &err), -1); /* not forgotten by asking again */
    hindrances[_i].mend();
    journal_put(&journal, &two);
    ck_assert_int_eq(journal_save(&journal, &err), 0);
    ck_assert(journal_remembers(&journal));
    journal_close(&journal);
    ck_assert_int_eq(journal_open(state, NULL, &journal, &notice, &err), 0);
    ck_assert_uint_eq(journal.count, 2);
    journal_close(&journal);
    if (hindrances[_i].own_mount)
        ck_assert_int_eq(umount(state), 0);
    free(state);
}
END_TEST

/* A state folder on a disk that came up read-only: what it says is still known. */
START_TEST(a_folder_that_can_only_be_read_is_read)
{
    scoped_free char *notice = NULL;
    struct error err = {0};
    struct journal journal;
    struct journal_entry one = entry("web", "id-1");
    state = memory_format("%s/state", folder);
    ck_assert_int_eq(mkdir(state, 0700), 0);
    if (mount_small() != 0) {
        printf("left out: a read-only state folder (no file system can be mounted)\n");
        return;
    }
    ck_assert_int_eq(journal_open(state, NULL, &journal, &notice, &err), 0);
    journal_put(&journal, &one);
    save(&journal);
    journal_close(&journal);
    ck_assert_int_eq(forbid_writing(), 0);
    ck_assert_int_eq(journal_open(state, NULL, &journal, &notice, &err), 0);
    allow_writing();
    ck_assert(!journal.writable && !journal_remembers(&journal));
    ck_assert_msg(
        strstr(notice, "/state/lock: Read-only file system: nothing is remembered"), "%s", notice);
    ck_assert_ptr_nonnull(journal_find(&journal, "id-1"));
    journal_close(&journal);
    ck_assert_int_eq(umount(state), 0);
    free(state);
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
    tcase_add_test(cases, entries_are_found_by_name_too);
    tcase_add_test(cases, an_old_container_lies_beside_the_journal);
    tcase_add_test(cases, a_journal_that_cannot_be_read_now_stays_as_it_is);
    tcase_add_test(cases, what_nobody_names_is_swept_when_the_journal_is_opened);
    tcase_add_test(cases, old_containers_of_nobody_are_swept_and_no_other);
    tcase_add_test(cases, an_old_container_that_is_torn_is_told_and_kept);
    tcase_add_test(cases, what_could_not_be_read_back_is_never_written);
    tcase_add_loop_test(cases, a_pass_finds_out_that_it_cannot_remember, 0, countof(hindrances));
    tcase_add_test(cases, a_folder_that_can_only_be_read_is_read);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
