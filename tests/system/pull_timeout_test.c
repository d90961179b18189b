/* One registry that cannot be reached keeps nobody else waiting. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

#define UNRESOLVED                                                                                 \
    "failed to resolve reference \"localhost:5000/app:9\": failed to do request: Head "            \
    "\"https://localhost:5000/v2/app/manifests/9\": dial tcp: lookup registry.invalid on "         \
    "10.255.255.53:53: no such host"
#define SOON_MS 8000

static const char *const answers[] = {UNRESOLVED,
    "failed to resolve reference \"localhost:5000/app:9\": unexpected status from HEAD request to "
    "http://localhost:5000/v2/app/manifests/9: 503 Service Unavailable"};

START_TEST(a_pull_that_cannot_be_is_given_up_after_its_own_time)
{
    if (!trial_begin("pull", NULL))
        return;
    trial_write("app:1", "");
    trial_put("manifests", "far", "app:9", "");
    trial_registry("app:9", answers[_i]);
    int64_t began = clock_now_ms();
    TRIAL_APPLY(1, "--pull-timeout", "1s");
    int64_t elapsed = clock_now_ms() - began;
    ck_assert_msg(elapsed < SOON_MS, "%d ms\n%s", (int)elapsed, trial_output());
    trial_expect_verdict("web", VERDICT_WORD_DEPLOYED);
    trial_expect_verdict("far", VERDICT_WORD_FAILED);
    trial_well();
    TRIAL_APPLY(0);
    trial_expect_runs("far", "app:9");
    trial_end();
}
END_TEST

START_TEST(the_time_of_a_pull_is_a_key_of_the_conf)
{
    if (!trial_begin("pull-key", NULL))
        return;
    trial_conf(_i == 0 ? "[deployer]\npull_timeout = 1s\n" : "[deployer]\npull_timeout = 500ms\n");
    trial_source("one", "");
    trial_put("one", "far", "app:9", "");
    trial_registry("app:9", UNRESOLVED);
    int64_t began = clock_now_ms();
    TRIAL_APPLY(1);
    ck_assert_int_lt(clock_now_ms() - began, SOON_MS);
    trial_expect_told("far");
    trial_end();
}
END_TEST

/* Those that were started are watched, and have their verdict, as soon as they have been up for their soak. */
START_TEST(others_are_watched_while_one_is_still_asked_for)
{
    static const char *const images[] = {"app:dies", "app:crashes"};
    if (!trial_begin("pull-watch", NULL))
        return;
    trial.soak = "600ms";
    trial_write(images[_i], TRIAL_POLICY("always"));
    trial_put("manifests", "good", "app:1", "");
    trial_put("manifests", "far", "app:9", "");
    trial_registry("app:9", UNRESOLVED);
    TRIAL_APPLY(1, "--timeout", "3s");
    trial_expect_not_told("no time to watch it");
    trial_expect_verdict("web", VERDICT_WORD_FAILED);
    trial_expect_verdict("good", VERDICT_WORD_DEPLOYED);
    trial_end();
}
END_TEST

/* A replacement is finished, too: its old one is not left beside it until the pull is given up. */
START_TEST(a_replacement_ends_while_another_one_is_still_asked_for)
{
    if (!trial_begin("pull-replace", NULL))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    trial_write(_i == 0 ? "app:2" : "app:crashes", "");
    trial_put("manifests", "far", "app:9", "");
    trial_registry("app:9", UNRESOLVED);
    TRIAL_APPLY(1, "--timeout", "2s");
    trial_expect_runs("web", _i == 0 ? "app:2" : "app:1");
    trial_expect_verdict("web", _i == 0 ? VERDICT_WORD_REPLACED : VERDICT_WORD_FAILED);
    trial_end();
}
END_TEST

/* A registry that takes the connection and answers nothing looks like a slow pull: it is not given
 * up, but keeps no place from the others, and the pass ends all the same. */
static const char *const hangs[] = {
    "--fault", "Create:app:9=hang", "--fault", "Create:app:8=hang", NULL};
static const struct hanging {
    const char *parallel;
    bool replaces; /* what hangs is the new one of a container that runs */
} hanging[] = {{"1", false}, {"2", false}, {"1", true}};

START_TEST(a_registry_that_hangs_holds_neither_the_others_nor_the_pass)
{
    const struct hanging *trial_of = &hanging[_i];
    if (!trial_begin("pull-hang", hangs))
        return;
    if (trial_of->replaces) {
        trial_put("manifests", "a", "app:1", "");
        TRIAL_APPLY(0);
    }
    trial_put("manifests", "a", "app:9", "");
    trial_put("manifests", "b", "app:8", "");
    trial_put("manifests", "good", "app:1", "");
    TRIAL_APPLY(
        1, "--parallel", trial_of->parallel, "--pull-timeout", "500ms", "--pull-limit", "2s");
    trial_expect_verdict("good", VERDICT_WORD_DEPLOYED);
    trial_expect_verdict("a", VERDICT_WORD_FAILED);
    trial_expect_told("no answer for 2.0 s (pull_limit)");
    if (trial_of->replaces)
        trial_expect_runs("a", "app:1");
    trial_well();
    TRIAL_APPLY(0);
    trial_expect_runs("a", "app:9");
    trial_expect_runs("b", "app:8");
    trial_end();
}
END_TEST

void add_pull_timeout_tests(TCase *cases)
{
    tcase_add_loop_test(
        cases, a_pull_that_cannot_be_is_given_up_after_its_own_time, 0, countof(answers));
    tcase_add_loop_test(cases, the_time_of_a_pull_is_a_key_of_the_conf, 0, 2);
    tcase_add_loop_test(cases, others_are_watched_while_one_is_still_asked_for, 0, 2);
    tcase_add_loop_test(cases, a_replacement_ends_while_another_one_is_still_asked_for, 0, 2);
    tcase_add_loop_test(
        cases, a_registry_that_hangs_holds_neither_the_others_nor_the_pass, 0, countof(hanging));
}
