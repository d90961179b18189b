/* The program, the daemon or both die in the middle of a change: the next pass comes to its end. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "hand.h"
#include "harness.h"
#include "model/container.h"
#include "parts.h"
#include "suite.h"

#include <cjson/cJSON.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static struct harness harness;
static const char *const images[] = {HARNESS_IMAGES, NULL};

#define SLEEPER(N) "\"image\": {\"name\": \"localhost:5000/sleeper:" #N "\"}"
#define CRASHER    "\"image\": {\"name\": \"localhost:5000/crasher:1\"}"
#define POLICY     "\"host_config\": {\"restart_policy\": {\"type\": \"%s\"}}"

static const char *arguments[] = {"apply", NULL, "--existing", "update", NULL};

static bool begin(const char *name)
{
    if (!harness_start(&harness, name, images))
        return false;
    harness.soak = harness.real ? "1s" : "300ms";
    arguments[1] = harness.manifests;
    return true;
}

static void applied(int exit_code, const char *out)
{
    outcome_expect(harness_run(&harness, arguments), exit_code, out, "");
}

static void expect_running(const char *name, const char *image, const char *policy)
{
    scoped_container Kanto__Container *container = hand_find(&harness, name);
    ck_assert_str_eq(container_status_word(container_status(container)), "Running");
    ck_assert_str_eq(container_image(container), image);
    ck_assert_str_eq(container_policy(container), policy);
}

static const struct {
    const char *method; /* the program dies when this has been answered */
    bool crasher;       /* the new one is no good */
    const char *policy;
} deaths[] = {
    {"List", false, "always"},
    {"Create", false, "always"},
    {"Update", false, "always"},
    {"Stop", false, "always"},
    {"Start", false, "always"},
    {"Get", false, "always"},
    {"Create", true, "on-failure"},
    {"Stop", true, "on-failure"},
    {"Start", true, "on-failure"},
    {"Logs", true, "on-failure"},
    {"Remove", true, "on-failure"},
    {"Stop", true, "unless-stopped"},
    {"Start", true, "no"},
};

START_TEST(the_program_is_killed_in_each_phase_of_a_replacement)
{
    bool crasher = deaths[_i].crasher;
    if (!begin("killed-in-phase"))
        return;
    harness_write(&harness, "a.json", "{" SLEEPER(1) ", " POLICY "}", deaths[_i].policy);
    applied(0, "1 deployed");
    harness_forget_calls(&harness);
    harness_write(&harness, "a.json",
        crasher ? "{" CRASHER ", " POLICY "}" : "{" SLEEPER(2) ", " POLICY "}", deaths[_i].policy);
    pid_t pid = harness_begin(&harness, arguments);
    harness_wait_for_answer(&harness, deaths[_i].method, 1);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    applied(crasher ? 1 : 0, "");
    expect_running(
        "a", crasher ? "localhost:5000/sleeper:1" : "localhost:5000/sleeper:2", deaths[_i].policy);
    if (crasher)
        harness_write(&harness, "a.json", "{" SLEEPER(1) ", " POLICY "}", deaths[_i].policy);
    harness_forget_calls(&harness);
    applied(0, "1 kept");
    ck_assert_int_eq(harness_calls(&harness, "List"), 1);
    harness_stop(&harness);
}
END_TEST

static const char *const calls[] = {"Create", "Stop", "Start"};

START_TEST(the_daemon_is_killed_in_the_middle_of_a_replacement)
{
    if (!begin("daemon-killed") || !hand_can_crash(&harness))
        return;
    harness_write(&harness, "a.json", "{" SLEEPER(1) "}");
    applied(0, "1 deployed");
    harness_forget_calls(&harness);
    harness_write(&harness, "a.json", "{" SLEEPER(2) "}");
    harness.settle = "10s";
    pid_t pid = harness_begin(&harness, arguments);
    harness_wait_for_answer(&harness, calls[_i], 1);
    hand_crash(&harness);
    hand_revive(&harness, images);
    struct outcome_of_run outcome = harness_end(&harness, pid);
    ck_assert_msg(outcome.exit_code >= 0, "%s%s", outcome.out, outcome.err);
    outcome_finish(&outcome);
    applied(0, "");
    expect_running("a", "localhost:5000/sleeper:2", "unless-stopped");
    harness_stop(&harness);
}
END_TEST

/* Those that ended while no daemon was there are started, also under policies that would have done
 * so; of those that run it is said that nobody watches over them. */
