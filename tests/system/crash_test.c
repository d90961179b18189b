/* Interruptions: of the program, of the daemon's first seconds, of a person. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "harness.h"
#include "parts.h"
#include "suite.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define COUNT 20

static struct harness harness;

static void expect_one_each(void)
{
    int all = 0, running = 0;
    harness_totals(&harness, &all, &running);
    ck_assert_int_eq(all, COUNT);
    ck_assert_int_eq(running, COUNT);
}

static void rerun(int exit_code)
{
    const char *arguments[] = {"apply", harness.manifests, NULL};
    struct outcome_of_run outcome = harness_run(&harness, arguments);
    ck_assert_msg(outcome.exit_code == exit_code, "exit status %d\n%s\n%s", outcome.exit_code,
        outcome.out, outcome.err);
    outcome_finish(&outcome);
}

/* On the simulation the moment is a call: killed while the N-th Create or Start is in flight. */
static const struct {
    const char *method;
    int count;
} moments[] = {
    {"List", 1}, {"Create", 1}, {"Create", 7}, {"Start", 1}, {"Start", 5}, {"Start", 19}};

START_TEST(killed_at_a_call_and_run_again_all_run_one_each)
{
    static const char *const switches[] = {"--latency", "Create=20", "--latency", "Start=40", NULL};
    const char *arguments[] = {"apply", harness.manifests, NULL};
    if (!harness_start(&harness, "killed-at-a-call", switches))
        return;
    harness_write_many(&harness, "c", "localhost:5000/sleeper:1", COUNT);
    arguments[1] = harness.manifests;
    pid_t pid = harness_begin(&harness, arguments);
    harness_wait_for_call(&harness, moments[_i].method, moments[_i].count);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    rerun(0);
    expect_one_each();
    harness_forget_calls(&harness);
    rerun(0);
    ck_assert_int_eq(harness_calls(&harness, "Create") + harness_calls(&harness, "Start"), 0);
    harness_stop(&harness);
}
END_TEST

/* On both: killed at a time. */
static const int times_ms[] = {100, 300, 500, 1000, 2000};

START_TEST(killed_at_a_time_and_run_again_all_run_one_each)
{
    const char *arguments[] = {"apply", NULL, NULL};
    if (!harness_start(&harness, "killed-at-a-time", NULL))
        return;
    harness_write_many(&harness, "c", "localhost:5000/sleeper:1", COUNT);
    arguments[1] = harness.manifests;
    pid_t pid = harness_begin(&harness, arguments);
    poll(NULL, 0, times_ms[_i]);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    rerun(0);
    expect_one_each();
    harness_stop(&harness);
}
END_TEST

START_TEST(without_its_journal_it_finds_what_it_began)
{
    static const char *const switches[] = {"--latency", "Start=40", NULL};
    const char *arguments[] = {"apply", NULL, NULL};
    if (!harness_start(&harness, "without-journal", switches))
        return;
    harness_write_many(&harness, "c", "localhost:5000/sleeper:1", COUNT);
    arguments[1] = harness.manifests;
    pid_t pid = harness_begin(&harness, arguments);
    harness_wait_for_call(&harness, "Start", 5);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    scoped_free char *command = memory_format("rm -rf %s", harness.state);
    ck_assert_int_eq(system(command), 0);
    rerun(0);
    expect_one_each();
    harness_stop(&harness);
}
END_TEST

START_TEST(a_signal_ends_it_in_order)
{
    static const char *const switches[] = {"--latency", "Start=100", NULL};
    const char *arguments[] = {"apply", NULL, NULL};
    int all = 0, running = 0;
    if (!harness_start(&harness, "signal", switches))
        return;
    harness_write_many(&harness, "c", "localhost:5000/sleeper:1", COUNT);
    arguments[1] = harness.manifests;
    pid_t pid = harness_begin(&harness, arguments);
    harness_wait_for_call(&harness, "Start", 3);
    kill(pid, SIGTERM);
    struct outcome_of_run outcome = harness_end(&harness, pid);
    ck_assert_int_eq(outcome.exit_code, 1);
    ck_assert_msg(strstr(outcome.out, "interrupted by a signal") != NULL, "%s", outcome.out);
    outcome_finish(&outcome);
    harness_totals(&harness, &all, &running);
    ck_assert_int_eq(running, harness_calls(&harness, "Start")); /* none was cut */
    ck_assert_int_lt(running, COUNT);
    rerun(0);
    expect_one_each();
    harness_stop(&harness);
}
END_TEST

