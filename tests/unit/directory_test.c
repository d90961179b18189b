/* The directory source, as the host sees it: through its helper process. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "source/source.h"
#include "suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[32];
static struct source_set set;

static void setup(void)
{
    snprintf(folder, sizeof(folder), "/tmp/kd-directory-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
    source_set_finish(&set);
    scoped_free char *command = memory_format("rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static void write_file(const char *name, const char *text)
{
    scoped_free char *path = memory_format("%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static char *readable; /* beside what the settings name; NULL: nothing */

/* One reconcile of a plugin; settings are pairs that end with NULL. */
static void run(const char *plugin, const char *const *pairs)
{
    struct source_setting settings[8];
    size_t count = 0;
    for (; pairs[0]; pairs += 2)
        settings[count++] =
            (struct source_setting){.key = pairs[0], .value = pairs[1], .where = "conf:7"};
    struct source_options options = {
        .name = "m",
        .plugin = plugin,
        .user = "root",
        .settings = settings,
        .settings_count = count,
        .deadline_ms = 10000,
        .loader = KD_BUILD_DIR "/kanto-deployer-loader",
        .readable = &readable,
        .readable_count = readable != NULL,
    };
    source_set_finish(&set);
    source_reconcile_all(&options, 1, &set);
}

static void make_folder(const char *name)
{
    scoped_free char *path = memory_format("%s/%s", folder, name);
    ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void read_folder(const char *key, const char *value)
{
    const char *const pairs[] = {"path", folder, key, value, NULL};
    run(KD_BUILD_DIR "/plugins/directory.so", pairs);
}

static void expect_keys(const char *expected)
{
    scoped_free char *keys = memory_string("");
    for (size_t i = 0; i < set.count; i++) {
        char *longer = memory_format("%s%s%s", keys, i ? " " : "", set.items[i].key);
        free(keys);
        keys = longer;
    }
    ck_assert_msg(set.result == SOURCE_COMPLETE, "%s", set.reason ? set.reason : "");
    ck_assert_str_eq(keys, expected);
}

static bool noted(const char *part)
{
    for (size_t i = 0; i < set.note_count; i++)
        if (strstr(set.notes[i].text, part))
            return true;
    return false;
}

START_TEST(manifests_come_in_natural_order)
{
    static const char *const names[] = {"a10.json", "a2.json", "a01.json", "B.json", "a2b.json"};
    for (size_t i = 0; i < countof(names); i++)
        write_file(names[i], "{}");
    read_folder(NULL, NULL);
    expect_keys("B.json a01.json a2.json a2b.json a10.json");
    scoped_free char *origin = memory_format("%s/B.json", folder);
    ck_assert_str_eq(set.items[0].origin, origin);
    ck_assert_uint_eq(set.items[0].length, 2);
}
END_TEST

static const struct {
    const char *name, *reason;
} passed_over[] = {
    {".hidden.json", "hidden"},
    {"web.json~", "a backup"},
    {"web.json.bak", "a backup"},
    {".web.json.swp", "hidden"},
    {".#web.json", "an editor's file"},
    {"#web.json#", "an editor's file"},
    {".web.json.AbC123", "rsync"},
    {"web.json.dpkg-new", "package's leftover"},
    {"web.json.rpmsave", "package's leftover"},
    {"web.json.disabled", "disabled"},
    {"web.json.part", "download"},
    {"web.json.tmp", "temporary"},
    {"README.md", "does not end in .json"},
    {"web.JSON", "does not end in .json"},
};

static const char *warning(void)
{
    for (size_t i = 0; i < set.note_count; i++)
        if (set.notes[i].severity == SEVERITY_WARNING)
            return set.notes[i].text;
    return NULL;
}

/* Nothing would be deployed, and nobody told. */
START_TEST(a_folder_of_what_only_looks_like_manifests_says_so)
{
    make_folder("examples");
    make_folder("empty");
    write_file("examples/web.json", "{}");
    write_file("web.yaml", "");
    write_file("WEB.JSON", "{}");
    write_file("web.json.txt", "{}");
    write_file("README.md", "");
    write_file("off.json.disabled", "{}");
    read_folder(NULL, NULL);
    expect_keys("");
    scoped_free char *expected = memory_format(
        "%s: found no manifest, expected files NAME.json; passed over: WEB.JSON (its name does not end in "
        ".json), examples (a folder, and recursive = no), web.json.txt (its name does not end in .json), "
        "web.yaml (its name does not end in .json)",
        folder);
    ck_assert_str_eq(warning() ? warning() : "", expected);

    read_folder("recursive", "yes");
    expect_keys("examples/web.json");
    ck_assert_ptr_null(warning());
}
END_TEST

START_TEST(a_folder_that_is_meant_to_be_empty_says_nothing)
{
    make_folder("empty");
    write_file("README.md", "");
    write_file("off.json.disabled", "{}");
    read_folder(NULL, NULL);
    expect_keys("");
    ck_assert_ptr_null(warning());
}
END_TEST

/* A thousand of them are not all named. */
START_TEST(what_looks_like_manifests_is_named_in_part)
{
    for (int i = 0; i < 200; i++) {
        scoped_free char *name = memory_format("file-with-a-name-%03d.yaml", i);
        write_file(name, "");
    }
    read_folder(NULL, NULL);
    const char *text = warning();
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_lt(strlen(text), 800);
    ck_assert_str_eq(text + strlen(text) - strlen("), …"), "), …");
    ck_assert(noted("100 more were passed over"));
}
END_TEST

START_TEST(what_is_no_manifest_is_passed_over_with_its_reason)
{
    for (size_t i = 0; i < countof(passed_over); i++)
        write_file(passed_over[i].name, "{}");
    write_file("web.json", "{}");
    read_folder(NULL, NULL);
    expect_keys("web.json");
    for (size_t i = 0; i < countof(passed_over); i++) {
        scoped_free char *prefix = memory_format("%s: passed over: ", passed_over[i].name);
        ck_assert_msg(noted(prefix) && noted(passed_over[i].reason), "%s: no note, or not \"%s\"",
            passed_over[i].name, passed_over[i].reason);
    }
    ck_assert_uint_eq(set.fault_count, 0);
}
END_TEST

/* As after a power cut: the rest is deployed, and nothing is removed on the word of this set. */
START_TEST(what_is_half_written_is_an_error)
{
    write_file("empty.json", "");
    write_file("web.json", "{}");
    read_folder(NULL, NULL);
    expect_keys("web.json");
    ck_assert_uint_eq(set.fault_count, 1);
    ck_assert_str_eq(set.faults[0].key, "empty.json");
    ck_assert_str_eq(set.faults[0].text, "half written: it is empty");
    ck_assert(!source_set_may_remove(&set));
}
END_TEST

START_TEST(what_cannot_be_read_is_an_error_and_no_smaller_set)
{
    scoped_free char *link = memory_format("%s/dangling.json", folder);
    scoped_free char *pipe = memory_format("%s/pipe.json", folder);
    write_file("good.json", "{}");
    write_file("large.json", "{ \"a long one\": true }");
    ck_assert_int_eq(symlink("/nonexistent/x.json", link), 0);
    ck_assert_int_eq(mkfifo(pipe, 0600), 0);
    read_folder("max_bytes", "10");
    expect_keys("good.json");
    ck_assert_uint_eq(set.fault_count, 3);
    ck_assert_str_eq(set.faults[0].key, "dangling.json");
    ck_assert(strstr(set.faults[0].text, "No such file") != NULL);
    ck_assert(
        strstr(set.faults[1].text, "found 22 bytes, expected at most 10 (max_bytes)") != NULL);
    ck_assert(strstr(set.faults[2].text, "no regular file") != NULL);
}
END_TEST

START_TEST(symlinks_are_a_matter_of_policy)
{
    scoped_free char *inside = memory_format("%s/inside.json", folder);
    scoped_free char *outside = memory_format("%s/outside.json", folder);
    scoped_free char *target = memory_format("%s-target", folder);
    write_file("real.json", "{}");
    ck_assert_int_eq(symlink("real.json", inside), 0);
    FILE *file = fopen(target, "we");
    fputs("{}", file);
    fclose(file);
    ck_assert_int_eq(symlink(target, outside), 0);
    read_folder(NULL, NULL);
    expect_keys("inside.json real.json");
    ck_assert(set.fault_count == 1 && strstr(set.faults[0].text, "Permission denied: a symbolic "
                                                                 "link that leaves the folder; "
                                                                 "\"read\""));
    readable = target;
    read_folder(NULL, NULL);
    expect_keys("inside.json outside.json real.json");
    readable = NULL;
    read_folder("symlinks", "inside");
    expect_keys("inside.json real.json");
    ck_assert(set.fault_count == 1 && strstr(set.faults[0].text, "leaves the folder"));
    read_folder("symlinks", "refuse");
    expect_keys("real.json");
    ck_assert_uint_eq(set.fault_count, 2);
    unlink(target);
}
END_TEST

START_TEST(folders_below_are_read_when_asked_for)
{
    scoped_free char *below = memory_format("%s/below", folder);
    ck_assert_int_eq(mkdir(below, 0755), 0);
    write_file("a.json", "{}");
    write_file("below/b.json", "{}");
    read_folder(NULL, NULL);
    expect_keys("a.json");
    ck_assert(noted("below: passed over: a folder (recursive = no)"));
    read_folder("recursive", "yes");
    expect_keys("a.json below/b.json");
}
END_TEST

static void link_to(const char *target, const char *name)
{
    scoped_free char *path = memory_format("%s/%s", folder, name);
    ck_assert_int_eq(symlink(target, path), 0);
}

/* A folder that became a link, as an application on another disk: never passed over in silence. */
static const struct {
    const char *target, *symlinks;
    const char *keys;
    const char *fault; /* about "apps"; NULL: none */
} linked[] = {
    {"../out", "follow", "m/a.json m/apps/b.json", NULL},
    {"../out", "inside", "m/a.json", "a symbolic link that leaves the folder (symlinks = inside)"},
    {"../out", "refuse", "m/a.json", "a symbolic link (symlinks = refuse)"},
    {"in", "inside", "m/a.json m/apps/c.json", NULL},
    {"../gone", "follow", "m/a.json", "a symbolic link to nothing that is there now"},
    {"../gone", "inside", "m/a.json", "a symbolic link to nothing that is there now"},
    {"apps", "follow", "m/a.json", "Too many levels of symbolic links"},
    {"../out/b.json", "follow", "m/a.json", NULL}, /* a file whose name is no manifest's */
};

START_TEST(a_linked_folder_is_read_or_the_set_is_not_whole)
{
    static const char *const folders[] = {"m", "m/in", "out"};
    for (size_t i = 0; i < countof(folders); i++)
        make_folder(folders[i]);
    write_file("m/a.json", "{}");
    write_file("out/b.json", "{}");
    if (strcmp(linked[_i].target, "in") == 0)
        write_file("m/in/c.json", "{}");
    link_to(linked[_i].target, "m/apps");
    scoped_free char *path = memory_format("%s/m", folder);
    scoped_free char *origin = memory_format("%s/m/apps", folder);
    readable = folder;
    const char *const pairs[] = {
        "path", path, "recursive", "yes", "symlinks", linked[_i].symlinks, NULL};
    run(KD_BUILD_DIR "/plugins/directory.so", pairs);
    ck_assert_int_eq(set.result, SOURCE_COMPLETE);
    scoped_free char *keys = memory_string("");
    for (size_t i = 0; i < set.count; i++) {
        char *longer = memory_format("%s%sm/%s", keys, i ? " " : "", set.items[i].key);
        free(keys);
        keys = longer;
    }
    ck_assert_str_eq(keys, linked[_i].keys);
    ck_assert_uint_eq(set.fault_count, linked[_i].fault != NULL);
    ck_assert(source_set_may_remove(&set) == !linked[_i].fault);
    if (!linked[_i].fault)
        return;
    ck_assert_str_eq(set.faults[0].key, "apps");
    ck_assert_str_eq(set.faults[0].origin, origin);
    ck_assert_str_eq(set.faults[0].text, linked[_i].fault);
    ck_assert_int_eq(set.next_ms, 0); /* no resident: the host knows when */
}
END_TEST

START_TEST(a_folder_that_is_reached_twice_is_read_once)
{
    make_folder("one");
    make_folder("one/two");
    write_file("one/two/a.json", "{}");
    link_to("one/two", "first");
    link_to("..", "one/up");
    link_to("../..", "one/two/top");
    link_to(".", "self");
    read_folder("recursive", "yes");
    expect_keys("first/a.json");
    ck_assert_uint_eq(set.fault_count, 0);
    ck_assert(noted("self: passed over: a folder that is read already"));
    ck_assert(noted("one/two: passed over: a folder that is read already"));
}
END_TEST

START_TEST(a_linked_folder_is_passed_over_as_any_other)
{
    make_folder("one");
    make_folder(".hidden");
    write_file("one/a.json", "{}");
    link_to("one", "two.json");
    link_to("nowhere", "README");
    read_folder("recursive", "no");
    expect_keys("");
    ck_assert_uint_eq(set.fault_count, 0);
    ck_assert(noted("two.json: passed over: a folder (recursive = no)"));
    read_folder("recursive", "yes");
    ck_assert(noted(".hidden: passed over: hidden"));
}
END_TEST

START_TEST(an_empty_folder_is_complete_and_a_missing_one_is_not)
{
    read_folder(NULL, NULL);
    expect_keys("");
    const char *const missing[] = {"path", "/nonexistent/manifests", NULL};
    run(KD_BUILD_DIR "/plugins/directory.so", missing);
    ck_assert_int_eq(set.result, SOURCE_RETRY);
    ck_assert_str_eq(set.reason, "/nonexistent/manifests: No such file or directory");
    const char *const recursive[] = {"path", "/nonexistent/manifests", "recursive", "yes", NULL};
    run(KD_BUILD_DIR "/plugins/directory.so", recursive);
    ck_assert_int_eq(set.result, SOURCE_RETRY);
    ck_assert(!source_set_may_remove(&set));
    const char *const file[] = {"path", "/etc/passwd", NULL};
    run(KD_BUILD_DIR "/plugins/directory.so", file);
    ck_assert_int_eq(set.result, SOURCE_FATAL);
}
END_TEST

static const struct {
    const char *key, *value, *reason;
} settings[] = {
    {"recursiv", "yes",
        "conf:7: found key \"recursiv\", which plugin \"directory\" does not have; did you mean "
        "\"recursive\"?"},
    {"recursive", "true", "conf:7: recursive: found \"true\", expected yes or no"},
    {"max_bytes", "1T", "conf:7: max_bytes: found \"1T\", expected a size, as 64, 10K, 1M"},
    {"symlinks", "maybe", "symlinks: found \"maybe\", expected follow, inside or refuse"},
    {"path", "relative", "conf:7: path: found \"relative\", expected an absolute path"},
};

START_TEST(settings_are_checked)
{
    const char *const pairs[] = {settings[_i].key, settings[_i].value, "path", folder, NULL};
    run(KD_BUILD_DIR "/plugins/directory.so", pairs);
    ck_assert_int_eq(set.result, SOURCE_FATAL);
    ck_assert_str_eq(set.reason, settings[_i].reason);
}
END_TEST

START_TEST(a_required_setting_is_asked_for)
{
    const char *const none[] = {NULL};
    run(KD_BUILD_DIR "/plugins/directory.so", none);
    ck_assert_str_eq(set.reason, "[source m] has no path, expected one: the folder");
}
END_TEST

START_TEST(the_template_works)
{
    const char *const pairs[] = {"image", "localhost:5000/web:1", NULL};
    run(KD_BUILD_DIR "/template/template.so", pairs);
    expect_keys("hello.json");
    ck_assert_str_eq(set.items[0].bytes,
        "{\"name\": \"hello\", \"image\": {\"name\": \"localhost:5000/web:1\"}}");
}
END_TEST

START_TEST(a_plugin_that_others_may_write_is_refused)
{
    scoped_free char *copy = memory_format("%s/p.so", folder);
    scoped_free char *command =
        memory_format("cp %s/plugins/directory.so %s && chmod 0666 %s", KD_BUILD_DIR, copy, copy);
    const char *const pairs[] = {"path", folder, NULL};
    ck_assert_int_eq(system(command), 0);
    run(copy, pairs);
    ck_assert_msg(set.reason && strstr(set.reason, "expected one that only the owner may write"),
        "%s", set.reason);
    ck_assert_int_eq(chmod(copy, 0644) | chmod(folder, 0777), 0);
    run(copy, pairs);
    ck_assert_msg(set.reason && strstr(set.reason, "folder /tmp/"), "%s", set.reason);
    ck_assert_int_eq(chmod(folder, 01777), 0);
    run(copy, pairs);
    ck_assert_int_eq(set.result, SOURCE_COMPLETE);
}
END_TEST

START_TEST(a_user_that_is_missing_is_told)
{
    if (geteuid() != 0) {
        puts("left out: only root changes users");
        return;
    }
    struct source_options options = {.name = "m",
        .plugin = KD_BUILD_DIR "/plugins/directory.so",
        .user = "kd-no-such-user",
        .deadline_ms = 10000,
        .loader = KD_BUILD_DIR "/kanto-deployer-loader"};
    source_reconcile_all(&options, 1, &set);
    ck_assert_msg(strstr(set.reason, "there is no system user \"kd-no-such-user\"") != NULL, "%s",
        set.reason);
}
END_TEST

START_TEST(a_plugin_describes_itself)
{
    struct source_options options = {.name = "directory",
        .plugin = KD_BUILD_DIR "/plugins/directory.so",
        .user = "root",
        .deadline_ms = 10000,
        .loader = KD_BUILD_DIR "/kanto-deployer-loader"};
    struct source_info info;
    struct error err = {0};
    ck_assert_msg(source_describe(&options, &info, &err) == 0, "%s", err.text);
    ck_assert_str_eq(info.id, "directory");
    ck_assert_uint_eq(info.count, 5);
    ck_assert_str_eq(info.settings[0].name, "path");
    ck_assert(info.settings[0].required);
    ck_assert_str_eq(info.settings[3].type, "size");
    source_info_finish(&info);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("directory");
    TCase *cases = tcase_create("directory");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 30);
    tcase_add_test(cases, a_folder_of_what_only_looks_like_manifests_says_so);
    tcase_add_test(cases, a_folder_that_is_meant_to_be_empty_says_nothing);
    tcase_add_test(cases, what_looks_like_manifests_is_named_in_part);
    tcase_add_test(cases, manifests_come_in_natural_order);
    tcase_add_test(cases, what_is_no_manifest_is_passed_over_with_its_reason);
    tcase_add_test(cases, what_is_half_written_is_an_error);
    tcase_add_test(cases, what_cannot_be_read_is_an_error_and_no_smaller_set);
    tcase_add_test(cases, symlinks_are_a_matter_of_policy);
    tcase_add_test(cases, folders_below_are_read_when_asked_for);
    tcase_add_loop_test(cases, a_linked_folder_is_read_or_the_set_is_not_whole, 0, countof(linked));
    tcase_add_test(cases, a_folder_that_is_reached_twice_is_read_once);
    tcase_add_test(cases, a_linked_folder_is_passed_over_as_any_other);
    tcase_add_test(cases, an_empty_folder_is_complete_and_a_missing_one_is_not);
    tcase_add_loop_test(cases, settings_are_checked, 0, countof(settings));
    tcase_add_test(cases, a_required_setting_is_asked_for);
    tcase_add_test(cases, the_template_works);
    tcase_add_test(cases, a_plugin_that_others_may_write_is_refused);
    tcase_add_test(cases, a_user_that_is_missing_is_told);
    tcase_add_test(cases, a_plugin_describes_itself);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
