/* What people and programs are told of a pass. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "report/report.h"
#include "suite.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define ACTIONS_MAX 6
#define MADE_MS     1769850000000 /* 2026-01-31T09:00:00Z */
#define LOG         "{\"log\":\"out of something\\n\",\"stream\":\"stdout\"}\nno JSON\n"

static struct story story;
static const struct story *items[] = {&story};
static struct stories stories;
static struct report report;

static void setup(void)
{
    story = (struct story){.name = "web",
        .image = "r/web:1",
        .source = "s",
        .key = "web.json",
        .origin = "/m/web.json"};
    story.explicit_id = "";
    stories = (struct stories){.items = items, .count = 1};
    report = (struct report){.command = "apply",
        .version = "1.2.3",
        .made = {.boot = "b", .boottime_ms = 60000, .wall_ms = MADE_MS, .synchronised = true},
        .socket = "/run/cm.sock",
        .stories = &stories};
}

static void teardown(void)
{
    story_finish(&story);
    report_finish(&report);
}

static void add_row(enum action action, int64_t began_ms)
{
    story_begin(
        &story, &(struct story_row){
                    .name = "a step", .action = action, .id = (char *)"id", .began_ms = began_ms});
    story_end(&story, RESULT_OK, NULL, NULL, NULL, 5);
}

static void recall(void)
{
    story_recall(&story, &(struct former_failure){.reason = (char *)"it ended soon after its start",
                             .message = (char *)"boom",
                             .final = true,
                             .has_exit = true,
                             .exit_code = 4,
                             .log = (char *)LOG,
                             .at = {.boot = "a", .wall_ms = MADE_MS - 3600000},
                             .attempts = 3});
}

static char *printed(void (*print)(const struct report *, bool, bool, struct text *))
{
    struct text text = {0};
    print(&report, false, false, &text);
    return text_steal(&text);
}

static cJSON *parsed(void)
{
    scoped(text_finish) struct text text = {0};
    report_print_json(&report, &text);
    cJSON *json = cJSON_Parse(text_get(&text));
    ck_assert_msg(json != NULL, "no JSON: %s", text_get(&text));
    return json;
}

/* ---- the plan ---- */

static const struct {
    enum verdict verdict;
    bool orphaned;
    const char *reason;
    enum action actions[ACTIONS_MAX];
    const char *line, *summary;
} plans[] = {
    {VERDICT_KEEP, false, NULL, {0}, "= web  keep\n", "Plan: 1 kept; nothing to do.\n"},
    {VERDICT_KEEP, false, NULL, {ACTION_LOOK}, "= web  keep\n", "Plan: 1 kept; nothing to do.\n"},
    {VERDICT_DIFFERS, false, "differs", {0}, "= web  keep: differs\n",
        "Plan: 1 kept; nothing to do.\n"},
    {VERDICT_SKIPPED, false, "was stopped by hand", {0}, "= web  keep: was stopped by hand\n",
        "Plan: 1 skipped; nothing to do.\n"},
    {VERDICT_SKIPPED, true, "orphaned", {0}, "= web  skip: orphaned\n",
        "Plan: 1 skipped; nothing to do.\n"},
    {VERDICT_REMOVED, true, NULL, {ACTION_REMOVE}, "- web  remove\n", "Plan: 1 to remove.\n"},
    {VERDICT_DEPLOYED, false, NULL, {ACTION_CREATE, ACTION_START}, "+ web  create, start",
        "Plan: 1 to create.\n"},
    {VERDICT_DEPLOYED, false, NULL, {ACTION_START}, "> web  start\n", "Plan: 1 to start.\n"},
    {VERDICT_UPDATED, false, NULL, {ACTION_UPDATE}, "~ web  update\n", "Plan: 1 to update.\n"},
    {VERDICT_REPLACED, false, NULL, {ACTION_CREATE, ACTION_STOP, ACTION_START, ACTION_REMOVE},
        "± web  create, stop, start, remove\n", "Plan: 1 to replace.\n"},
    {VERDICT_REMADE, false, "it is lost", {ACTION_REMOVE, ACTION_CREATE, ACTION_START},
        "± web  remove, create, start: it is lost\n", "Plan: 1 to make again.\n"},
    {VERDICT_WAITING, false, "a mount is missing", {0}, "! web  keep: a mount is missing\n",
        "Plan: 1 waiting.\n"},
    {VERDICT_FAILED, false, "it failed before", {0}, "! web  keep: it failed before\n",
        "Plan: 1 failed.\n"},
};

