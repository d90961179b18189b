/* Deploying from a folder. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "harness.h"
#include "model/container.h"
#include "parts.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct harness harness;

static struct outcome_of_run run(const char *command, const char *first, const char *second)
{
    const char *arguments[] = {command, harness.manifests, first, second, NULL};
    return harness_run(&harness, arguments);
}

static void expect_calls(int lists, int creates, int starts)
{
    ck_assert_int_eq(harness_calls(&harness, "List"), lists);
    ck_assert_int_eq(harness_calls(&harness, "Create"), creates);
    ck_assert_int_eq(harness_calls(&harness, "Start"), starts);
}

/* Our own examples, both dialects, and the second pass makes one List and no other call. */
START_TEST(the_examples_run_and_a_second_pass_does_nothing)
{
    if (!harness_start(&harness, "examples", NULL))
        return;
    const char *examples = suite_source("conf/examples");
    const char *arguments[] = {"apply", examples, NULL};
    const char *plan[] = {"plan", examples, NULL};
    int all = 0, running = 0;
    outcome_expect(harness_run(&harness, plan), 2, "to create", "");
    harness_forget_calls(&harness);
    outcome_expect(harness_run(&harness, arguments), 0, "deployed", "");
    harness_totals(&harness, &all, &running);
    ck_assert_int_ge(all, 5);
    ck_assert_int_eq(all, running);
    expect_calls(1, all, all);
    harness_forget_calls(&harness);
    outcome_expect(harness_run(&harness, arguments), 0, "kept", "");
    expect_calls(1, 0, 0);
    outcome_expect(harness_run(&harness, plan), 0, "nothing to do", "");
    harness_stop(&harness);
}
END_TEST

START_TEST(one_bad_manifest_stops_no_other)
{
    if (!harness_start(&harness, "one-bad-manifest", NULL))
        return;
    harness_write(&harness, "a.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}");
    harness_write(&harness, "b.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"},}");
    harness_write(&harness, "c.json", "{\"image\": {\"name\": \"localhost:5000/nosuch:1\"}}");
    harness_write(&harness, "d.json",
        "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}, \"host_config\": "
        "{\"network_mode\": \"none\"}}");
    outcome_expect(run("apply", NULL, NULL), 1,
        "c: kanto-cm refused it\n    create: failed to resolve reference", "b.json:1:");
    int running = 0;
    ck_assert_int_eq(harness_count(&harness, "a", &running), 1);
    ck_assert_int_eq(running, 1);
    ck_assert_int_eq(harness_count(&harness, "b", NULL) + harness_count(&harness, "d", NULL), 0);
    ck_assert_int_eq(
        harness_calls(&harness, "Create"), 2); /* d is refused before anything is sent */
    harness_stop(&harness);
}
END_TEST

START_TEST(what_differs_is_shown_field_by_field)
{
    if (!harness_start(&harness, "differs", NULL))
        return;
    harness_write(&harness, "a.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}");
    outcome_expect(run("apply", NULL, NULL), 0, "1 deployed", "");
    harness_write(&harness, "a.json",
        "{\"image\": {\"name\": \"localhost:5000/sleeper:2\"}, \"config\": {\"env\": "
        "[\"A=1\"]}, \"hooks\": [{\"path\": \"/bin/true\", \"type\": 0}]}");
    outcome_expect(run("plan", NULL, NULL), 0, "= a  keep: differs from the manifest", "");
    outcome_expect(run("plan", "--existing", "update"), 2,
        "image.name: \"localhost:5000/sleeper:1\" → \"localhost:5000/sleeper:2\"", "");
    outcome_expect(run("plan", "--existing", "update"), 2,
        "hooks: (not set) → [{\"path\":\"/bin/true\",\"type\":\"Prestart\"}]", "");
    harness_stop(&harness);
}
END_TEST

static const struct {
    const char *written, *sent;
} hooks[] = {{"\"Prestart\"", "Prestart"}, {"0", "Prestart"}, {"\"poststart\"", "Poststart"},
    {"1", "Poststart"}, {"\"POSTSTOP\"", "Poststop"}, {"2", "Poststop"}};

START_TEST(hooks_reach_the_daemon_in_its_own_words)
{
    if (!harness_start(&harness, "hooks", NULL))
        return;
    for (size_t i = 0; i < countof(hooks); i++) {
        scoped_free char *name = memory_format("h%zu.json", i);
        harness_write(&harness, name,
            "{\"container_name\": \"h%zu\", \"image\": {\"name\": "
            "\"localhost:5000/sleeper:1\"}, \"hooks\": [{\"path\": \"/bin/true\", \"args\": "
            "[\"true\"], \"type\": %s}]}",
            i, hooks[i].written);
    }
    harness_write(&harness, "wrong.json",
        "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}, \"hooks\": [{\"path\": "
        "\"/bin/true\", \"type\": \"prestop\"}]}");
    outcome_expect(run("apply", NULL, NULL), 1, "deployed", "wrong.json:1:");
    Kanto__ListContainersResponse *list = harness_list(&harness);
    ck_assert_uint_eq(list->n_containers, countof(hooks));
    for (size_t i = 0; i < list->n_containers; i++) {
        size_t which = (size_t)(list->containers[i]->name[1] - '0');
        ck_assert_str_eq(list->containers[i]->hooks[0]->type, hooks[which].sent);
    }
    kanto__list_containers_response__free_unpacked(list, NULL);
    harness_stop(&harness);
}
END_TEST

