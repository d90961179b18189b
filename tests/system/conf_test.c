/* The configuration, the sources, and what a person gets to see. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "harness.h"
#include "hostile/culprits.h"
#include "parts.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct harness harness;

/* A configuration with the directory source and one more plugin. */
static char *write_conf(const char *plugin)
{
    harness_write(&harness, "/k.conf",
        "[source bad]\nplugin = %s\nuser = root\ntimeout = 1s\nallow_registries = yes\n\n[source "
        "manifests]\nplugin = "
        "directory\nuser = root\nallow_registries = yes\n"
        "path = %s\n",
        plugin, harness.manifests);
    return memory_format("%s/k.conf", harness.folder);
}

/* A line that names the source (or the place of its error item) and what it did. */
static void expect_told(const char *err, const char *source, const char *reason)
{
    scoped_free char *name = memory_format("source %s", source);
    for (const char *line = err; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        scoped_free char *copy = memory_bytes(line, strcspn(line, "\n"));
        bool item = strcmp(source, "error_item") == 0 && strstr(copy, "/somewhere/bad.json");
        if ((item || strstr(copy, name)) && strstr(copy, reason))
            return;
    }
    fprintf(stderr, "%s", err); /* too long for a message of Check */
    ck_abort_msg("\"%s\" and \"%s\" are in no line of the above", name, reason);
}

/* root is bound by no number of processes; a plugin that is not there is the conf's fault. */
static bool is_here(const char *name)
{
    return strcmp(name, "fork_bomb") != 0 && strcmp(name, "does_not_exist") != 0;
}

/* All of them at once, and the one good manifest: what it names is deployed, each culprit is
 * told with its source's name, and so it stands in the report. */
START_TEST(broken_sources_stop_no_other)
{
    scoped(text_finish) struct text conf = {0};
    if (!harness_start(&harness, "broken-sources", NULL))
        return;
    harness_write(&harness, "a.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}");
    for (size_t i = 0; i < countof(culprits); i++)
        if (is_here(culprits[i].name))
            text_add_format(&conf, "[source %s]\nplugin = %s/hostile/%s.so\nuser = root\n%s\n",
                culprits[i].name, KD_BUILD_DIR, culprits[i].name, "timeout = 10s");
    harness_write(&harness, "/k.conf",
        "%s[source manifests]\nplugin = directory\nuser = root\npath = %s\nallow_registries = "
        "yes\n",
        text_get(&conf), harness.manifests);
    scoped_free char *path = memory_format("%s/k.conf", harness.folder);
    const char *arguments[] = {"apply", "--config", path, "--output", "json", NULL};
    struct outcome_of_run outcome = harness_run(&harness, arguments);
    ck_assert_int_eq(outcome.exit_code, 5); /* one of them asks for another try */
    for (size_t i = 0; i < countof(culprits); i++) {
        const char *reason = culprits[i].reason ? culprits[i].reason : culprits[i].fault;
        if (!reason || !is_here(culprits[i].name))
            continue;
        expect_told(outcome.err, culprits[i].name, reason);
    }
    int running = 0;
    ck_assert_int_eq(harness_count(&harness, "a", &running), 1);
    ck_assert_int_eq(running, 1);
    outcome_finish(&outcome);
    harness_stop(&harness);
}
END_TEST

START_TEST(a_missing_folder_is_no_empty_one)
{
    if (!harness_start(&harness, "missing-folder", NULL))
        return;
    harness_write(&harness, "/k.conf",
        "[source m]\nplugin = directory\nuser = root\npath = /nonexistent/m\n");
    scoped_free char *conf = memory_format("%s/k.conf", harness.folder);
    const char *arguments[] = {"apply", "--config", conf, NULL};
    outcome_expect(harness_run(&harness, arguments), 5, "",
        "source m: /nonexistent/m: No such file or directory");
    harness_stop(&harness);
}
END_TEST

START_TEST(a_folder_of_what_only_looks_like_manifests_is_told)
{
    if (!harness_start(&harness, "looks-like", NULL))
        return;
    harness_write(&harness, "web.yaml", "name: web\n");
    const char *arguments[] = {"apply", harness.manifests, NULL};
    outcome_expect(harness_run(&harness, arguments), 0, "No manifest, nothing to do.",
        "found no manifest, expected files NAME.json; passed over: web.yaml (its name does not end in "
        ".json)");
    harness_stop(&harness);
}
END_TEST

