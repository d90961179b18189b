/* A manifest is edited: what runs follows, and comes back when the new one is no good. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "hand.h"
#include "harness.h"
#include "model/container.h"
#include "parts.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static struct harness harness;
static const char *const images[] = {HARNESS_IMAGES, NULL};

#define SLEEPER(N) "\"image\": {\"name\": \"localhost:5000/sleeper:" #N "\"}"
#define CRASHER    "\"image\": {\"name\": \"localhost:5000/crasher:1\"}"
#define POLICY     "\"host_config\": {\"restart_policy\": {\"type\": \"%s\"}}"

static const char *const policies[] = {"no", "on-failure", "always", "unless-stopped"};

static struct outcome_of_run run(const char *command, const char *option, const char *value)
{
    const char *arguments[] = {
        command, harness.manifests, "--existing", "update", option, value, NULL};
    return harness_run(&harness, arguments);
}

static void applied(int exit_code, const char *out)
{
    outcome_expect(run("apply", NULL, NULL), exit_code, out, "");
}

/* After all that, the world is as the manifests say: nothing is left to do. */
static void expect_nothing_to_do(void)
{
    outcome_expect(run("plan", NULL, NULL), 0, "nothing to do", "");
}

/* The one container of that name runs this image, and has been given its policy back. */
static void expect_running(const char *name, const char *image, const char *policy)
{
    scoped_container Kanto__Container *container = hand_find(&harness, name);
    ck_assert_str_eq(container_status_word(container_status(container)), "Running");
    ck_assert_str_eq(container_image(container), image);
    ck_assert_str_eq(container_policy(container), policy);
}

static char *id_of(const char *name)
{
    scoped_container Kanto__Container *container = hand_find(&harness, name);
    return memory_string(container_id(container));
}

static bool begin(const char *name)
{
    if (!harness_start(&harness, name, images))
        return false;
    harness.soak = harness.real ? "1s" : "200ms";
    return true;
}

START_TEST(a_good_image_replaces_and_the_gap_is_told)
{
    const char *policy = policies[_i];
    if (!begin("replaced"))
        return;
    harness_write(&harness, "a.json", "{" SLEEPER(1) ", " POLICY "}", policy);
    applied(0, "1 deployed");
    harness_write(&harness, "a.json", "{" SLEEPER(2) ", " POLICY "}", policy);
    outcome_expect(run("plan", NULL, NULL), 2, "± a  create, ", "");
    applied(0, "a: replaced; nothing ran for at most ");
    expect_running("a", "localhost:5000/sleeper:2", policy);
    expect_nothing_to_do();
    harness_stop(&harness);
}
END_TEST

START_TEST(an_unknown_tag_never_stops_the_old_one)
{
    if (!begin("unknown-tag"))
        return;
    harness_write(&harness, "a.json", "{" SLEEPER(1) "}");
    applied(0, "1 deployed");
    scoped_container Kanto__Container *before = hand_find(&harness, "a");
    harness_forget_calls(&harness);
    harness_write(&harness, "a.json", "{\"image\": {\"name\": \"localhost:5000/nosuch:1\"}}");
    applied(1, "the old one is as it was");
    scoped_container Kanto__Container *after = hand_find(&harness, "a");
    ck_assert_str_eq(before->id, after->id);
    ck_assert_str_eq(before->state->started_at, after->state->started_at);
    ck_assert_int_eq(harness_calls(&harness, "Stop") + harness_calls(&harness, "Update"), 0);

    /* Not again and again, until it is asked for. */
    harness_forget_calls(&harness);
    applied(1, "not found");
    ck_assert_int_eq(harness_calls(&harness, "Create"), 0);
    outcome_expect(run("apply", "--retry", "a"), 1, "the old one is as it was", "");
    ck_assert_int_eq(harness_calls(&harness, "Create"), 1);
    harness_stop(&harness);
}
END_TEST

