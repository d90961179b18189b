/* Signals in the middle of a pass: what was stopped is started, and a wait ends at once. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define SOON_MS 1500

static const int signals[] = {SIGTERM, SIGINT};

/* While the Stop is in the daemon. */
static const char *const slow_stop[] = {"--latency", "Stop=400", NULL};

START_TEST(a_signal_between_stop_and_start_leaves_something_running)
{
    if (!trial_begin("signal-replace", slow_stop))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    trial_write("app:2", "");
    pid_t pid = trial_run_begin("apply", NULL);
    ck_assert(trial_wait_for_call(pid, "Stop", 1));
    kill(pid, signals[_i]);
    ck_assert_int_eq(trial_run_end(pid), 1);
    trial_expect_told(WORDS_INTERRUPTED);
    int running = 0;
    harness_count(&trial, "web", &running);
    ck_assert_msg(running == 1, "%d of web run\n%s", running, trial_output());
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

START_TEST(a_signal_in_a_restart_with_leaves_it_running)
{
    if (!trial_begin("signal-restart", slow_stop))
        return;
    trial_conf("[container side]\nrestart_with = db\n");
    trial_source("one", "");
    trial_put("one", "db", "app:1", "");
    trial_put("one", "side", "app:1", "");
    TRIAL_APPLY(0);
    trial_put("one", "db", "app:2", "");
    pid_t pid = trial_run_begin("apply", NULL);
    ck_assert(trial_wait_for_call(pid, "Stop", 2)); /* the db's, then its */
    kill(pid, signals[_i]);
    trial_run_end(pid);
    trial_expect_runs("side", "app:1");
    trial_expect_runs("db", "app:2");
    TRIAL_APPLY(0);
    trial_expect_runs("side", "app:1");
    trial_end();
}
END_TEST

/* An orphan that was stopped for its port's sake. */
START_TEST(a_signal_after_an_orphan_was_stopped_leaves_something_running)
{
    if (!trial_begin("signal-orphan", slow_stop))
        return;
    trial_conf("");
    trial_source("one", "prune = yes\n");
    trial_put("one", "old", "app:1", TRIAL_PORT(45240));
    TRIAL_APPLY(0);
    trial_drop("one", "old");
    trial_put("one", "new", "app:1", TRIAL_PORT(45240));
    pid_t pid = trial_run_begin("apply", NULL);
    ck_assert(trial_wait_for_call(pid, "Stop", 1));
    kill(pid, signals[_i]);
    trial_run_end(pid);
    int old = 0, new = 0;
    harness_count(&trial, "old", &old);
    harness_count(&trial, "new", &new);
    ck_assert_msg(old + new == 1, "%d and %d run\n%s", old, new, trial_output());
    trial_end();
}
END_TEST

/* ---- waits ---- */

static void expect_soon(pid_t pid, int signal)
{
    int64_t began = clock_now_ms();
    kill(pid, signal);
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0 && clock_now_ms() - began < SOON_MS)
        poll(NULL, 0, 5);
    bool ended = WIFEXITED(status) || WIFSIGNALED(status);
    bool late = clock_now_ms() - began >= SOON_MS;
    if (late)
        kill(pid, SIGKILL);
    ck_assert_msg(ended && !late, "it still waits %d ms after signal %d", SOON_MS, signal);
}

START_TEST(a_signal_ends_the_wait_for_another_pass_at_once)
{
    static const char *const slow[] = {"--latency", "Create=4000", NULL};
    if (!trial_begin("signal-lock", slow))
        return;
    trial_write("app:1", "");
    pid_t first = trial_run_begin("apply", NULL);
    ck_assert(trial_wait_for_call(first, "Create", 1));
    pid_t second = trial_run_begin("apply", NULL);
    poll(NULL, 0, 300);
    expect_soon(second, signals[_i]);
    ck_assert_int_eq(trial_run_end(first), 0);
    trial_end();
}
END_TEST

START_TEST(a_signal_ends_the_wait_for_the_socket_at_once)
{
    if (!trial_begin("signal-socket", NULL))
        return;
    trial_write("app:1", "");
    hand_crash(&trial);
    pid_t pid = trial_run_begin("apply", "--connect-timeout", "20s", NULL);
    poll(NULL, 0, 300);
    expect_soon(pid, signals[_i]);
    hand_revive(&trial, NULL);
    trial_end();
}
END_TEST

/* The first one is told, the second one soon after it is not an answer to that yet. */
START_TEST(a_second_signal_at_once_cuts_nothing)
{
    if (!trial_begin("signal-twice", slow_stop))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    trial_write("app:2", "");
    pid_t pid = trial_run_begin("apply", NULL);
    ck_assert(trial_wait_for_call(pid, "Stop", 1));
    kill(pid, signals[_i]);
    kill(pid, signals[_i]);
    ck_assert_int_eq(trial_run_end(pid), 1);
    int running = 0;
    harness_count(&trial, "web", &running);
    ck_assert_msg(running == 1, "%d of web run\n%s", running, trial_output());
    trial_end();
}
END_TEST

void add_signal_tests(TCase *cases)
{
    tcase_add_loop_test(
        cases, a_signal_between_stop_and_start_leaves_something_running, 0, countof(signals));
    tcase_add_loop_test(cases, a_signal_in_a_restart_with_leaves_it_running, 0, countof(signals));
    tcase_add_loop_test(
        cases, a_signal_after_an_orphan_was_stopped_leaves_something_running, 0, countof(signals));
    tcase_add_loop_test(
        cases, a_signal_ends_the_wait_for_another_pass_at_once, 0, countof(signals));
    tcase_add_loop_test(cases, a_signal_ends_the_wait_for_the_socket_at_once, 0, countof(signals));
    tcase_add_loop_test(cases, a_second_signal_at_once_cuts_nothing, 0, countof(signals));
}