/* A boot without the folder's disk, or the network: what was known is deployed. */
START_TEST(a_source_that_is_away_is_served_from_what_it_stated_last)
{
    const char *away = "source manifests: ";
    if (!harness_start(&harness, "away", NULL))
        return;
    harness_write(&harness, "a.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}");
    scoped_free char *conf = write_conf(KD_BUILD_DIR "/hostile/good.so");
    const char *apply[] = {"apply", "--config", conf, NULL};
    const char *json[] = {"apply", "--config", conf, "--output", "json", NULL};
    outcome_expect(harness_run(&harness, apply), 0, "2 deployed", "");
    scoped_free char *moved = memory_format("%s.away", harness.manifests);
    ck_assert_int_eq(rename(harness.manifests, moved), 0);
    outcome_expect(harness_run(&harness, apply), 0, "2 kept", away);
    outcome_expect(
        harness_run(&harness, apply), 0, "2 kept", "; what it stated last is used: 1 item, ");
    outcome_expect(harness_run(&harness, json), 0, "\"serves\":\t\"kept\"", away);
    ck_assert_int_eq(rename(moved, harness.manifests), 0);
    outcome_expect(harness_run(&harness, json), 0, "\"serves\":\t\"fresh\"", "");
    harness_stop(&harness);
}
END_TEST

/* Of whichever source, and before anything is done: what a typo left of a source must not decide
 * what becomes of its containers, nor of another source's. */
START_TEST(a_wrong_key_of_a_plugin_is_a_wrong_configuration)
{
    if (!harness_start(&harness, "plugin-keys", NULL))
        return;
    harness_write(&harness, "a.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}");
    harness_write(&harness, "/k.conf",
        "[source good]\nplugin = directory\nuser = root\nallow_registries = yes\npath = %s\n"
        "[source typo]\nplugin = directory\nuser = root\npth = /x\n"
        "[source word]\nplugin = directory\nuser = root\npath = y\nrecursive = on\ntimout = 3s\n"
        "[source lacks]\nplugin = cloud\nuser = root\n",
        harness.manifests);
    scoped_free char *conf = memory_format("%s/k.conf", harness.folder);
    static const char *const lines[] = {
        "k.conf:9: found key \"pth\", which plugin \"directory\" does not have; did you mean \"path\"?",
        "k.conf:13: path: found \"y\", expected an absolute path",
        "k.conf:14: recursive: found \"on\", expected yes or no",
        "k.conf:15: found key \"timout\", which plugin \"directory\" does not have; did you mean "
        "\"timeout\"?",
        "k.conf:17: [source lacks] has no url, expected one: ",
    };
    static const char *const commands[] = {"plan", "apply"};
    scoped_free char *kept = memory_format("%s/kept", harness.state);
    for (size_t i = 0; i < countof(commands); i++) {
        const char *arguments[] = {commands[i], "--config", conf, NULL};
        struct outcome_of_run outcome = harness_run(&harness, arguments);
        size_t count = 0;
        for (const char *at = outcome.err; (at = strstr(at, "error: ")); at++)
            count++;
        for (size_t j = 0; j < countof(lines); j++)
            ck_assert_msg(strstr(outcome.err, lines[j]) != NULL, "%s", outcome.err);
        ck_assert_uint_eq(count, countof(lines));
        outcome_expect(outcome, 4, "", "");
    }
    ck_assert_int_eq(harness_calls(&harness, "List"), 0);
    ck_assert_int_ne(access(kept, F_OK), 0);
    harness_stop(&harness);
}
END_TEST