START_TEST(a_plan_counts_what_it_marks)
{
    story.orphaned = plans[_i].orphaned;
    for (size_t i = 0; i < ACTIONS_MAX && plans[_i].actions[i]; i++)
        add_row(plans[_i].actions[i], 0);
    story_settle(&story, plans[_i].verdict, plans[_i].reason, 0);
    scoped_free char *out = printed(report_print_plan);
    size_t summary = strlen(out) - strlen(plans[_i].summary);
    ck_assert_msg(strstr(out, plans[_i].line) == out, "%s", out);
    ck_assert_str_eq(out + summary, plans[_i].summary);
}
END_TEST

/* ---- what is not applied ---- */

static void reject(bool refused)
{
    report_add_rejected(&report, &(struct report_rejected){.source = memory_string("s"),
                                     .key = memory_string("b.json"),
                                     .origin = memory_string("/m/b.json"),
                                     .text = memory_string("image: found 1"),
                                     .refused = refused});
}

static const struct {
    size_t invalid, refused;
    bool stories;
    const char *plan, *result;
} rejections[] = {
    {1, 0, true, "1 kept; nothing to do; manifests: 1 invalid.\n",
        "1 container: 1 kept; manifests: 1 invalid, in "},
    {0, 2, true, "1 kept; nothing to do; manifests: 2 refused.\n",
        "1 container: 1 kept; manifests: 2 refused, in "},
    {2, 1, false, "Plan: nothing to do; manifests: 2 invalid, 1 refused.\n",
        "Nothing to do; manifests: 2 invalid, 1 refused.\n"},
    {0, 0, false, "Plan: no manifest, nothing to do.\n", "No manifest, nothing to do.\n"},
};

START_TEST(what_is_not_applied_is_counted_and_listed)
{
    for (size_t i = 0; i < rejections[_i].invalid + rejections[_i].refused; i++)
        reject(i >= rejections[_i].invalid);
    story_settle(&story, VERDICT_KEEP, NULL, 1);
    report.stories = rejections[_i].stories ? &stories : NULL;
    scoped_free char *plan = printed(report_print_plan), *result = printed(report_print_result);
    ck_assert_msg(strstr(plan, rejections[_i].plan), "%s", plan);
    ck_assert_msg(strstr(result, rejections[_i].result), "%s", result);
    cJSON *json = parsed(), *one, *list = cJSON_GetObjectItem(json, "rejected");
    size_t refused = 0;
    cJSON_ArrayForEach(one, list) refused +=
        strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(one, "why")), "refused") == 0;
    ck_assert_int_eq(
        cJSON_GetArraySize(list), (int)(rejections[_i].invalid + rejections[_i].refused));
    ck_assert_uint_eq(refused, rejections[_i].refused);
    cJSON_Delete(json);
}
END_TEST

/* ---- what failed stays known ---- */

static const struct {
    enum verdict verdict;
    enum action action; /* of this pass, NONE: nothing was done */
    bool told;
} knowns[] = {
    {VERDICT_FAILED, ACTION_NONE, true},
    {VERDICT_WAITING, ACTION_NONE, true},
    {VERDICT_SKIPPED, ACTION_NONE, true},
    {VERDICT_DIFFERS, ACTION_LOOK, true},
    {VERDICT_FAILED, ACTION_START, false}, /* this pass knows better */
    {VERDICT_KEEP, ACTION_NONE, false},
    {VERDICT_REPLACED, ACTION_CREATE, false},
};

static void expect_former(const cJSON *failure)
{
    scoped_free char *found = cJSON_PrintUnformatted(failure);
    ck_assert_str_eq(found,
        "{\"earlier\":true,\"reason\":\"it ended soon after its start\",\"message\":\"boom\","
        "\"status\":null,\"error\":null,\"exit_code\":4,\"log\":[\"out of something\",\"no JSON\"],"
        "\"final\":true,\"attempts\":3,\"time\":\"2026-01-31T08:00:00Z\",\"synchronised\":false,"
        "\"boot_id\":\"a\"}");
}

START_TEST(an_earlier_failure_is_told_until_it_is_well)
{
    recall();
    if (knowns[_i].action)
        add_row(knowns[_i].action, 1000);
    story_settle(&story, knowns[_i].verdict, "a reason", 1000);
    scoped_free char *out = printed(report_print_result);
    bool told = strstr(out, "    failed 3 times, last at 2026-01-31T08:00:00Z (the clock was not "
                            "set): it ended soon after its start: boom\n"
                            "    it ended with exit code 4\n"
                            "    | out of something\n"
                            "    | no JSON\n") != NULL;
    ck_assert_msg(told == knowns[_i].told, "%s", out);
    cJSON *json = parsed();
    const cJSON *container = cJSON_GetObjectItem(json, "containers")->child;
    const cJSON *failure = cJSON_GetObjectItem(container, "failure");
    if (told)
        expect_former(failure);
    else
        ck_assert(cJSON_IsNull(failure) == (knowns[_i].verdict != VERDICT_FAILED));
    cJSON_Delete(json);
}
END_TEST

