/* A call without an answer, on a connection that lives, is settled in the same pass; and for how
 * long nothing ran is never told too low. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

static const char *const slow[] = {"--latency", "Create=10", "--latency", "Start=10", NULL};

/* What was done all the same is found out, and gone on with. What was not done is known not to be
 * done, and is made good by the next pass at the latest. */
static bool was_done(const char *fault)
{
    return strstr(fault, "-after");
}

static void expect_settled(const char *fault)
{
    if (was_done(fault))
        TRIAL_APPLY(0);
    else
        trial_run("apply", NULL);
}

static const char *const firsts[] = {"Create#1=expire-after", "Start#1=expire-after",
    "Create#1=expire-before", "Create#1=expire-during", "Start#1=expire-before",
    "Start#1=expire-during"};

START_TEST(a_first_deploy_whose_call_has_no_answer_is_settled)
{
    if (!trial_begin("unanswered-first", slow))
        return;
    harness_tell(&trial, "fault %s", firsts[_i]);
    trial_write("app:1", "");
    trial_put("manifests", "other", "app:1", "");
    expect_settled(firsts[_i]);
    if (!was_done(firsts[_i]))
        TRIAL_APPLY(0);
    trial_expect_runs("web", "app:1");
    trial_expect_runs("other", "app:1");
    harness_forget_calls(&trial);
    TRIAL_APPLY(0);
    trial_expect_calls("Create", 0);
    trial_expect_calls("Start", 0);
    trial_end();
}
END_TEST

static const char *const replacements[] = {"Create#1=expire-after", "Start#1=expire-after",
    "Stop#1=expire-after", "Remove#1=expire-after", "Update#1=expire-after", "Stop#1=expire-before",
    "Start#1=expire-before", "Remove#1=expire-before", "Update#1=expire-before"};

START_TEST(a_replacement_whose_call_has_no_answer_is_settled)
{
    if (!trial_begin("unanswered-replace", slow))
        return;
    trial_write("app:1", TRIAL_POLICY("always"));
    TRIAL_APPLY(0);
    harness_tell(&trial, "fault %s", replacements[_i]);
    trial_write("app:2", TRIAL_POLICY("always"));
    expect_settled(replacements[_i]);
    int running = 0;
    harness_count(&trial, "web", &running);
    ck_assert_msg(running == 1, "%d of web run\n%s", running, trial_output());
    trial_expect_not_told(WORDS_REMEMBERED);
    if (was_done(replacements[_i]))
        trial_expect_verdict("web", VERDICT_WORD_REPLACED);
    else
        TRIAL_APPLY(0, "--retry", "web");
    trial_expect_runs("web", "app:2");
    TRIAL_PLAN(0);
    trial_end();
}
END_TEST

static const char *const in_place[] = {"Update#1=expire-after", "Update#1=expire-before"};

START_TEST(an_update_without_an_answer_is_settled)
{
    if (!trial_begin("unanswered-update", slow))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    trial_remember("web");
    harness_tell(&trial, "fault %s", in_place[_i]);
    trial_write("app:1", ", \"host_config\": {\"resources\": {\"memory\": \"100M\"}}");
    expect_settled(in_place[_i]);
    if (was_done(in_place[_i]))
        trial_expect_verdict("web", VERDICT_WORD_UPDATED);
    else
        TRIAL_APPLY(0);
    trial_expect_untouched("web");
    TRIAL_PLAN(0);
    trial_end();
}
END_TEST

/* ---- the gap ---- */

#define STOP_MS  400 /* until the answer to Stop; the process may end at any moment of it */
#define START_MS 300

START_TEST(how_long_nothing_ran_is_told_from_the_request_on)
{
    static const char *const takes[] = {"--latency", "Stop=400", "--latency", "Start=300", NULL};
    if (!trial_begin("gap", takes))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    trial_write(_i == 0 ? "app:2" : "app:crashes", "");
    TRIAL_APPLY(_i);
    trial_expect_told(WORDS_AT_MOST);
    scoped_free char *told = trial_reported("web", "downtime_ms", NULL);
    ck_assert_msg(
        atoi(told) >= STOP_MS + START_MS * (1 + _i), "told %s ms\n%s", told, trial_output());
    trial_end();
}
END_TEST

void add_unanswered_tests(TCase *cases)
{
    tcase_add_loop_test(
        cases, a_first_deploy_whose_call_has_no_answer_is_settled, 0, countof(firsts));
    tcase_add_loop_test(
        cases, a_replacement_whose_call_has_no_answer_is_settled, 0, countof(replacements));
    tcase_add_loop_test(cases, an_update_without_an_answer_is_settled, 0, countof(in_place));
    tcase_add_loop_test(cases, how_long_nothing_ran_is_told_from_the_request_on, 0, 2);
}