START_TEST(a_young_daemon_gets_nothing_twice)
{
    static const char *const young[] = {"--young", NULL};
    if (!harness_start(&harness, "young", young))
        return;
    harness_write_many(&harness, "c", "localhost:5000/sleeper:1", COUNT);
    harness.settle = "10s";
    rerun(0);
    expect_one_each();
    harness_restart(&harness, SIGKILL, young);
    harness_forget_calls(&harness);
    rerun(0);
    expect_one_each();
    ck_assert_int_eq(harness_calls(&harness, "Create"), 0);
    harness_stop(&harness);
}
END_TEST

START_TEST(a_network_that_is_not_up_yet_is_waited_for)
{
    static const char *const young[] = {"--young", NULL};
    if (!harness_start(&harness, "network", young))
        return;
    harness_write(&harness, "a.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}");
    rerun(0); /* settles at once here: so the Start meets the daemon's first second */
    int running = 0;
    ck_assert_int_eq(harness_count(&harness, "a", &running), 1);
    ck_assert_int_eq(running, 1);
    harness_stop(&harness);
}
END_TEST

START_TEST(a_daemon_that_is_started_again_is_gone_on_with)
{
    static const char *const switches[] = {"--latency", "Start=200", NULL};
    const char *arguments[] = {"apply", NULL, NULL};
    if (!harness_start(&harness, "daemon-again", switches))
        return;
    harness_write_many(&harness, "c", "localhost:5000/sleeper:1", COUNT);
    arguments[1] = harness.manifests;
    pid_t pid = harness_begin(&harness, arguments);
    harness_wait_for_call(&harness, "Start", 3);
    harness_restart(&harness, SIGKILL, NULL);
    struct outcome_of_run outcome = harness_end(&harness, pid);
    ck_assert_msg(outcome.exit_code == 0, "exit status %d: %s", outcome.exit_code, outcome.out);
    ck_assert_msg(strstr(outcome.err, "went away in the middle") != NULL, "%s", outcome.err);
    outcome_finish(&outcome);
    expect_one_each();
    harness_stop(&harness);
}
END_TEST

START_TEST(a_daemon_that_goes_away_has_an_exit_status_of_its_own)
{
    static const char *const switches[] = {"--latency", "Start=200", NULL};
    const char *arguments[] = {"apply", NULL, "--connect-timeout", "300ms", NULL};
    if (!harness_start(&harness, "daemon-gone", switches))
        return;
    harness_write_many(&harness, "c", "localhost:5000/sleeper:1", COUNT);
    arguments[1] = harness.manifests;
    pid_t pid = harness_begin(&harness, arguments);
    harness_wait_for_call(&harness, "Start", 3);
    ck_assert_int_eq(kill(harness.daemon, SIGKILL), 0);
    struct outcome_of_run outcome = harness_end(&harness, pid);
    ck_assert_int_eq(outcome.exit_code, 3);
    outcome_finish(&outcome);
    harness_restart(&harness, SIGKILL, NULL);
    rerun(0);
    expect_one_each();
    harness_stop(&harness);
}
END_TEST

START_TEST(two_at_once_wait_for_each_other)
{
    static const char *const switches[] = {"--latency", "Start=20", NULL};
    const char *arguments[] = {"apply", NULL, NULL};
    if (!harness_start(&harness, "two-at-once", switches))
        return;
    harness_write_many(&harness, "c", "localhost:5000/sleeper:1", COUNT);
    arguments[1] = harness.manifests;
    pid_t first = harness_begin(&harness, arguments);
    rerun(0);
    struct outcome_of_run outcome = harness_end(&harness, first);
    ck_assert_int_eq(outcome.exit_code, 0);
    outcome_finish(&outcome);
    expect_one_each();
    ck_assert_int_eq(harness_calls(&harness, "Create"), COUNT);
    harness_stop(&harness);
}
END_TEST

void add_crash_tests(TCase *cases)
{
    tcase_add_loop_test(
        cases, killed_at_a_call_and_run_again_all_run_one_each, 0, countof(moments));
    tcase_add_loop_test(
        cases, killed_at_a_time_and_run_again_all_run_one_each, 0, countof(times_ms));
    tcase_add_test(cases, without_its_journal_it_finds_what_it_began);
    tcase_add_test(cases, a_signal_ends_it_in_order);
    tcase_add_test(cases, a_young_daemon_gets_nothing_twice);
    tcase_add_test(cases, a_network_that_is_not_up_yet_is_waited_for);
    tcase_add_test(cases, a_daemon_that_is_started_again_is_gone_on_with);
    tcase_add_test(cases, a_daemon_that_goes_away_has_an_exit_status_of_its_own);
    tcase_add_test(cases, two_at_once_wait_for_each_other);
}
