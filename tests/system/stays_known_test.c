/* What failed stays known until it is well again; and what was not applied is in the report. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void forget_report(void)
{
    scoped_free char *path = memory_format("%s/last-report.json", trial.state);
    unlink(path);
}

static void expect_failure(const char *exit_code, const char *line)
{
    scoped_free char *found = trial_reported("web", "failure", "exit_code");
    scoped_free char *log = trial_reported("web", "failure", "log");
    scoped_free char *time = trial_reported("web", "failure", "time");
    ck_assert_msg(strcmp(found, exit_code) == 0, "exit code %s, expected %s\n%s", found, exit_code,
        trial_output());
    ck_assert_msg(*log == '[' && strstr(log, line), "log is %s", log);
    ck_assert_msg(*time && strcmp(time, "null") != 0, "time is \"%s\"", time);
}

static const struct {
    const char *image, *exit_code, *line;
} ends[] = {{"app:dies", "4", "out of something"}, {"app:crashes", "3", "boom"}};

START_TEST(how_the_new_one_ended_is_told_in_each_pass_until_it_is_well)
{
    if (!trial_begin("known", NULL))
        return;
    trial.soak = "700ms";
    trial_write("app:1", TRIAL_POLICY("no"));
    TRIAL_APPLY(0);
    trial_write(ends[_i].image, TRIAL_POLICY("no"));
    for (int i = 0; i < 3; i++) {
        TRIAL_APPLY(1);
        expect_failure(ends[_i].exit_code, ends[_i].line);
        trial_expect_told(ends[_i].line);
        forget_report(); /* it is in the journal */
    }
    trial_write("app:2", TRIAL_POLICY("no"));
    TRIAL_APPLY(0);
    scoped_free char *failure = trial_reported("web", "failure", NULL);
    ck_assert_str_eq(failure, "null");
    TRIAL_APPLY(0);
    trial_expect_not_told(ends[_i].line);
    trial_end();
}
END_TEST

/* Nothing to go back to: it is started in each pass, or stays; its last end is known all the same. */
START_TEST(how_a_first_deploy_ended_is_told_in_each_pass)
{
    if (!trial_begin("known-first", NULL))
        return;
    trial.soak = "700ms";
    trial_write(ends[_i].image, TRIAL_POLICY("no"));
    for (int i = 0; i < 2; i++) {
        TRIAL_APPLY(1);
        expect_failure(ends[_i].exit_code, ends[_i].line);
    }
    trial_end();
}
END_TEST

START_TEST(the_report_says_when_where_and_by_which_program_it_was_made)
{
    static const char *const keys[] = {"time", "boot_id", "version"};
    if (!trial_begin("known-report", NULL))
        return;
    trial_write("app:1", "");
    if (_i == 1)
        trial_put("manifests", "bad", "nosuch:1", "");
    TRIAL_APPLY(_i);
    for (size_t i = 0; i < countof(keys); i++) {
        scoped_free char *value = trial_reported(NULL, keys[i], NULL);
        ck_assert_msg(*value == '"' && strlen(value) > 2, "%s is \"%s\"", keys[i], value);
    }
    trial_end();
}
END_TEST

/* Which manifests were not applied, each with its source, key and file. */
START_TEST(a_manifest_that_was_not_applied_is_counted_and_listed)
{
    if (!trial_begin("known-invalid", NULL))
        return;
    trial_conf("");
    trial_source("one", "");
    trial_put("one", "web", "app:1", "");
    if (_i == 0)
        trial_write_text("one", "bad.json", "{\"image\": 1}");
    else
        trial_put("one", "bad", "app:1", ", \"host_config\": {\"privileged\": true}");
    TRIAL_APPLY(1);
    trial_expect_told(_i == 0 ? WORDS_ONE_INVALID : WORDS_ONE_REFUSED);
    scoped_free char *listed = trial_reported(NULL, "rejected", NULL);
    ck_assert_msg(strstr(listed, "bad.json") && strstr(listed, _i == 0 ? "invalid" : "refused"),
        "the report's list is \"%s\"", listed);
    trial_end();
}
END_TEST

void add_stays_known_tests(TCase *cases)
{
    tcase_add_loop_test(
        cases, how_the_new_one_ended_is_told_in_each_pass_until_it_is_well, 0, countof(ends));
    tcase_add_loop_test(cases, how_a_first_deploy_ended_is_told_in_each_pass, 0, countof(ends));
    tcase_add_loop_test(cases, the_report_says_when_where_and_by_which_program_it_was_made, 0, 2);
    tcase_add_loop_test(cases, a_manifest_that_was_not_applied_is_counted_and_listed, 0, 2);
}
