/* What the simulation can do to a pass, and that the next pass makes it good. */
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

static struct outcome_of_run apply(void)
{
    const char *arguments[] = {"apply", harness.manifests, NULL};
    return harness_run(&harness, arguments);
}

static void expect_exit(int exit_code)
{
    struct outcome_of_run outcome = apply();
    ck_assert_msg(outcome.exit_code == exit_code, "exit status %d, expected %d\n%s\n%s",
        outcome.exit_code, exit_code, outcome.out, outcome.err);
    outcome_finish(&outcome);
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

/* All wished ones run, one each, and there is nothing left to do. */
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

/* One call goes wrong. `ends`: the daemon is gone after it. */
static const struct {
    const char *fault;
    int exit_code;
    bool ends;
} faults[] = {
    {"Create:c1=drop-before", 3, false},
    {"Create:c1=drop-during", 3, false},
    {"Create:c1=drop-after", 3, false},
    {"Create:c1=crash-during", 3, true},
    {"Create#2=crash-after", 3, true},
    {"Start:c1=drop-before", 3, false},
    {"Start:c1=drop-during", 3, false},
    {"Start:c1=drop-after", 3, false},
    {"Start:c1=crash-before", 3, true},
    {"Start:c1=crash-during", 3, true},
    {"Start:c1=crash-after", 3, true},
    {"Start:sleeper=power-cut", 3, true},
    {"Start#3=power-cut-after", 3, true},
};

START_TEST(a_call_that_goes_wrong_is_made_good_by_the_next_pass)
{
    if (!begin("goes-wrong", "--fault", faults[_i].fault))
        return;
    expect_exit(faults[_i].exit_code);
    harness_restart(&harness, faults[_i].ends ? 0 : SIGKILL, NULL);
    expect_exit(0);
    expect_all();
    harness_stop(&harness);
}
END_TEST

/* A Start that ended half-way has burnt its id: it is removed, and made again under another. */
static const struct {
    const char *fault;
    int end; /* of the daemon */
} burning[] = {{"Start:c1=crash-during", 0}, {"Start:c1=power-cut-during", 0},
    {"Start:c1=drop-during", SIGKILL}};

START_TEST(a_start_that_ended_half_way_is_made_anew)
{
    if (!begin("burnt", "--fault", burning[_i].fault))
        return;
    expect_exit(3);
    harness_restart(&harness, burning[_i].end, NULL);
    harness_forget_calls(&harness);
    expect_exit(0);
    ck_assert_int_ge(harness_calls(&harness, "Remove"), 1); /* others may have been in theirs */
    expect_all();
    harness_stop(&harness);
}
END_TEST

/* A deadline that is over leaves the connection: the same pass goes on. */
static const char *const expiries[] = {"Create:c1=expire-before", "Create:c1=expire-during",
    "Create:c1=expire-after", "Start:c1=expire-before", "Start:c1=expire-during",
    "Start:c1=expire-after"};

START_TEST(a_call_without_an_answer_in_time_ends_well)
{
    scoped_free char *once = memory_format(
        "%.*s#1%s", (int)strcspn(expiries[_i], ":"), expiries[_i], strchr(expiries[_i], ':'));
    if (!begin("expires", "--fault", once))
        return;
    struct outcome_of_run outcome = apply();
    ck_assert_msg(outcome.exit_code == 1, "exit status %d, expected 1\n%s\n%s", outcome.exit_code,
        outcome.out, outcome.err);
    outcome_finish(&outcome);
    expect_exit(0);
    expect_all();
    harness_stop(&harness);
}
END_TEST

/* The daemon dies while a call of ours hangs in it. */
static const char *const silences[] = {
    "Create:c1=hang", "Create:c1=lose", "Start:c1=hang", "Start:c1=lose"};

START_TEST(silence_ends_with_the_daemon_and_the_next_pass_makes_it_good)
{
    const char *arguments[] = {"apply", NULL, NULL};
    const char *method = silences[_i][0] == 'C' ? "Create" : "Start";
    if (!begin("silence", "--fault", silences[_i]))
        return;
    arguments[1] = harness.manifests;
    pid_t pid = harness_begin(&harness, arguments);
    harness_wait_for_call(&harness, method, COUNT);
    harness_restart(&harness, SIGKILL, NULL);
    struct outcome_of_run outcome = harness_end(&harness, pid);
    ck_assert_int_eq(outcome.exit_code, 3);
    outcome_finish(&outcome);
    expect_exit(0);
    expect_all();
    harness_stop(&harness);
}
END_TEST

void add_fault_tests(TCase *cases)
{
    tcase_add_loop_test(
        cases, killed_at_every_call_and_run_again_all_run_one_each, 0, CALLS * (int)countof(whens));
    tcase_add_loop_test(
        cases, a_call_that_goes_wrong_is_made_good_by_the_next_pass, 0, countof(faults));
    tcase_add_loop_test(cases, a_start_that_ended_half_way_is_made_anew, 0, countof(burning));
    tcase_add_loop_test(cases, a_call_without_an_answer_in_time_ends_well, 0, countof(expiries));
    tcase_add_loop_test(
        cases, silence_ends_with_the_daemon_and_the_next_pass_makes_it_good, 0, countof(silences));
}