static const struct {
    const char *arguments[5];
    int exit_code;
    const char *out, *err;
} mistakes[] = {
    {{"--help"}, 0, "Usage: kanto-deployer COMMAND", ""},
    {{"--version"}, 0, "kanto-deployer 0.1.0", ""},
    {{"aply"}, 64, "", "did you mean \"apply\"?"},
    {{"validate"}, 64, "", "found 0 arguments, expected FILE…"},
    {{"apply", "--sokcet", "x"}, 64, "", "did you mean \"--socket\"?"},
    {{"plugin", "list", "--timeout"}, 64, "", "--timeout: expected a value behind it"},
    {{"apply", "/tmp", "--timeout", "5"}, 64, "", "expected a duration"},
    {{"apply", "/nonexistent/folder"}, 64, "",
        "/nonexistent/folder: No such file or directory; expected a folder of manifests"},
    {{"apply", "/etc/passwd"}, 64, "", "/etc/passwd: found a file, expected a folder"},
    {{"apply", "--config", "/nonexistent/k.conf"}, 4, "", "/nonexistent/k.conf: no such file"},
    {{"plan", "--output", "xml"}, 64, "", "found \"xml\", expected text or json"},
    {{"validate", "/nonexistent.json"}, 1, "", "/nonexistent.json: No such file"},
    {{"plugin", "list"}, 0, "a folder of manifests", ""},
    {{"plugin", "show", "directory"}, 0, "recursive      boolean   folders below it too (no)", ""},
    {{"plugin", "show", "directroy"}, 4, "", "did you mean \"directory\"?"},
    {{"plugin", "delete"}, 64, "", "expected list, show NAME"},
    {{"plugin", "new", "../x", "/nonexistent"}, 64, "", "found name \"../x\", expected a letter"},
    {{"plugin", "new", "directory", "/nonexistent"}, 64, "", "there is a plugin \"directory\""},
    {{"plugin", "new", "mine", "/nonexistent/mine"}, 1, "", "/nonexistent/mine: No such file"},
    {{"plugin", "check", "directory", "path"}, 64, "", "found \"path\", expected KEY=VALUE"},
    {{"plugin", "check", "/nonexistent.so"}, 4, "", "expected a file that is there"},
    {{"plugin", "check", KD_BUILD_DIR "/hostile/wrong_major.so"}, 1,
        "found plugin interface 2.0, expected 1", ""},
    {{"validate", "/nonexistent/\xe2\x80\xae.json"}, 1, "", "/nonexistent/\\u{202E}.json: No such"},
    {{"apply", "--help"}, 0, "--connect-timeout T", ""},
};

/* Each on a line of its own. */
START_TEST(all_mistakes_of_a_conf_are_told)
{
    if (!harness_start(&harness, "mistakes", NULL))
        return;
    harness_write(&harness, "/k.conf", "[deployer]\nexisting = updaet\nsoak = 3\n[source a]\n");
    scoped_free char *conf = memory_format("%s/k.conf", harness.folder);
    const char *arguments[] = {"apply", "--config", conf, NULL};
    scoped_free char *first = memory_format("error: %s:2: existing: found \"updaet\"", conf);
    scoped_free char *second = memory_format("\nerror: %s:3: soak: found \"3\"", conf);
    outcome_expect(harness_run(&harness, arguments), 4, "", first);
    outcome_expect(harness_run(&harness, arguments), 4, "", second);
    harness_stop(&harness);
}
END_TEST

START_TEST(mistakes_of_a_person_are_answered)
{
    if (!harness_start(&harness, "mistakes", NULL))
        return;
    outcome_expect(harness_run(&harness, mistakes[_i].arguments), mistakes[_i].exit_code,
        mistakes[_i].out, mistakes[_i].err);
    harness_stop(&harness);
}
END_TEST

#define HIDDEN "\\u{202E}deedsim\\x1b[2J"

/* Nor may what it says of itself turn the line around. */
START_TEST(a_plugin_commands_no_terminal)
{
    if (!harness_start(&harness, "hidden", NULL))
        return;
    scoped_free char *folder = memory_format("%s/plugins", harness.folder);
    scoped_free char *plugin = memory_format("%s/table_hidden.so", folder);
    ck_assert_int_eq(mkdir(folder, 0755), 0);
    ck_assert_int_eq(symlink(KD_BUILD_DIR "/faults/table_hidden.so", plugin), 0);
    const char *list[] = {"plugin", "list", "--plugin-dir", folder, NULL};
    const char *show[] = {"plugin", "show", "table_hidden", "--plugin-dir", folder, NULL};
    const char *check[] = {"plugin", "check", "table_hidden", "--plugin-dir", folder, NULL};
    outcome_expect(harness_run(&harness, list), 0, "table_hidden     " HIDDEN " " HIDDEN "\n", "");
    outcome_expect(harness_run(&harness, show), 0,
        "table_hidden, version " HIDDEN ": " HIDDEN
        "\nNetwork: none.\n\nSettings in [source NAME]:\n",
        "");
    outcome_expect(
        harness_run(&harness, show), 0, "\n  word           string    " HIDDEN " (hello)\n", "");
    outcome_expect(harness_run(&harness, check), 1, "table_hidden, version " HIDDEN "\n", "");
    harness_stop(&harness);
}
END_TEST

