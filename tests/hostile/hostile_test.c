/* All hostile plugins at once, with a good one among them. Whatever they do, the good one delivers,
 * each culprit is named with what it did and where, and nothing of them is left. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "culprits.h"
#include "source/source.h"
#include "suite.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct source_set sets[countof(culprits)];

/* A copy of them all: what other tests do with the originals at the same time is not meant here,
 * and another user may not be able to read what lies in this tree. */
static char folder[] = "/tmp/kd-hostile-XXXXXX";

static void copy_all(void)
{
    scoped_free char *command = memory_format("chmod 0755 %s && install -m 0644 %s/hostile/*.so %s",
        mkdtemp(folder), KD_BUILD_DIR, folder);
    if (system(command) != 0)
        abort();
}

/* root is not bound by the limit of processes. */
static const char *user_of(const char *name)
{
    return strcmp(name, "fork_bomb") == 0 ? "nobody" : "root";
}

static void run_all(void)
{
    struct source_options options[countof(culprits)];
    char *paths[countof(culprits)];
    for (size_t i = 0; i < countof(culprits); i++) {
        paths[i] = memory_format("%s/%s.so", folder, culprits[i].name);
        options[i] = (struct source_options){
            .name = culprits[i].name,
            .plugin = paths[i],
            .user = user_of(culprits[i].name),
            .deadline_ms = DEADLINE_MS,
            .loader = KD_BUILD_DIR "/kanto-deployer-loader",
        };
    }
    source_reconcile_all(options, countof(culprits), sets);
    for (size_t i = 0; i < countof(culprits); i++)
        free(paths[i]);
}

START_TEST(each_culprit_is_named)
{
    const struct source_set *set = &sets[_i];
    const char *reason = set->reason ? set->reason : "none";
    ck_assert_msg(set->result == culprits[_i].result &&
                      (set->reason != NULL) == (culprits[_i].reason != NULL) &&
                      strstr(reason, culprits[_i].reason ? culprits[_i].reason : ""),
        "%s: got result %d, reason \"%s\"; expected %d, \"%s\"", culprits[_i].name, set->result,
        reason, culprits[_i].result, culprits[_i].reason ? culprits[_i].reason : "none");
    ck_assert_msg(set->count == culprits[_i].items, "%s: %zu items", culprits[_i].name, set->count);
    ck_assert_msg((set->fault_count > 0) == (culprits[_i].fault != NULL),
        "%s: %zu faults, first \"%s\"", culprits[_i].name, set->fault_count,
        set->fault_count ? set->faults[0].text : "");
    if (culprits[_i].fault)
        ck_assert_msg(strstr(set->faults[0].text, culprits[_i].fault) != NULL, "%s: %s",
            culprits[_i].name, set->faults[0].text);
    ck_assert_uint_le(set->note_count, 1001);
}
END_TEST

static bool holds(const char *path, const char *part)
{
    FILE *file = fopen(path, "re");
    char line[4096];
    bool found = false;
    while (file && !found && fgets(line, sizeof(line), file))
        found = strstr(line, part) != NULL;
    if (file)
        fclose(file);
    return found;
}

START_TEST(no_plugin_was_in_this_process)
{
    ck_assert(!holds("/proc/self/maps", folder));
    ck_assert(!holds("/proc/self/maps", "/plugins/"));
}
END_TEST

START_TEST(no_process_is_left)
{
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* no child, no zombie */
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    while ((entry = readdir(processes))) {
        scoped_free char *maps = memory_format("/proc/%s/maps", entry->d_name);
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
            ck_assert_msg(!holds(maps, folder), "process %s is left", entry->d_name);
    }
    closedir(processes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hostile");
    TCase *cases = tcase_create("hostile");
    copy_all();
    run_all();
    /* In this process, so that its own children and maps are looked at. */
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, each_culprit_is_named, 0, countof(culprits));
    tcase_add_test(cases, no_plugin_was_in_this_process);
    tcase_add_test(cases, no_process_is_left);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scoped_free char *command = memory_format("rm -rf %s", folder);
    failed += system(command) != 0;
    for (size_t i = 0; i < countof(culprits); i++)
        source_set_finish(&sets[i]);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
