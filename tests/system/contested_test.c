/* Two manifests of one name in one source: neither changes what runs. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <stdlib.h>

static const char *const copies[] = {"web-old", "zweb"}; /* before web.json, and behind it */

START_TEST(a_backup_copy_rolls_nothing_back)
{
    if (!trial_begin("contested", NULL))
        return;
    trial_write("app:2", "");
    TRIAL_APPLY(0);
    trial_remember("web");
    trial_put("manifests", copies[_i], "app:1", ", \"name\": \"web\"");
    scoped_free char *copy = memory_format("%s.json", copies[_i]);
    TRIAL_PLAN(1);
    for (int i = 0; i < 2; i++) {
        TRIAL_APPLY(1);
        trial_expect_told("web.json");
        trial_expect_told(copy);
        trial_expect_untouched("web");
    }
    trial_drop("manifests", copies[_i]);
    TRIAL_APPLY(0);
    trial_expect_untouched("web");
    trial_end();
}
END_TEST

/* Nor does an edit of either of them, not even in place; what was stopped by its end is started. */
START_TEST(an_edit_of_either_changes_nothing_while_there_are_two)
{
    if (!trial_begin("contested-edit", NULL))
        return;
    trial_write("app:2", "");
    TRIAL_APPLY(0);
    trial_remember("web");
    trial_put("manifests", "web-old", "app:1", ", \"id\": \"web\"");
    trial_write(_i == 0 ? "app:3" : "app:2",
        _i == 0 ? "" : ", \"host_config\": {\"resources\": {\"memory\": \"100M\"}}");
    harness_forget_calls(&trial);
    TRIAL_APPLY(1);
    trial_expect_untouched("web");
    trial_expect_calls("Update", 0);
    trial_drop("manifests", "web-old");
    TRIAL_APPLY(0);
    trial_expect_runs("web", _i == 0 ? "app:3" : "app:2");
    trial_end();
}
END_TEST

START_TEST(where_nothing_runs_the_first_is_deployed_and_both_are_told)
{
    if (!trial_begin("contested-first", NULL))
        return;
    trial_write("app:2", "");
    trial_put("manifests", copies[_i], "app:1", ", \"name\": \"web\"");
    TRIAL_APPLY(1);
    trial_expect_told("web.json");
    trial_expect_told(copies[_i]);
    trial_expect_runs("web", _i == 0 ? "app:1" : "app:2");
    trial_remember("web");
    TRIAL_APPLY(1);
    trial_expect_untouched("web");
    trial_end();
}
END_TEST

/* Two sources: the order of the conf decides, and that is no failure. */
START_TEST(between_two_sources_the_order_of_the_conf_decides)
{
    if (!trial_begin("contested-sources", NULL))
        return;
    trial_conf("");
    trial_source("one", "");
    trial_source("two", "");
    trial_put("one", "web", "app:1", "");
    trial_put("two", _i == 0 ? "web" : "a", "app:2", ", \"name\": \"web\"");
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:1");
    trial_drop("one", "web");
    trial_put("one", "other", "app:1", "");
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

void add_contested_tests(TCase *cases)
{
    tcase_add_loop_test(cases, a_backup_copy_rolls_nothing_back, 0, 2);
    tcase_add_loop_test(cases, an_edit_of_either_changes_nothing_while_there_are_two, 0, 2);
    tcase_add_loop_test(cases, where_nothing_runs_the_first_is_deployed_and_both_are_told, 0, 2);
    tcase_add_loop_test(cases, between_two_sources_the_order_of_the_conf_decides, 0, 2);
}
