/* plugin check finds what it claims to find: for each fault a plugin that has it and is good
 * otherwise. And it finds nothing in good ones. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "check/check.h"
#include "culprits.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK_DEADLINE_MS 20000

static int64_t deadline_ms = CHECK_DEADLINE_MS;

static const struct {
    const char *fault, *id, *text; /* the check that must fail, and part of what it says */
} faults[] = {
    {"note_missing", "static.note", "no note of kanto-deployer"},
    {"entry_name", "static.exports", "found no kd_source_v1"},
    {"exports", "static.exports", "found helper, expected kd_source_v1 alone"},
    {"needed", "static.needed", "libfault_library.so\", expected a library's name"},
    {"rpath", "static.rpath", "found \"/tmp/build\""},
    {"rpath_empty", "static.rpath", "found \"\""},
    {"stack", "static.stack", "executable stack"},
    {"symbol", "load.loads", "a_symbol_that_no_library_has"},
    {"load_crash", "load.loads", "SIGABRT"},
    {"load_thread", "load.threads", "1 more threads"},
    {"load_opens", "load.descriptors", "was opened"},
    {"load_closes", "load.descriptors", "descriptor 0 was closed"},
    {"load_handler", "load.signals", "the handler of SIGPIPE"},
    {"load_mask", "load.signals", "the mask of SIGTERM"},
    {"load_timer", "load.signals", "a timer was set"},
    {"load_prints", "load.output", "thank you for choosing"},
    {"load_entry_prints", "load.output", "here is my table"},
    {"load_umask", "load.process", "umask is 000"},
    {"load_chdir", "load.process", "the folder is /tmp"},
    {"load_setenv", "load.process", "the environment"},
    {"load_locale", "load.process", "the locale is"},
    {"table_version", "contract.table", "no version"},
    {"table_hidden", "contract.table", "no version, expected a line that a terminal may show"},
    {"table_slot", "contract.table", "lacks init, reconcile or shutdown"},
    {"table_name", "contract.table", "no word of a-z"},
    {"table_hosts", "contract.table", "setting timeout: this key is the host's own"},
    {"table_help", "contract.table", "no line of help that a terminal may show"},
    {"table_fallback", "contract.table", "is of type file and has a fallback"},
    {"table_twin", "contract.table", "it is there twice"},
    {"table_type", "contract.table", "type 99 means nothing"},
    {"table_size", "contract.table", "found size 0"},
    {"ext", "contract.ext", "expected NULL"},
    {"settings_overflow", "contract.settings", "word = 65536 times a"},
    {"settings_result", "contract.settings", "init returned 7"},
    {"failed_init_silent", "contract.failed_init", "did not say why"},
    {"failed_init_memory", "contract.failed_init", "bytes of memory"},
    {"failed_init_descriptor", "contract.failed_init", "50 descriptors open"},
    {"failed_init_thread", "contract.failed_init", "threads"},
    {"sizes_reads", "contract.sizes", "in init: SIGSEGV: a host whose structs end"},
    {"sizes_newer", "contract.sizes", "in reconcile: SIGSEGV: a host whose structs end"},
    {"sizes_exact", "contract.sizes", "found KD_FATAL"},
    {"lifetime_settings", "contract.lifetime", "SIGSEGV: the settings are gone after init"},
    {"lifetime_out", "contract.lifetime", "SIGSEGV: have and out are gone after reconcile"},
    {"instances_static", "contract.instances", "gave the same state"},
    {"instances_shared", "contract.instances", "gave the same state"},
    {"put", "contract.put", "reconcile returned KD_COMPLETE, expected KD_FATAL"},
    {"cancelled_deaf", "contract.cancelled", "did not return within"},
    {"cancelled_fatal", "contract.cancelled", "returned KD_FATAL"},
    {"threads_put", "contract.threads", "put was called on another thread"},
    {"threads_left", "contract.threads", "shutdown left 1 threads"},
    {"threads_late", "contract.threads", "was called after shutdown"},
    {"have_always", "contract.have", "that are not its own: found KD_UNCHANGED"},
    {"have_memo", "contract.have", "a revision and a memo that are not its own"},
    {"items_twin", "behaviour.items", "its key was there already"},
    {"items_key", "behaviour.items", "no UTF-8"},
    {"items_empty", "behaviour.items", "it has no bytes"},
    {"items_large", "behaviour.items", "KD_ITEM_BYTES_MAX"},
    {"works", "behaviour.works", "the moon is in the wrong house"},
    {"same_bytes", "behaviour.same", "\"random.json\" is another one"},
    {"manifests", "behaviour.manifests", "bad.json: "},
    {"error", "behaviour.error", "KD_COMPLETE with 2 items and no error"},
    {"growth_memory", "behaviour.growth", "bytes of memory"},
    {"growth_descriptor", "behaviour.growth", "descriptors open"},
#ifndef __SANITIZE_ADDRESS__ /* which holds freed memory back: not checked there */
    {"growth_mapped", "behaviour.growth", "not the heap's"},
#endif
};