START_TEST(two_manifests_of_one_name_are_told)
{
    if (!harness_start(&harness, "double-names", NULL))
        return;
    harness_write(&harness, "a.json",
        "{\"name\": \"x\", \"image\": {\"name\": \"localhost:5000/sleeper:1\"}}");
    harness_write(&harness, "b.json",
        "{\"name\": \"x\", \"image\": {\"name\": \"localhost:5000/sleeper:2\"}}");
    outcome_expect(
        run("apply", NULL, NULL), 1, "1 deployed", "b.json: a second manifest for \"x\"");
    ck_assert_int_eq(harness_count(&harness, "x", NULL), 1);
    harness_stop(&harness);
}
END_TEST

START_TEST(an_array_of_manifests_is_deployed)
{
    if (!harness_start(&harness, "array", NULL))
        return;
    harness_write(&harness, "all.json",
        "[{\"name\": \"a\", \"image\": {\"name\": \"localhost:5000/sleeper:1\"}}, "
        "{\"container_name\": \"b\", \"image\": {\"name\": \"localhost:5000/sleeper:1\"}}]");
    outcome_expect(run("apply", NULL, NULL), 0, "2 deployed", "");
    harness_stop(&harness);
}
END_TEST

START_TEST(the_report_is_kept_as_json)
{
    if (!harness_start(&harness, "report", NULL))
        return;
    harness_write(&harness, "a.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}");
    outcome_expect(run("apply", "--output", "json"), 0, "\"verdict\":\t\"deployed\"", "");
    scoped_free char *path = memory_format("%s/last-report.json", harness.state);
    scoped_free char *bytes = NULL;
    size_t length = 0;
    struct error err = {0};
    ck_assert_msg(file_read(path, 1 << 20, &bytes, &length, &err) == 0, "%s", err.text);
    ck_assert(strstr(bytes, "\"name\":\t\"a\"") && strstr(bytes, "\"exit_code\":\t0"));
    harness_stop(&harness);
}
END_TEST

START_TEST(a_state_folder_that_cannot_be_written_is_told_and_deploys)
{
    if (!harness_start(&harness, "no-state", NULL))
        return;
    harness_write(&harness, "a.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}");
    const char *arguments[] = {"apply", harness.manifests, NULL};
    free(harness.state);
    harness.state = memory_string("/proc/no/such/folder");
    outcome_expect(harness_run(&harness, arguments), 1, "1 deployed", "nothing is remembered");
    outcome_expect(harness_run(&harness, arguments), 1, "1 kept", "");
    /* What cannot be remembered is not begun. */
    const char *update[] = {"apply", harness.manifests, "--existing", "update", NULL};
    harness_write(&harness, "a.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:2\"}}");
    outcome_expect(
        harness_run(&harness, update), 1, "the journal cannot be written", "nothing is remembered");
    harness_stop(&harness);
}
END_TEST

/* What nobody wrote but the daemon's own documentation shows: a manifest by the original tool. */
START_TEST(the_documented_manifest_is_deployed)
{
    const char *shared =
        suite_shared("manifests/databroker-as-documented.json", "the documented manifest");
    scoped_free char *bytes = NULL;
    size_t length = 0;
    struct error err = {0};
    if (!shared || !harness_start(&harness, "documented", NULL))
        return;
    ck_assert_msg(file_read(shared, 1 << 20, &bytes, &length, &err) == 0, "%s", err.text);
    static const char image[] = "ghcr.io/eclipse/kuksa.val/databroker:0.2.5";
    char *at = strstr(bytes, image);
    ck_assert_ptr_nonnull(at);
    harness_write(&harness, "databroker.json", "%.*slocalhost:5000/sleeper:1%s", (int)(at - bytes),
        bytes, at + sizeof(image) - 1);
    outcome_expect(run("apply", NULL, NULL), 0, "1 deployed", "");
    int running = 0;
    ck_assert_int_eq(harness_count(&harness, "databroker", &running), 1);
    ck_assert_int_eq(running, 1);
    harness_stop(&harness);
}
END_TEST

void add_apply_tests(TCase *cases)
{
    tcase_add_test(cases, the_examples_run_and_a_second_pass_does_nothing);
    tcase_add_test(cases, one_bad_manifest_stops_no_other);
    tcase_add_test(cases, what_differs_is_shown_field_by_field);
    tcase_add_test(cases, hooks_reach_the_daemon_in_its_own_words);
    tcase_add_test(cases, two_manifests_of_one_name_are_told);
    tcase_add_test(cases, an_array_of_manifests_is_deployed);
    tcase_add_test(cases, the_report_is_kept_as_json);
    tcase_add_test(cases, a_state_folder_that_cannot_be_written_is_told_and_deploys);
    tcase_add_test(cases, the_documented_manifest_is_deployed);
}