START_TEST(one_that_crashes_is_rolled_back_with_its_last_words)
{
    const char *policy = policies[_i];
    if (!begin("rolled-back"))
        return;
    harness_write(&harness, "a.json", "{" SLEEPER(1) ", " POLICY "}", policy);
    applied(0, "1 deployed");
    harness_write(&harness, "a.json", "{" CRASHER ", " POLICY "}", policy);
    struct outcome_of_run outcome = run("apply", NULL, NULL);
    /* Seen between two of its lives it has no exit code. */
    ck_assert_msg(strstr(outcome.out, "it ended with exit code 3") ||
                      strstr(outcome.out, "it ended and was started again"),
        "%s", outcome.out);
    ck_assert_msg(strstr(outcome.out, "| boom") != NULL, "%s", outcome.out);
    outcome_expect(outcome, 1, "a: the new one failed; the old one runs again", "");
    expect_running("a", "localhost:5000/sleeper:1", policy);
    harness_write(&harness, "a.json", "{" SLEEPER(1) ", " POLICY "}", policy);
    expect_nothing_to_do();
    harness_stop(&harness);
}
END_TEST

/* What is known to fail is not tried: the port is another container's. */
static const struct {
    const char *config, *told, *verdict;
} refused[] = {
    {"\"config\": {\"cmd\": [\"/no/such\"]}", "no such file or directory",
        "a: the new one failed; the old one runs again"},
    {"\"host_config\": {\"port_mappings\": [{\"host_port\": 38999, \"container_port\": 80}]}",
        "container taken has a host port of it", "1 waiting"},
};

START_TEST(one_that_cannot_start_is_rolled_back)
{
    if (!begin("no-start"))
        return;
    harness_write(&harness, "a.json", "{" SLEEPER(1) ", " HARNESS_LEAVES "}");
    harness_write(&harness, "taken.json", "{" SLEEPER(1) ", %s}", refused[1].config);
    applied(0, "2 deployed");
    scoped_free char *id = id_of("a");
    harness_write(&harness, "a.json", "{" SLEEPER(1) ", %s}", refused[_i].config);
    struct outcome_of_run outcome = run("apply", NULL, NULL);
    ck_assert_msg(strstr(outcome.out, refused[_i].told) != NULL, "%s", outcome.out);
    outcome_expect(outcome, 1, refused[_i].verdict, "");
    scoped_free char *now = id_of("a");
    ck_assert_str_eq(id, now);
    expect_running("a", "localhost:5000/sleeper:1", "unless-stopped");
    harness_stop(&harness);
}
END_TEST

START_TEST(an_explicit_id_gives_way_and_that_is_said)
{
    if (!begin("explicit-id"))
        return;
    const char *mine = harness_letters(&harness);
    harness_write(&harness, "a.json", "{" SLEEPER(1) ", \"id\": \"%s\"}", mine);
    applied(0, "1 deployed");
    scoped_free char *id = id_of(mine);
    ck_assert_str_eq(id, mine);
    harness_write(&harness, "a.json", "{" SLEEPER(2) ", \"id\": \"%s\"}", mine);
    applied(0, "as the manifest's own was taken by the old one");
    expect_running(mine, "localhost:5000/sleeper:2", "unless-stopped");
    expect_nothing_to_do();
    harness_stop(&harness);
}
END_TEST

START_TEST(start_first_leaves_no_gap)
{
    if (!begin("start-first"))
        return;
    harness_write(&harness, "a.json", "{" SLEEPER(1) "}");
    applied(0, "1 deployed");
    harness_write(&harness, "a.json", "{" SLEEPER(2) "}");
    struct outcome_of_run outcome = run("apply", "--replace", "start-first");
    const char *started = strstr(outcome.out, "new one running");
    const char *removed = strstr(outcome.out, "removing the old one");
    ck_assert_msg(started && removed && started < removed, "%s", outcome.out);
    outcome_expect(outcome, 0, "a: replaced without a gap", "");
    expect_running("a", "localhost:5000/sleeper:2", "unless-stopped");
    harness_stop(&harness);
}
END_TEST

START_TEST(one_that_crashes_in_a_loop_is_replaced)
{
    const char *policy = policies[1 + _i];
    if (!begin("old-loops"))
        return;
    harness_write(&harness, "a.json", "{" CRASHER ", " POLICY "}", policy);
    applied(1, "| boom");
    harness_write(&harness, "a.json", "{" SLEEPER(1) ", " POLICY "}", policy);
    applied(0, "a: replaced");
    expect_running("a", "localhost:5000/sleeper:1", policy);
    expect_nothing_to_do();
    harness_stop(&harness);
}
END_TEST