static void run(
    const char *path, const struct source_setting *settings, size_t count, struct check *ret_check)
{
    struct source_options source = {.settings = settings, .settings_count = count};
    struct check_options options = {.plugin = path,
        .loader = KD_BUILD_DIR "/kanto-deployer-loader",
        .probe = KD_BUILD_DIR "/kanto-deployer-probe",
        .source = &source,
        .deadline_ms = deadline_ms};
    check_plugin(&options, ret_check);
}

static void expect_verdict(
    const char *path, const char *id, const char *text, enum check_verdict verdict)
{
    struct check check;
    bool found = false;
    run(path, NULL, 0, &check);
    for (size_t i = 0; i < check_rule_count; i++) {
        scoped_free char *name = memory_format("%s.%s", check_rules[i].part, check_rules[i].name);
        if (strcmp(name, id) != 0)
            continue;
        found = true;
        ck_assert_msg(check.results[i].verdict == verdict && strstr(check.results[i].text, text),
            "%s: %s is %s: \"%s\"; expected %s with \"%s\"", path, id,
            check_verdict_word(check.results[i].verdict), check.results[i].text,
            check_verdict_word(verdict), text);
    }
    ck_assert_msg(found, "there is no check %s", id);
    check_finish(&check);
}

static void expect(const char *path, const char *id, const char *text)
{
    expect_verdict(path, id, text, CHECK_FAILED);
}

START_TEST(each_fault_is_found)
{
    scoped_free char *path = memory_format("%s/faults/%s.so", KD_BUILD_DIR, faults[_i].fault);
    expect(path, faults[_i].id, faults[_i].text);
}
END_TEST

/* A library may only have tried it: so it is no failure. */
START_TEST(what_is_stopped_is_warned_of)
{
    expect_verdict(
        KD_BUILD_DIR "/faults/load_child.so", "behaviour.sandbox", "stopped clone", CHECK_WARNING);
    expect_verdict(KD_BUILD_DIR "/faults/threads_child.so", "behaviour.sandbox", "stopped clone",
        CHECK_WARNING);
}
END_TEST

START_TEST(what_costs_is_warned_of)
{
    expect_verdict(KD_BUILD_DIR "/faults/threads_unasked.so", "contract.threads",
        "look at KD_HOST_STAYS", CHECK_WARNING);
}
END_TEST

static void expect_good(const char *path, const struct source_setting *settings, size_t count)
{
    struct check check;
    run(path, settings, count, &check);
    for (size_t i = 0; i < check_rule_count; i++)
        ck_assert_msg(
            check.results[i].verdict == CHECK_OK || check.results[i].verdict == CHECK_SKIPPED,
            "%s: %s.%s is %s: %s", path, check_rules[i].part, check_rules[i].name,
            check_verdict_word(check.results[i].verdict), check.results[i].text);
    ck_assert_uint_ge(check_count(&check, CHECK_OK), check_rule_count - 2);
    ck_assert_int_gt(check.profile.start_us, 0);
    ck_assert_int_eq(check.profile.items > 0, 1);
    ck_assert_int_gt(check.profile.memory_kib, 0);
    ck_assert_int_ge(check.profile.reconciles, 60);
    check_finish(&check);
}

START_TEST(good_plugins_pass)
{
    const struct source_setting image = {"image", "localhost:5000/sleeper:1", "test"};
    const struct source_setting path = {"path", KD_SOURCE_DIR "/conf/examples", "test"};
    expect_good(KD_BUILD_DIR "/faults/none.so", NULL, 0);
    expect_good(KD_BUILD_DIR "/faults/resident.so", NULL, 0);
    expect_good(KD_BUILD_DIR "/template/template.so", &image, 1);
    expect_good(KD_BUILD_DIR "/plugins/directory.so", &path, 1);
}
END_TEST

