/* Host ports that are exchanged, or taken over from another one in the same pass. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

/* `lines` may be "": further members of host_config, begun by a comma. */
static void put(const char *name, const char *image, int port, const char *lines)
{
    scoped_free char *members = memory_format(", \"host_config\": {\"port_mappings\": "
                                              "[{\"host_port\": %d, \"container_port\": 80}]%s}",
        port, lines);
    trial_put("one", name, image, members);
}

static void expect_port(const char *name, const char *image, int port)
{
    trial_expect_runs(name, image);
    scoped_container Kanto__Container *one = hand_find(&trial, name);
    ck_assert_uint_eq(one->host_config->n_port_mappings, 1);
    ck_assert_msg(one->host_config->port_mappings[0]->host_port == port,
        "%s has port %d, expected %d\n%s", name, (int)one->host_config->port_mappings[0]->host_port,
        port, trial_output());
}

static bool begin(const char *name, const char *lines)
{
    if (!trial_begin(name, NULL))
        return false;
    trial_conf(lines);
    trial_source("one", "prune = yes\n");
    return true;
}

#define ALWAYS ", \"restart_policy\": {\"type\": \"always\"}"
#define NO     ", \"restart_policy\": {\"type\": \"no\"}"

static const struct {
    const char *lines, *conf;
} kinds[] = {
    {"", ""},
    {ALWAYS, ""},
    {NO, ""},
    {"", "[container b]\nafter = a\n"},
    {"", "[deployer]\nparallel = 1\n"},
};

START_TEST(two_that_exchange_their_ports_both_run_with_the_new_ones)
{
    const char *lines = kinds[_i].lines;
    if (!begin("exchange", kinds[_i].conf))
        return;
    put("a", "app:1", 45201, lines);
    put("b", "app:1", 45202, lines);
    TRIAL_APPLY(0);
    put("a", "app:1", 45202, lines);
    put("b", "app:1", 45201, lines);
    TRIAL_PLAN(2);
    TRIAL_APPLY(0);
    expect_port("a", "app:1", 45202);
    expect_port("b", "app:1", 45201);
    TRIAL_PLAN(0);
    trial_end();
}
END_TEST

START_TEST(three_pass_their_ports_on_in_a_ring)
{
    static const char *const images[] = {"app:1", "app:2"};
    if (!begin("exchange-ring", ""))
        return;
    put("a", "app:1", 45201, "");
    put("b", "app:1", 45202, "");
    put("c", "app:1", 45203, "");
    TRIAL_APPLY(0);
    put("a", images[_i], 45202, "");
    put("b", images[_i], 45203, "");
    put("c", images[_i], 45201, "");
    TRIAL_APPLY(0);
    expect_port("a", images[_i], 45202);
    expect_port("b", images[_i], 45203);
    expect_port("c", images[_i], 45201);
    trial_end();
}
END_TEST

/* The taker sorts before the giver, and behind it. */
static const char *const takers[] = {"a", "z"};

START_TEST(one_takes_the_port_that_another_gives_up)
{
    const char *taker = takers[_i];
    if (!begin("exchange-take", ""))
        return;
    put("m", "app:1", 45201, "");
    put(taker, "app:1", 45202, "");
    TRIAL_APPLY(0);
    put("m", "app:1", 45203, "");
    put(taker, "app:1", 45201, "");
    TRIAL_APPLY(0);
    expect_port("m", "app:1", 45203);
    expect_port(taker, "app:1", 45201);
    trial_end();
}
END_TEST

START_TEST(a_new_name_takes_the_port_that_another_gives_up)
{
    const char *taker = takers[_i];
    if (!begin("exchange-new", ""))
        return;
    put("m", "app:1", 45201, "");
    TRIAL_APPLY(0);
    put("m", "app:1", 45203, "");
    put(taker, "app:1", 45201, "");
    TRIAL_APPLY(0);
    expect_port("m", "app:1", 45203);
    expect_port(taker, "app:1", 45201);
    trial_end();
}
END_TEST

/* Whoever crashes, in the end both names run, and nothing of the other is remembered as failed. */
START_TEST(an_exchange_of_which_one_fails_leaves_nothing_down)
{
    if (!begin("exchange-fails", ""))
        return;
    put("a", "app:1", 45201, "");
    put("b", "app:1", 45202, "");
    TRIAL_APPLY(0);
    put("a", _i == 0 ? "app:crashes" : "app:1", 45202, "");
    put("b", _i == 1 ? "app:crashes" : "app:1", 45201, "");
    TRIAL_APPLY(1);
    trial_expect_runs("a", "app:1");
    trial_expect_runs("b", "app:1");
    put("a", "app:2", 45202, "");
    put("b", "app:2", 45201, "");
    TRIAL_APPLY(0);
    expect_port("a", "app:2", 45202);
    expect_port("b", "app:2", 45201);
    trial_end();
}
END_TEST

/* The image of one cannot be pulled: nothing is stopped for an exchange that cannot be. */
START_TEST(an_exchange_of_which_one_cannot_be_pulled_stops_nothing)
{
    if (!begin("exchange-pull", ""))
        return;
    put("a", "app:1", 45201, "");
    put("b", "app:1", 45202, "");
    TRIAL_APPLY(0);
    trial_remember("a");
    trial_remember("b");
    put("a", _i == 0 ? "nosuch:1" : "app:2", 45202, "");
    put("b", _i == 1 ? "nosuch:1" : "app:2", 45201, "");
    TRIAL_APPLY(1);
    trial_expect_untouched("a");
    trial_expect_untouched("b");
    put("a", "app:2", 45202, "");
    put("b", "app:2", 45201, "");
    TRIAL_APPLY(0);
    expect_port("a", "app:2", 45202);
    expect_port("b", "app:2", 45201);
    trial_end();
}
END_TEST

/* What a person stopped keeps no port, and is not started by an exchange. */
START_TEST(an_exchange_with_one_that_a_person_stopped_ends_well)
{
    if (!begin("exchange-person", ""))
        return;
    put("a", "app:1", 45201, "");
    put("b", "app:1", 45202, "");
    TRIAL_APPLY(0);
    hand_call(&trial, KANTO_STOP, "b");
    if (_i == 0)
        put("a", "app:1", 45202, "");
    else
        put("c", "app:1", 45202, "");
    TRIAL_APPLY(0);
    expect_port(_i == 0 ? "a" : "c", "app:1", 45202);
    trial_expect_down("b");
    trial_end();
}
END_TEST

void add_exchange_tests(TCase *cases)
{
    tcase_add_loop_test(
        cases, two_that_exchange_their_ports_both_run_with_the_new_ones, 0, countof(kinds));
    tcase_add_loop_test(cases, three_pass_their_ports_on_in_a_ring, 0, 2);
    tcase_add_loop_test(cases, one_takes_the_port_that_another_gives_up, 0, 2);
    tcase_add_loop_test(cases, a_new_name_takes_the_port_that_another_gives_up, 0, 2);
    tcase_add_loop_test(cases, an_exchange_of_which_one_fails_leaves_nothing_down, 0, 2);
    tcase_add_loop_test(cases, an_exchange_of_which_one_cannot_be_pulled_stops_nothing, 0, 2);
    tcase_add_loop_test(cases, an_exchange_with_one_that_a_person_stopped_ends_well, 0, 2);
}