START_TEST(a_missed_end_is_got_over_and_the_gap_is_told)
{
    static const char *const missed[] = {HARNESS_IMAGES, "--with", "missed-exits=100", NULL};
    if (!harness_start(&harness, "missed", missed))
        return;
    harness_write(&harness, "a.json", "{" SLEEPER(1) "}");
    applied(0, "1 deployed");
    harness_write(&harness, "a.json", "{" SLEEPER(2) "}");
    applied(0, "a: replaced; nothing ran for at most ");
    harness_write(&harness, "a.json", "{" SLEEPER(1) "}");
    outcome_expect(run("apply", "--replace", "start-first"), 0, "a: replaced without a gap", "");
    harness_write(&harness, "a.json", "{" SLEEPER(2) "}");
    applied(0, "a: replaced; nothing ran for at most ");
    harness_write(&harness, "a.json", "{" CRASHER "}");
    harness.soak = harness.real ? "1s" : "200ms";
    struct outcome_of_run outcome = run("apply", NULL, NULL);
    ck_assert_msg(!strstr(outcome.out, "runs again (stop)"), "%s", outcome.out);
    outcome_expect(outcome, 1,
        "a: creating the old one again (pulls localhost:5000/sleeper:2 if it is missing)", "");
    expect_running("a", "localhost:5000/sleeper:2", "unless-stopped");
    harness_stop(&harness);
}
END_TEST

#define MEMORY                                                                                     \
    "\"host_config\": {\"restart_policy\": {\"type\": \"%s\"}, \"resources\": {\"memory\": "       \
    "\"%s\"}}"

START_TEST(resources_and_policy_are_changed_in_place)
{
    if (!begin("in-place"))
        return;
    harness_write(&harness, "runs.json", "{" SLEEPER(1) ", " MEMORY "}", "unless-stopped", "20M");
    harness_write(&harness, "done.json",
        "{\"image\": {\"name\": \"localhost:5000/oneshot:1\"}, " MEMORY "}", "no", "20M");
    applied(0, "1 deployed, 1 done");
    scoped_container Kanto__Container *before = hand_find(&harness, "runs");
    harness_forget_calls(&harness);
    harness_write(&harness, "runs.json", "{" SLEEPER(1) ", " MEMORY "}", "on-failure", "30M");
    harness_write(&harness, "done.json",
        "{\"image\": {\"name\": \"localhost:5000/oneshot:1\"}, " MEMORY "}", "no", "30M");
    applied(0, "1 updated, 1 done");
    ck_assert_int_eq(harness_calls(&harness, "Update"), 2);
    ck_assert_int_eq(harness_calls(&harness, "Create") + harness_calls(&harness, "Start"), 0);
    scoped_container Kanto__Container *after = hand_find(&harness, "runs");
    ck_assert_str_eq(before->state->started_at, after->state->started_at);
    ck_assert_str_eq(container_policy(after), "on-failure");
    ck_assert_str_eq(after->host_config->resources->memory, "30M");
    expect_nothing_to_do();

    /* What the manifest says no more is taken away. */
    harness_write(&harness, "runs.json", "{" SLEEPER(1) "}");
    applied(0, "1 updated");
    expect_nothing_to_do();
    harness_stop(&harness);
}
END_TEST

START_TEST(what_was_stopped_by_hand_is_left_until_its_manifest_changes)
{
    if (!begin("by-hand"))
        return;
    harness_write(&harness, "a.json", "{" SLEEPER(1) ", " HARNESS_LEAVES ", " MEMORY "}",
        "unless-stopped", "20M");
    applied(0, "1 deployed");
    hand_call(&harness, KANTO_STOP, "a");
    applied(0, "a: was stopped by hand");
    /* A policy that it is given could start it. */
    harness_write(
        &harness, "a.json", "{" SLEEPER(1) ", " HARNESS_LEAVES ", " MEMORY "}", "always", "30M");
    harness_forget_calls(&harness);
    applied(0, "a: was stopped by hand; what differs is changed when it runs again");
    ck_assert_int_eq(harness_calls(&harness, "Update"), 0);
    hand_call(&harness, KANTO_START, "a");
    applied(0, "1 updated");
    expect_running("a", "localhost:5000/sleeper:1", "always");

    harness_write(&harness, "a.json", "{" SLEEPER(1) ", " HARNESS_LEAVES "}");
    applied(0, "1 updated");
    hand_call(&harness, KANTO_STOP, "a");
    harness_write(&harness, "a.json", "{" SLEEPER(2) "}");
    applied(0, "a: replaced");
    expect_running("a", "localhost:5000/sleeper:2", "unless-stopped");
    harness_stop(&harness);
}
END_TEST