#define NOT_LOADED "was not loaded: "

/* Those that harm the host's plans: the check survives them, and fails for the same reason. */
START_TEST(each_culprit_is_found)
{
    const char *reason = culprits[_i].reason ? culprits[_i].reason : culprits[_i].fault;
    scoped_free char *path = memory_format("%s/hostile/%s.so", KD_BUILD_DIR, culprits[_i].name);
    struct check check;
    bool told = false;
    if (strcmp(culprits[_i].name, "fork_bomb") == 0 || /* root is bound by no number of processes */
        strcmp(culprits[_i].name, "does_not_exist") == 0)
        return;
    deadline_ms = reason && strstr(reason, "(timeout)") ? 1000 : CHECK_DEADLINE_MS;
    run(path, NULL, 0, &check);
    /* The bound has another length here, and the host's first words are the check's own. */
    const char *part = reason && strstr(reason, "(timeout)") ? "(timeout)" : reason;
    if (part && strncmp(part, NOT_LOADED, strlen(NOT_LOADED)) == 0)
        part += strlen(NOT_LOADED);
    for (size_t i = 0; i < check_rule_count && part; i++)
        told = told || (check.results[i].verdict == CHECK_FAILED &&
                           strstr(check.results[i].text, part) != NULL);
    ck_assert_msg(!part || told, "%s: no check failed with \"%s\"", culprits[_i].name, part);
    check_finish(&check);
}
END_TEST

static void write_file(const char *path, const void *bytes, size_t length, mode_t mode)
{
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    fclose(file);
    ck_assert_int_eq(chmod(path, mode), 0);
}

/* Files that no compiler makes. */
START_TEST(a_damaged_file_is_found)
{
    char folder[] = "/tmp/kd-check-XXXXXX";
    char *bytes = NULL;
    size_t length = 0;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    scoped_free char *path = memory_format("%s/none.so", folder);
    ck_assert_int_eq(
        file_read(KD_BUILD_DIR "/faults/none.so", (size_t)64 << 20, &bytes, &length, NULL), 0);
    write_file(path, bytes, length, 0666);
    expect(path, "static.mode", "mode 0666");
    write_file(path, "#!/bin/sh\n", 10, 0644);
    expect(path, "static.elf", "no ELF file");
    bytes[18] ^= 1; /* the machine */
    write_file(path, bytes, length, 0644);
    expect(path, "static.elf", "a plugin for machine");
    bytes[18] ^= 1;
    bytes[4] = 1; /* 32 bit */
    write_file(path, bytes, length, 0644);
    expect(path, "static.elf", "ELF class 1");
    bytes[4] = 2;
    memset(bytes + 60, 0, 4); /* no sections */
    write_file(path, bytes, length, 0644);
    expect(path, "static.elf", "section headers");
    for (size_t cut = 1; cut < length; cut += length / 50) { /* nothing crashes here */
        struct check check;
        write_file(path, bytes, cut, 0644);
        run(path, NULL, 0, &check);
        ck_assert_uint_ge(check_count(&check, CHECK_FAILED), 1);
        check_finish(&check);
    }
    unlink(path);
    rmdir(folder);
    free(bytes);
}
END_TEST

int main(void)
{
    umask(022);
    Suite *suite = suite_create("check");
    TCase *tests = tcase_create("check");
    tcase_set_timeout(tests, 100);
    tcase_add_loop_test(tests, each_fault_is_found, 0, countof(faults));
    tcase_add_test(tests, what_costs_is_warned_of);
    tcase_add_test(tests, what_is_stopped_is_warned_of);
    tcase_add_test(tests, good_plugins_pass);
    tcase_add_test(tests, a_damaged_file_is_found);
    suite_add_tcase(suite, tests);
    TCase *hostile = tcase_create("hostile");
    tcase_set_timeout(hostile, 100);
    tcase_add_loop_test(hostile, each_culprit_is_found, 0, countof(culprits));
    suite_add_tcase(suite, hostile);
    return suite_run(suite);
}
