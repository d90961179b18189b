/* start-first for a container with a host port of its own cannot work: that is said beforehand. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#define START_FIRST "--replace", "start-first"

static const char *const seconds[] = {TRIAL_PORT(45250),
    ", \"host_config\": {\"port_mappings\": [{\"host_port\": 45249, \"host_port_end\": 45249, "
    "\"container_port\": 81}, {\"host_port\": 45250, \"container_port\": 80}]}"};

START_TEST(start_first_with_its_own_port_stops_and_remembers_nothing)
{
    if (!trial_begin("own-port", NULL))
        return;
    trial_write("app:1", TRIAL_PORT(45250));
    TRIAL_APPLY(0);
    trial_remember("web");
    trial_write("app:2", seconds[_i]);
    TRIAL_PLAN(1, START_FIRST);
    trial_expect_told("start-first");
    trial_expect_told(WORDS_OWN_PORT);
    harness_forget_calls(&trial);
    for (int i = 0; i < 2; i++) {
        TRIAL_APPLY(1, START_FIRST);
        trial_expect_told(WORDS_OWN_PORT);
        trial_expect_not_told(WORDS_REMEMBERED);
        trial_expect_untouched("web");
        trial_expect_count("web", 1);
    }
    trial_expect_calls("Start", 0);
    TRIAL_APPLY(0, "--replace", "create-first");
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

/* Another port than its own, or a protocol that has its own numbers: nothing is in the way. */
START_TEST(start_first_with_another_port_leaves_no_gap)
{
    static const char *const others[] = {TRIAL_PORT(45251), ""};
    if (!trial_begin("own-port-other", NULL))
        return;
    trial_write("app:1", TRIAL_PORT(45250));
    TRIAL_APPLY(0);
    trial_write("app:2", others[_i]);
    TRIAL_PLAN(2, START_FIRST);
    TRIAL_APPLY(0, START_FIRST);
    trial_expect_told("without a gap");
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

/* The old one does not run: nobody has the port. */
START_TEST(start_first_with_the_port_of_one_that_is_down_works)
{
    if (!trial_begin("own-port-down", NULL))
        return;
    trial_write("app:1", TRIAL_PORT(45250));
    TRIAL_APPLY(0);
    hand_call(&trial, KANTO_STOP, "web");
    trial_write("app:2", TRIAL_PORT(45250));
    TRIAL_APPLY(0, START_FIRST);
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

void add_own_port_tests(TCase *cases)
{
    tcase_add_loop_test(
        cases, start_first_with_its_own_port_stops_and_remembers_nothing, 0, countof(seconds));
    tcase_add_loop_test(cases, start_first_with_another_port_leaves_no_gap, 0, 2);
    tcase_add_test(cases, start_first_with_the_port_of_one_that_is_down_works);
}
