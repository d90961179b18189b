/* Signals in the middle of a pass: nothing new begins, and what was stopped is started. */
#include "base/cleanup.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <signal.h>

static const int signals[] = {SIGTERM, SIGINT};

/* The old one may still be beside it, stopped: the next pass removes it. */
static void expect_one_runs(const char *name)
{
    int running = 0;
    harness_count(&trial, name, &running);
    ck_assert_msg(running == 1, "%d of %s run\n%s", running, name, trial_output());
}

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
    expect_one_runs("web");
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

/* A and b exchange their ports: each old one has to be stopped for the other's sake. */
START_TEST(a_signal_in_an_exchange_of_ports_leaves_both_running)
{
    if (!trial_begin("signal-exchange", slow_stop))
        return;
    trial_conf("");
    trial_source("one", "");
    trial_put("one", "a", "app:1", TRIAL_PORT(45241));
    trial_put("one", "b", "app:1", TRIAL_PORT(45242));
    TRIAL_APPLY(0);
    trial_put("one", "a", "app:1", TRIAL_PORT(45242));
    trial_put("one", "b", "app:1", TRIAL_PORT(45241));
    pid_t pid = trial_run_begin("apply", NULL);
    ck_assert(trial_wait_for_call(pid, "Stop", 1));
    kill(pid, signals[_i]);
    ck_assert_int_eq(trial_run_end(pid), 1);
    trial_expect_told(WORDS_INTERRUPTED);
    expect_one_runs("a");
    expect_one_runs("b");
    TRIAL_APPLY(0);
    trial_end();
}
END_TEST

START_TEST(after_a_signal_nothing_begins_elsewhere)
{
    if (!trial_begin("signal-elsewhere", slow_stop))
        return;
    trial_conf("[deployer]\nparallel = 1\n");
    trial_source("one", "");
    trial_put("one", "a", "app:1", "");
    trial_put("one", "b", "app:1", "");
    TRIAL_APPLY(0);
    trial_remember("b");
    trial_put("one", "a", "app:2", "");
    trial_put("one", "b", "app:2", "");
    trial_put("one", "c", "app:1", "");
    pid_t pid = trial_run_begin("apply", NULL);
    ck_assert(trial_wait_for_call(pid, "Stop", 1));
    kill(pid, signals[_i]);
    ck_assert_int_eq(trial_run_end(pid), 1);
    expect_one_runs("a");
    trial_expect_untouched("b");
    trial_expect_count("c", 0);
    trial_expect_verdict("c", VERDICT_WORD_FAILED);
    TRIAL_APPLY(0);
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
    expect_one_runs("web");
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
        cases, a_signal_in_an_exchange_of_ports_leaves_both_running, 0, countof(signals));
    tcase_add_loop_test(cases, after_a_signal_nothing_begins_elsewhere, 0, countof(signals));
    tcase_add_loop_test(cases, a_second_signal_at_once_cuts_nothing, 0, countof(signals));
}