START_TEST(what_is_paused_is_left)
{
    if (!begin("paused"))
        return;
    harness_write(&harness, "a.json", "{" SLEEPER(1) "}");
    applied(0, "1 deployed");
    hand_call(&harness, KANTO_PAUSE, "a");
    harness_write(&harness, "a.json", "{" SLEEPER(2) "}");
    applied(0, "a: is paused");
    hand_call(&harness, KANTO_UNPAUSE, "a");
    applied(0, "a: replaced");
    harness_stop(&harness);
}
END_TEST

/* Shared wait at the end; nothing to go back to, so it is told and left. */
START_TEST(a_first_deploy_is_watched_and_told)
{
    if (!begin("first"))
        return;
    harness_write(&harness, "good.json", "{" SLEEPER(1) "}");
    harness_write(&harness, "bad.json", "{" CRASHER ", " POLICY "}", "no");
    harness_write(&harness, "once.json",
        "{\"image\": {\"name\": \"localhost:5000/oneshot:1\"}, " POLICY "}", "no");
    struct outcome_of_run outcome = run("apply", NULL, NULL);
    static const char *const told[] = {"bad: was started and is down again",
        "it ended with exit code 3", "| boom", "1 deployed", "1 done", "1 failed"};
    for (size_t i = 0; i < countof(told); i++)
        ck_assert_msg(strstr(outcome.out, told[i]) != NULL, "%s: %s", told[i], outcome.out);
    outcome_expect(outcome, 1, "once: ended with exit code 0", "");
    ck_assert_int_eq(harness_calls(&harness, "List"), 2);
    harness_stop(&harness);
}
END_TEST

/* A hook writes its own line; the old one's and the new one's, before and after. */
START_TEST(hooks_of_the_old_one_and_the_new_one_run)
{
    static const char *const switches[] = {HARNESS_IMAGES, HARNESS_RUN_HOOKS, NULL};
    static const char hook[] = "{" SLEEPER(1) ", " HARNESS_LEAVES ", \"hooks\": ["
                                              "{\"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", "
                                              "\"echo %s >>%s/hooks\"], \"type\": \"Prestart\"},"
                                              "{\"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", "
                                              "\"echo %s >>%s/hooks\"], \"type\": \"Poststop\"}]}";
    if (!harness_start(&harness, "hooks-replaced", switches))
        return;
    harness.soak = harness.real ? "1s" : "200ms";
    harness_write(&harness, "a.json", hook, "old-up", harness.folder, "old-down", harness.folder);
    applied(0, "1 deployed");
    harness_write(&harness, "a.json", hook, "new-up", harness.folder, "new-down", harness.folder);
    applied(0, "a: replaced");
    scoped_free char *path = memory_format("%s/hooks", harness.folder);
    scoped_free char *lines = NULL;
    size_t length = 0;
    ck_assert_int_eq(file_read(path, 1 << 16, &lines, &length, NULL), 0);
    ck_assert_str_eq(lines, "old-up\nold-down\nnew-up\n");
    harness_stop(&harness);
}
END_TEST

void add_converge_tests(TCase *cases)
{
    tcase_add_loop_test(cases, a_good_image_replaces_and_the_gap_is_told, 0, countof(policies));
    tcase_add_test(cases, an_unknown_tag_never_stops_the_old_one);
    tcase_add_loop_test(
        cases, one_that_crashes_is_rolled_back_with_its_last_words, 0, countof(policies));
    tcase_add_loop_test(cases, one_that_cannot_start_is_rolled_back, 0, countof(refused));
    tcase_add_test(cases, an_explicit_id_gives_way_and_that_is_said);
    tcase_add_test(cases, start_first_leaves_no_gap);
    tcase_add_loop_test(cases, one_that_crashes_in_a_loop_is_replaced, 0, countof(policies) - 1);
    tcase_add_test(cases, a_missed_end_is_got_over_and_the_gap_is_told);
    tcase_add_test(cases, resources_and_policy_are_changed_in_place);
    tcase_add_test(cases, what_was_stopped_by_hand_is_left_until_its_manifest_changes);
    tcase_add_test(cases, what_is_paused_is_left);
    tcase_add_test(cases, a_first_deploy_is_watched_and_told);
    tcase_add_test(cases, hooks_of_the_old_one_and_the_new_one_run);
}