START_TEST(a_missing_daemon_has_an_exit_status_of_its_own)
{
    if (!harness_start(&harness, "missing-daemon", NULL))
        return;
    harness_write(&harness, "a.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}");
    free(harness.socket);
    harness.socket = memory_format("%s/nobody.sock", harness.folder);
    const char *arguments[] = {"apply", harness.manifests, "--connect-timeout", "300ms", NULL};
    outcome_expect(harness_run(&harness, arguments), 3, "",
        "nobody.sock: No such file or directory (waited 0.3 s)");
    harness_stop(&harness);
}
END_TEST

/* A folder of manifests that a person looks at: five mistakes, five carets. */
START_TEST(five_mistakes_have_five_carets)
{
    if (!harness_start(&harness, "five-mistakes", NULL))
        return;
    const char *file = suite_source("tests/data/manifests/five-mistakes.json");
    const char *arguments[] = {"validate", file, NULL};
    struct outcome_of_run outcome = harness_run(&harness, arguments);
    int carets = 0;
    for (const char *at = outcome.out; (at = strstr(at, "| ")); at++)
        carets += at[strspn(at + 2, " ") + 2] == '^';
    ck_assert_msg(carets == 5, "%d carets:\n%s", carets, outcome.out);
    outcome_expect(outcome, 1, "5 errors", "");
    harness_stop(&harness);
}
END_TEST

START_TEST(a_manifest_is_converted_there_and_back)
{
    if (!harness_start(&harness, "convert", NULL))
        return;
    harness_write(&harness, "a.json",
        "{\"container_name\": \"a\", \"image\": {\"name\": \"localhost:5000/x:1\"}, "
        "\"hooks\": [{\"path\": \"/bin/true\", \"type\": 2}]}");
    scoped_free char *cm = memory_format("%s/a.json", harness.manifests);
    const char *to_internal[] = {"convert", cm, NULL};
    struct outcome_of_run internal = harness_run(&harness, to_internal);
    ck_assert_msg(
        strstr(internal.out, "\"name\": \"a\"") && strstr(internal.out, "\"type\": \"Poststop\""),
        "%s", internal.out);
    harness_write(&harness, "b.json", "%s", internal.out);
    scoped_free char *path = memory_format("%s/b.json", harness.manifests);
    const char *to_cm[] = {"convert", path, NULL};
    struct outcome_of_run back = harness_run(&harness, to_cm);
    ck_assert_msg(strstr(back.out, "\"container_name\": \"a\"") && strstr(back.out, "\"type\": 2"),
        "%s", back.out);
    outcome_finish(&internal);
    outcome_finish(&back);
    harness_stop(&harness);
}
END_TEST

START_TEST(what_is_passed_over_is_told_when_asked_for)
{
    if (!harness_start(&harness, "verbose", NULL))
        return;
    harness_write(&harness, "a.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}");
    harness_write(&harness, "a.json.bak", "{}");
    const char *quiet[] = {"apply", harness.manifests, NULL};
    const char *verbose[] = {"apply", harness.manifests, "--verbose", NULL};
    struct outcome_of_run outcome = harness_run(&harness, quiet);
    ck_assert_ptr_null(strstr(outcome.err, "passed over"));
    outcome_finish(&outcome);
    outcome_expect(harness_run(&harness, verbose), 0, "a: runs as desired",
        "a.json.bak: passed over: a backup");
    harness_stop(&harness);
}
END_TEST

void add_conf_tests(TCase *cases)
{
    tcase_add_test(cases, broken_sources_stop_no_other);
    tcase_add_test(cases, a_missing_folder_is_no_empty_one);
    tcase_add_test(cases, a_folder_of_what_only_looks_like_manifests_is_told);
    tcase_add_test(cases, a_source_that_is_away_is_served_from_what_it_stated_last);
    tcase_add_test(cases, all_mistakes_of_a_conf_are_told);
    tcase_add_test(cases, a_wrong_key_of_a_plugin_is_a_wrong_configuration);
    tcase_add_loop_test(cases, mistakes_of_a_person_are_answered, 0, countof(mistakes));
    tcase_add_test(cases, a_plugin_commands_no_terminal);
    tcase_add_test(cases, a_missing_daemon_has_an_exit_status_of_its_own);
    tcase_add_test(cases, five_mistakes_have_five_carets);
    tcase_add_test(cases, a_manifest_is_converted_there_and_back);
    tcase_add_test(cases, what_is_passed_over_is_told_when_asked_for);
}
