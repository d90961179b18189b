/* What the simulation can do to a pass, and that it is made good. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "harness.h"
#include "parts.h"
#include "suite.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 3

static struct harness harness;

static void expect_end(pid_t pid, int exit_code)
{
    struct outcome_of_run outcome = harness_end(&harness, pid);
    ck_assert_msg(outcome.exit_code == exit_code, "exit status %d, expected %d\n%s\n%s",
        outcome.exit_code, exit_code, outcome.out, outcome.err);
    outcome_finish(&outcome);
}

static void expect_exit(int exit_code)
{
    const char *arguments[] = {"apply", harness.manifests, NULL};
    expect_end(harness_begin(&harness, arguments), exit_code);
}

/* A daemon with that fault, and the manifests. False: it is a real one, which has none. */
static bool begin(const char *name, const char *option, const char *fault)
{
    const char *switches[] = {
        option, fault, "--latency", "Create=10", "--latency", "Start=10", NULL};
    if (!harness_start(&harness, name, switches))
        return false;
    harness_write_many(&harness, "c", "localhost:5000/sleeper:1", COUNT);
    return true;
}

/* All desired ones run, one each, and there is nothing left to do. */
static void expect_all(void)
{
    int all = 0, running = 0;
    harness_totals(&harness, &all, &running);
    ck_assert_int_eq(all, COUNT);
    ck_assert_int_eq(running, COUNT);
    harness_forget_calls(&harness);
    expect_exit(0);
    ck_assert_int_eq(harness_calls(&harness, "Create") + harness_calls(&harness, "Start") +
                         harness_calls(&harness, "Remove"),
        0);
}

/* List, and a Create and a Start for each: killed before, during and after every one of them. */
static const char *const whens[] = {"before", "during", "after"};
#define CALLS (1 + 2 * COUNT)

START_TEST(killed_at_every_call_and_run_again_all_run_one_each)
{
    scoped_free char *at = memory_format("%d:%s", _i % CALLS + 1, whens[_i / CALLS]);
    if (!begin("killed-at-every-call", "--sigkill-client-at", at))
        return;
    expect_exit(-SIGKILL);
    expect_exit(0);
    expect_all();
    harness_stop(&harness);
}
END_TEST

/* One call goes wrong, once. `ends`: the daemon with it; it is started again in the middle of the
 * pass. `unusable`: the call ended half-way in containerd, and so is its id. */
static const struct {
    const char *fault;
    bool ends, unusable;
} faults[] = {
    {"List#1=drop-before", false, false},
    {"List#1=drop-after", false, false},
    {"Create#1:c1=drop-before", false, false},
    {"Create#1:c1=drop-during", false, false},
    {"Create#1:c1=drop-after", false, false},
    {"Create#1:c1=crash-during", true, false},
    {"Create#2=crash-after", true, false},
    {"Start#1:c1=drop-before", false, false},
    {"Start#1:c1=drop-during", false, true},
    {"Start#1:c1=drop-after", false, false},
    {"Start#1:c1=crash-before", true, false},
    {"Start#1:c1=crash-during", true, true},
    {"Start#1:c1=crash-after", true, false},
    {"Start#1:sleeper=power-cut", true, false},
    {"Start#1:c1=power-cut-during", true, true},
    {"Start#3=power-cut-after", true, false},
};

START_TEST(a_call_that_goes_wrong_is_made_good_in_the_same_pass)
{
    const char *arguments[] = {"apply", NULL, NULL};
    if (!begin("goes-wrong", "--fault", faults[_i].fault))
        return;
    arguments[1] = harness.manifests;
    pid_t pid = harness_begin(&harness, arguments);
    if (faults[_i].ends)
        harness_restart(&harness, 0, NULL);
    expect_end(pid, 0);
    if (faults[_i].unusable) /* others may have been in their Starts too */
        ck_assert_int_ge(harness_calls(&harness, "Remove"), 1);
    expect_all();
    harness_stop(&harness);
}
END_TEST

/* A deadline that is over leaves the connection. */
static const char *const expiries[] = {"Create#1:c1=expire-before", "Create#1:c1=expire-during",
    "Create#1:c1=expire-after", "Start#1:c1=expire-before", "Start#1:c1=expire-during",
    "Start#1:c1=expire-after"};

/* What was done all the same is found out in the pass. */
START_TEST(a_call_without_an_answer_in_time_is_looked_after_and_made_good)
{
    if (!begin("expires", "--fault", expiries[_i]))
        return;
    expect_exit(strstr(expiries[_i], "-after") ? 0 : 1);
    expect_exit(0);
    expect_all();
    harness_stop(&harness);
}
END_TEST

/* The daemon dies while a call of ours hangs in it. */
static const char *const silences[] = {
    "Create:c1=hang", "Create:c1=lose", "Start:c1=hang", "Start:c1=lose"};

START_TEST(silence_that_ends_with_the_daemon_is_made_good_in_the_same_pass)
{
    const char *arguments[] = {"apply", NULL, NULL};
    const char *method = silences[_i][0] == 'C' ? "Create" : "Start";
    if (!begin("silence", "--fault", silences[_i]))
        return;
    arguments[1] = harness.manifests;
    pid_t pid = harness_begin(&harness, arguments);
    harness_wait_for_call(&harness, method, COUNT);
    harness_restart(&harness, SIGKILL, NULL);
    expect_end(pid, 0);
    expect_all();
    harness_stop(&harness);
}
END_TEST

void add_fault_tests(TCase *cases)
{
    tcase_add_loop_test(
        cases, killed_at_every_call_and_run_again_all_run_one_each, 0, CALLS * (int)countof(whens));
    tcase_add_loop_test(
        cases, a_call_that_goes_wrong_is_made_good_in_the_same_pass, 0, countof(faults));
    tcase_add_loop_test(cases, a_call_without_an_answer_in_time_is_looked_after_and_made_good, 0,
        countof(expiries));
    tcase_add_loop_test(cases, silence_that_ends_with_the_daemon_is_made_good_in_the_same_pass, 0,
        countof(silences));
}
