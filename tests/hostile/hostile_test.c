/* All hostile plugins at once, with a good one among them. Whatever they do, the good one delivers,
 * each culprit is named with what it did and where, and nothing of them is left. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "source/source.h"
#include "suite.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE_MS 4000

static const struct {
    const char *name;
    enum source_result result;
    const char *reason; /* part of it; NULL: none */
    size_t items;
    const char *fault; /* part of the text of its first error item; NULL: none */
} plugins[] = {
    {"good", SOURCE_COMPLETE, NULL, 1, NULL},
    {"segv_constructor", SOURCE_FATAL, "crashed while it was loaded (in a constructor): SIGSEGV", 0,
        NULL},
    {"exit_constructor", SOURCE_FATAL, "exit status 7 while it was loaded (in a constructor)", 0,
        NULL},
    {"loop_constructor", SOURCE_RETRY, "took longer than 4.0 s (timeout) while it was loaded", 0,
        NULL},
    {"abort_entry", SOURCE_FATAL, "crashed in kd_source_v1: SIGABRT", 0, NULL},
    {"null_entry", SOURCE_FATAL, "was not loaded: its kd_source_v1 returned no kd_source", 0, NULL},
    {"segv_init", SOURCE_FATAL, "crashed in init: SIGSEGV", 0, NULL},
    {"exit_init", SOURCE_FATAL, "exit status 0 in init", 0, NULL},
    {"loop_init", SOURCE_RETRY, "took longer than 4.0 s (timeout) in init", 0, NULL},
    {"refuse_init", SOURCE_FATAL, "the moon is in the wrong house", 0, NULL},
    {"segv_reconcile", SOURCE_FATAL, "crashed in reconcile: SIGSEGV", 0, NULL},
    {"exit_reconcile", SOURCE_FATAL, "exit status 3 in reconcile", 0, NULL},
    {"loop_reconcile", SOURCE_RETRY, "took longer than 4.0 s (timeout) in reconcile", 0, NULL},
    {"segv_shutdown", SOURCE_COMPLETE, NULL, 1, "crashed in shutdown: SIGSEGV"},
    {"loop_shutdown", SOURCE_COMPLETE, NULL, 1, "took longer than 4.0 s (timeout) in shutdown"},
    {"flood_items", SOURCE_FATAL, "stated more than 10000 items", 0, NULL},
    {"flood_notes", SOURCE_COMPLETE, NULL, 1, NULL},
    {"flood_output", SOURCE_COMPLETE, NULL, 1, NULL},
    {"garbage_frame", SOURCE_FATAL, "sent what is no frame in reconcile", 0, NULL},
    {"huge_frame", SOURCE_FATAL, "sent what is no frame in reconcile (found 99999999)", 0, NULL},
    {"early_frame", SOURCE_FATAL, "out of order in reconcile", 0, NULL},
    {"duplicate_keys", SOURCE_FATAL, "stated the key \"twin.json\" twice", 0, NULL},
    {"empty_key", SOURCE_FATAL, "a key of 0 bytes", 0, NULL},
    {"large_item", SOURCE_FATAL, "stated an item \"large.json\" of more than 1048576 bytes", 0,
        NULL},
    {"unknown_result", SOURCE_FATAL, "returned 4711 from reconcile, which means nothing", 0, NULL},
    {"unchanged", SOURCE_FATAL, "said \"unchanged\" although nothing of it is kept", 0, NULL},
    {"retry", SOURCE_RETRY, "asks to be tried again later", 0, NULL},
    {"fork_child", SOURCE_COMPLETE, NULL, 1, NULL},
    {"ignore_signals", SOURCE_RETRY, "took longer than 4.0 s (timeout) in reconcile", 0, NULL},
    {"close_all", SOURCE_FATAL, "closed the descriptor of its helper in reconcile", 0, NULL},
#ifndef __SANITIZE_ADDRESS__ /* the limit of memory is off there */
    {"allocate", SOURCE_FATAL, "crashed in reconcile: SIGSEGV", 0, NULL},
#endif
    {"wrong_major", SOURCE_FATAL, "was not loaded: found plugin interface 2.0, expected 1", 0,
        NULL},
    {"no_note", SOURCE_FATAL, "was not loaded: it has no note of kanto-deployer", 0, NULL},
    {"error_item", SOURCE_COMPLETE, NULL, 1, "Input/output error"},
    {"does_not_exist", SOURCE_FATAL, "was not loaded", 0, NULL},
};

static struct source_set sets[countof(plugins)];

static void run_all(void)
{
    struct source_options options[countof(plugins)];
    char *paths[countof(plugins)];
    for (size_t i = 0; i < countof(plugins); i++) {
        paths[i] = memory_format("%s/hostile/%s.so", KD_BUILD_DIR, plugins[i].name);
        options[i] = (struct source_options){
            .name = plugins[i].name,
            .plugin = paths[i],
            .user = "root",
            .deadline_ms = DEADLINE_MS,
            .loader = KD_BUILD_DIR "/kanto-deployer-loader",
        };
    }
    source_reconcile_all(options, countof(plugins), sets);
    for (size_t i = 0; i < countof(plugins); i++)
        free(paths[i]);
}

START_TEST(each_culprit_is_named)
{
    const struct source_set *set = &sets[_i];
    const char *reason = set->reason ? set->reason : "none";
    ck_assert_msg(set->result == plugins[_i].result &&
                      (set->reason != NULL) == (plugins[_i].reason != NULL) &&
                      strstr(reason, plugins[_i].reason ? plugins[_i].reason : ""),
        "%s: got result %d, reason \"%s\"; expected %d, \"%s\"", plugins[_i].name, set->result,
        reason, plugins[_i].result, plugins[_i].reason ? plugins[_i].reason : "none");
    ck_assert_msg(set->count == plugins[_i].items, "%s: %zu items", plugins[_i].name, set->count);
    ck_assert_msg((set->fault_count > 0) == (plugins[_i].fault != NULL),
        "%s: %zu faults, first \"%s\"", plugins[_i].name, set->fault_count,
        set->fault_count ? set->faults[0].text : "");
    if (plugins[_i].fault)
        ck_assert_msg(strstr(set->faults[0].text, plugins[_i].fault) != NULL, "%s: %s",
            plugins[_i].name, set->faults[0].text);
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
    ck_assert(!holds("/proc/self/maps", "/hostile/"));
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
            ck_assert_msg(
                !holds(maps, KD_BUILD_DIR "/hostile/"), "process %s is left", entry->d_name);
    }
    closedir(processes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hostile");
    TCase *cases = tcase_create("hostile");
    run_all();
    /* In this process, so that its own children and maps are looked at. */
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, each_culprit_is_named, 0, countof(plugins));
    tcase_add_test(cases, no_plugin_was_in_this_process);
    tcase_add_test(cases, no_process_is_left);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    for (size_t i = 0; i < countof(plugins); i++)
        source_set_finish(&sets[i]);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