START_TEST(after_a_crash_of_the_daemon_what_ended_is_started)
{
    if (!begin("daemon-crash") || !hand_can_crash(&harness))
        return;
    harness.soak = "1500ms"; /* they are clearly older than the daemon that comes */
    harness_write(&harness, "always.json", "{" SLEEPER(1) ", " POLICY "}", "always");
    harness_write(&harness, "unless.json", "{" SLEEPER(1) ", " POLICY "}", "unless-stopped");
    harness_write(&harness, "runs.json", "{" SLEEPER(1) ", " POLICY "}", "always");
    harness_write(&harness, "by-hand.json", "{" SLEEPER(1) ", " HARNESS_LEAVES "}");
    applied(0, "4 deployed");
    hand_call(&harness, KANTO_STOP, "by-hand");
    scoped_container Kanto__Container *always = hand_find(&harness, "always");
    scoped_container Kanto__Container *unless = hand_find(&harness, "unless");
    scoped_container Kanto__Container *runs = hand_find(&harness, "runs");
    hand_crash(&harness);
    hand_kill_unseen(&harness, always);
    hand_kill_unseen(&harness, unless);
    hand_revive(&harness, images);
    harness.settle = "10s";
    struct outcome_of_run outcome = harness_run(&harness, arguments);
    ck_assert_msg(
        strstr(outcome.out, "runs: kanto-cm crashed under it") != NULL, "%s", outcome.out);
    outcome_expect(outcome, 0, "by-hand: was stopped by hand", "");
    expect_running("always", "localhost:5000/sleeper:1", "always");
    expect_running("unless", "localhost:5000/sleeper:1", "unless-stopped");
    scoped_container Kanto__Container *still = hand_find(&harness, "runs");
    ck_assert_str_eq(still->state->started_at, runs->state->started_at);
    harness_stop(&harness);
}
END_TEST

/* "name action role …" of each container that has steps. */
static char *steps_of(const char *json)
{
    struct text text = {0};
    cJSON *root = cJSON_Parse(json);
    const cJSON *container, *step;
    cJSON_ArrayForEach(container, cJSON_GetObjectItem(root, "containers"))
    {
        text_add_format(&text, "%s:", cJSON_GetStringValue(cJSON_GetObjectItem(container, "name")));
        cJSON_ArrayForEach(step, cJSON_GetObjectItem(container, "steps")) text_add_format(&text,
            " %s %s,", cJSON_GetStringValue(cJSON_GetObjectItem(step, "action")),
            cJSON_GetStringValue(cJSON_GetObjectItem(step, "role")));
        text_add(&text, "\n");
    }
    cJSON_Delete(root);
    return text_steal(&text);
}

static char *steps_by(const char *command)
{
    const char *with_json[] = {
        command, harness.manifests, "--existing", "update", "--output", "json", NULL};
    struct outcome_of_run outcome = harness_run(&harness, with_json);
    char *steps = steps_of(outcome.out);
    outcome_finish(&outcome);
    return steps;
}

START_TEST(a_plan_has_the_very_steps_of_the_pass)
{
    if (!begin("plan-apply"))
        return;
    harness_write(&harness, "a.json", "{" SLEEPER(1) ", " HARNESS_LEAVES ", " POLICY "}", "always");
    harness_write(&harness, "b.json", "{" SLEEPER(1) "}");
    harness_write(&harness, "c.json", "{" SLEEPER(1) "}");
    applied(0, "3 deployed");
    harness_write(&harness, "a.json", "{" SLEEPER(2) ", " HARNESS_LEAVES ", " POLICY "}", "always");
    harness_write(&harness, "b.json", "{" SLEEPER(1) ", " POLICY "}", "on-failure");
    scoped_free char *fresh = memory_format("z%s.json", harness_letters(&harness));
    harness_write(&harness, fresh, "{" SLEEPER(1) "}");
    scoped_free char *planned = steps_by("plan");
    scoped_free char *done = steps_by("apply");
    ck_assert_str_eq(planned, done);
    ck_assert_ptr_nonnull(
        strstr(planned, "a: create new, look old, update old, stop old, start new, watch new, "));
    scoped_free char *rest = memory_format(
        "b: look , update ,\nc:\nz%s: create , start , watch ,\n", harness_letters(&harness));
    ck_assert_msg(strstr(planned, rest) != NULL, "%s", planned);
    harness_stop(&harness);
}
END_TEST

void add_recovery_tests(TCase *cases)
{
    tcase_add_loop_test(
        cases, the_program_is_killed_in_each_phase_of_a_replacement, 0, countof(deaths));
    tcase_add_loop_test(
        cases, the_daemon_is_killed_in_the_middle_of_a_replacement, 0, countof(calls));
    tcase_add_test(cases, after_a_crash_of_the_daemon_what_ended_is_started);
    tcase_add_test(cases, a_plan_has_the_very_steps_of_the_pass);
}
