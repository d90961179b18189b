/* A crash loop is never green. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

static const char *const policies[] = {
    TRIAL_POLICY("always"), TRIAL_POLICY("unless-stopped"), TRIAL_POLICY("on-failure")};

static const char *const modes[] = {"ignore", "start", "update"};

START_TEST(a_crash_loop_is_told_in_each_pass)
{
    if (!trial_begin("loop", NULL))
        return;
    trial_write("app:crashes", policies[_i]);
    TRIAL_APPLY(1);
    harness_tell(&trial, "advance 20000"); /* some more lives of it */
    for (size_t i = 0; i < countof(modes); i++) {
        TRIAL_APPLY(1, "--existing", modes[i]);
        trial_expect_verdict("web", VERDICT_WORD_FAILED);
        trial_expect_told(WORDS_CRASH_LOOP);
        trial_expect_told(WORDS_LAST_EXIT);
        trial_expect_told("boom");
    }
    trial_write("app:1", policies[_i]);
    TRIAL_APPLY(0);
    trial_expect_not_told(WORDS_CRASH_LOOP);
    TRIAL_APPLY(0);
    trial_end();
}
END_TEST

#define LOOKS 400

/* It happens to be up when it is looked at. */
START_TEST(a_crash_loop_that_is_up_at_the_moment_is_told_too)
{
    if (!trial_begin("loop-up", NULL))
        return;
    trial.soak = "1s";
    trial_write("app:dies", policies[_i]);
    TRIAL_APPLY(1);
    for (int looks = 0;; looks++) {
        scoped_container Kanto__Container *one = hand_find(&trial, "web");
        if (container_status(one) == STATUS_RUNNING)
            break;
        ck_assert_int_lt(looks, LOOKS);
        poll(NULL, 0, 10);
    }
    TRIAL_APPLY(1);
    trial_expect_told(WORDS_CRASH_LOOP);
    trial_expect_told("out of something");
    trial_end();
}
END_TEST

/* It ran for hours, deployed long ago; then what it needs went away. */
START_TEST(one_that_begins_to_loop_long_after_its_deployment_is_told)
{
    static const char *const switches[] = {"--clock-by-hand", NULL};
    if (!trial_begin("loop-later", _i == 0 ? NULL : switches))
        return;
    trial.soak = "0s";
    trial_write("app:dies", policies[0]);
    trial_run("apply", NULL);
    for (int i = 0; i < 5; i++)
        harness_tell(&trial, "advance 3000");
    harness_forget_calls(&trial);
    TRIAL_APPLY(1);
    trial_expect_told(WORDS_CRASH_LOOP);
    trial_expect_calls("Remove", 0);
    trial_end();
}
END_TEST

/* One restart, hours ago, is no loop. */
START_TEST(one_restart_that_it_got_over_is_no_crash_loop)
{
    if (!trial_begin("loop-over", NULL))
        return;
    trial_write("app:1", policies[_i]);
    TRIAL_APPLY(0);
    scoped_free char *id = harness_id(&trial, "web");
    harness_tell(&trial, "kill-process %s SIGKILL", id);
    harness_tell(&trial, "advance 3600000");
    TRIAL_APPLY(0);
    trial_expect_verdict("web", VERDICT_WORD_KEPT);
    trial_end();
}
END_TEST

/* Its retries are used up: it is left, and said with what it died of. */
START_TEST(one_whose_retries_are_used_up_is_told_with_its_exit_code)
{
    static const char *const lines[] = {
        ", \"host_config\": {\"restart_policy\": {\"type\": \"on-failure\", "
        "\"maximum_retry_count\": 2}}",
        ", \"host_config\": {\"restart_policy\": {\"type\": \"on-failure\", "
        "\"maximum_retry_count\": 1}}"};
    if (!trial_begin("loop-exhausted", NULL))
        return;
    trial_write("app:crashes", lines[_i]);
    TRIAL_APPLY(1);
    harness_tell(&trial, "advance 20000");
    trial_run("apply", NULL);
    trial_expect_told("exit code 3");
    trial_expect_told("boom");
    trial_end();
}
END_TEST

void add_crash_loop_tests(TCase *cases)
{
    tcase_add_loop_test(cases, a_crash_loop_is_told_in_each_pass, 0, countof(policies));
    tcase_add_loop_test(
        cases, a_crash_loop_that_is_up_at_the_moment_is_told_too, 0, countof(policies));
    tcase_add_loop_test(cases, one_that_begins_to_loop_long_after_its_deployment_is_told, 0, 2);
    tcase_add_loop_test(cases, one_restart_that_it_got_over_is_no_crash_loop, 0, countof(policies));
    tcase_add_loop_test(cases, one_whose_retries_are_used_up_is_told_with_its_exit_code, 0, 2);
}