/* A plan assumes that all goes well: the failure that it would mend is told all the same. */
START_TEST(a_plan_that_tries_again_tells_the_earlier_failure)
{
    recall();
    if (_i == 1)
        add_row(ACTION_START, 0);
    story_settle(&story, _i == 1 ? VERDICT_DEPLOYED : VERDICT_KEEP, NULL, 0);
    scoped_free char *out = printed(report_print_plan);
    ck_assert_msg((strstr(out, "      failed 3 times") != NULL) == (_i == 1), "%s", out);
}
END_TEST

START_TEST(a_failure_has_the_time_of_its_end)
{
    add_row(ACTION_START, 1000);
    story_settle(&story, VERDICT_FAILED, "a reason", 30000);
    cJSON *json = parsed();
    const cJSON *container = cJSON_GetObjectItem(json, "containers")->child;
    const cJSON *failure = cJSON_GetObjectItem(container, "failure");
    ck_assert_str_eq(
        cJSON_GetStringValue(cJSON_GetObjectItem(failure, "time")), "2026-01-31T08:59:30Z");
    ck_assert(cJSON_IsFalse(cJSON_GetObjectItem(failure, "earlier")));
    cJSON_Delete(json);
}
END_TEST

/* ---- what reaches a terminal ---- */

#define HIDDEN "\033[2J"
#define SPELT  "\\x1b[2J"

static const enum verdict verdicts[] = {VERDICT_KEEP, VERDICT_DEPLOYED, VERDICT_REPLACED,
    VERDICT_REMADE, VERDICT_SKIPPED, VERDICT_WAITING, VERDICT_FAILED};

START_TEST(no_name_commands_a_terminal)
{
    struct difference difference = {
        .path = (char *)"env" HIDDEN, .live = (char *)"", .desired = (char *)""};
    story.name = "web" HIDDEN;
    story.image = story.key = story.origin = story.explicit_id = HIDDEN;
    story.id = memory_string("id" HIDDEN);
    story.waits_for = verdicts[_i] == VERDICT_WAITING ? memory_string(HIDDEN) : NULL;
    story_recall(
        &story, &(struct former_failure){
                    .reason = (char *)HIDDEN, .message = (char *)HIDDEN, .log = (char *)HIDDEN});
    story_settle(&story, verdicts[_i], HIDDEN, 1);
    story.differences = (struct differences){.items = &difference, .count = 1};
    scoped_free char *plan = printed(report_print_plan), *result = printed(report_print_result);
    story.differences = (struct differences){0};
    ck_assert_msg(!strchr(plan, '\033') && strstr(plan, "web" SPELT "  "), "%s", plan);
    ck_assert_msg(strstr(plan, "env" SPELT) != NULL, "%s", plan);
    ck_assert_msg(!strchr(result, '\033'), "%s", result);
}
END_TEST

/* ---- its documentation ---- */

static void expect_keys(const cJSON *object, const char *manual)
{
    for (const cJSON *member = object->child; member; member = member->next) {
        scoped_free char *key = memory_format("`%s`", member->string ? member->string : "");
        ck_assert_msg(!member->string || strstr(manual, key), "docs/report.md has no %s", key);
        expect_keys(member, manual);
    }
}

START_TEST(every_key_is_documented)
{
    struct difference difference = {
        .path = (char *)"env", .live = (char *)"1", .desired = (char *)"2"};
    scoped_free char *manual = NULL;
    size_t length = 0;
    ck_assert_int_eq(
        file_read(suite_source("docs/report.md"), (size_t)1 << 20, &manual, &length, NULL), 0);
    recall();
    add_row(ACTION_LOOK, 1000);
    story_settle(&story, VERDICT_FAILED, "a reason", 2000);
    story.differences = (struct differences){.items = &difference, .count = 1};
    reject(false);
    report_add_problem(&report, SEVERITY_ERROR, "here", "wrong");
    report_add_source(&report, &(struct report_source){.name = memory_string("s")});
    cJSON *json = parsed();
    story.differences = (struct differences){0};
    expect_keys(json, manual);
    cJSON_Delete(json);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *cases = tcase_create("report");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, a_plan_counts_what_it_marks, 0, countof(plans));
    tcase_add_loop_test(cases, what_is_not_applied_is_counted_and_listed, 0, countof(rejections));
    tcase_add_loop_test(cases, an_earlier_failure_is_told_until_it_is_well, 0, countof(knowns));
    tcase_add_loop_test(cases, a_plan_that_tries_again_tells_the_earlier_failure, 0, 2);
    tcase_add_test(cases, a_failure_has_the_time_of_its_end);
    tcase_add_loop_test(cases, no_name_commands_a_terminal, 0, countof(verdicts));
    tcase_add_test(cases, every_key_is_documented);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
