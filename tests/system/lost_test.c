/* Nothing is removed on the word of a sentence: a container is made again only when its process is
 * proven to be lost, and that is told. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "model/container.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY(SIZE) ", \"host_config\": {\"resources\": {\"memory\": \"" SIZE "\"}}"

#define WITH_PORT(SIZE)                                                                            \
    ", \"host_config\": {\"port_mappings\": [{\"host_port\": 45220, \"container_port\": 80}], "    \
    "\"resources\": {\"memory\": \"" SIZE "\"}}"

static void expect_memory(const char *name, const char *memory)
{
    scoped_container Kanto__Container *one = hand_find(&trial, name);
    const Kanto__Resources *resources = one->host_config->resources;
    ck_assert_msg(resources && strcmp(resources->memory, memory) == 0, "memory is %s\n%s",
        resources ? resources->memory : "not set", trial_output());
}

/* ---- sentences of a daemon that has lost nothing ---- */

START_TEST(an_update_that_is_refused_once_removes_nothing)
{
    static const char *const sentences[] = {"cannot update a stopped container: unknown",
        "cannot update a stopped container: not found"};
    if (!trial_begin("lost-update", NULL))
        return;
    trial_write("app:1", MEMORY("100M"));
    TRIAL_APPLY(0);
    trial_remember("web");
    harness_tell(&trial, "fail Update#1=%s", sentences[_i]);
    trial_write("app:1", MEMORY("200M"));
    harness_forget_calls(&trial);
    trial_run("apply", NULL);
    trial_expect_untouched("web");
    trial_expect_calls("Remove", 0);
    trial_expect_calls("Create", 0);
    TRIAL_APPLY(0);
    trial_expect_untouched("web");
    expect_memory("web", "200M");
    trial_end();
}
END_TEST

static const char *const stops[] = {"could not stop container with ID = side with SIGKILL",
    "could not stop container with ID = side with SIGTERM"};

START_TEST(a_stop_that_is_refused_once_removes_nothing)
{
    if (!trial_begin("lost-stop", NULL))
        return;
    trial_conf("[container side]\nrestart_with = db\n");
    trial_source("one", "");
    trial_put("one", "db", "app:1", "");
    trial_put("one", "side", "app:1", "");
    TRIAL_APPLY(0);
    trial_remember("side");
    scoped_free char *id = memory_string(trial_remembered_id("side"));
    harness_tell(&trial, "fail Stop#1:side=%s", stops[_i]);
    trial_put("one", "db", "app:2", "");
    trial_run("apply", NULL);
    TRIAL_APPLY(0);
    trial_expect_runs("side", "app:1");
    ck_assert_msg(trial_calls_on("Remove", id) == 0, "side was removed\n%s", trial_output());
    trial_end();
}
END_TEST

/* ---- one that is lost indeed ---- */

/* Its process is gone, and the daemon calls it Running. */
static void lose(const char *name)
{
    scoped_free char *id = harness_id(&trial, name);
    harness_tell(&trial, "missed-exit %s", id);
}

/* Where in the daemon's log that call is; NULL: it was not made. */
static const char *find_call(const char *log, const char *method, const char *id)
{
    scoped_free char *call =
        memory_format("{\"call\":\"%s\",\"request\":{\"id\":\"%s\"", method, id);
    return strstr(log, call);
}

/* The copy runs before the lost one goes. */
static void expect_started_first(const char *lost, const char *copy)
{
    scoped_free char *log = NULL;
    size_t length = 0;
    ck_assert_int_eq(file_read(trial.log, (size_t)64 << 20, &log, &length, NULL), 0);
    const char *started = find_call(log, "Start", copy), *removed = find_call(log, "Remove", lost);
    ck_assert_msg(started && removed && started < removed,
        "%s was removed before %s was started\n%s", lost, copy, trial_output());
}

/* When it ended nobody knows: a gap would be made up, and so would none. */
static void expect_no_gap_told(const char *name, const char *verdict)
{
    scoped_free char *gap = memory_format("%s: %s; nothing ran", name, verdict);
    scoped_free char *none = memory_format("%s: %s " WORDS_NO_GAP, name, verdict);
    trial_expect_not_told(gap);
    trial_expect_not_told(none);
}

static void expect_made_again(const char *name, const char *lost, bool first)
{
    scoped_free char *copy = harness_id(&trial, name);
    trial_expect_verdict(name, VERDICT_WORD_MADE_AGAIN);
    trial_expect_told(WORDS_LOSS);
    expect_no_gap_told(name, VERDICT_WORD_MADE_AGAIN);
    trial_expect_runs(name, "app:1");
    ck_assert_str_ne(copy, lost);
    if (first)
        expect_started_first(lost, copy);
    TRIAL_APPLY(0);
    trial_expect_verdict(name, VERDICT_WORD_KEPT);
}

START_TEST(one_that_is_lost_is_made_again_when_it_is_to_be_changed)
{
    bool port = _i == 1; /* both would have it: the copy cannot start before the lost one goes */
    const char *one = port ? WITH_PORT("100M") : MEMORY("100M");
    const char *two = port ? WITH_PORT("200M") : MEMORY("200M");
    if (!trial_begin("lost-changed", NULL))
        return;
    trial_write("app:1", one);
    TRIAL_APPLY(0);
    scoped_free char *lost = harness_id(&trial, "web");
    lose("web");
    trial_write("app:1", two);
    TRIAL_APPLY(0);
    expect_memory("web", "200M");
    expect_made_again("web", lost, !port);
    trial_end();
}
END_TEST

START_TEST(one_that_is_lost_is_made_again_when_it_is_to_be_restarted)
{
    if (!trial_begin("lost-restarted", NULL))
        return;
    trial_conf("[container side]\nrestart_with = db\n");
    trial_source("one", "");
    trial_put("one", "db", "app:1", "");
    trial_put("one", "side", "app:1", _i == 0 ? "" : TRIAL_PORT(45221));
    TRIAL_APPLY(0);
    scoped_free char *lost = harness_id(&trial, "side");
    lose("side");
    trial_put("one", "db", "app:2", "");
    TRIAL_APPLY(0);
    trial_expect_runs("db", "app:2");
    expect_made_again("side", lost, _i == 0);
    trial_end();
}
END_TEST

/* A replacement asks for a new one anyway: no copy, and no word of a loss. */
START_TEST(one_that_is_lost_is_replaced_as_any_other)
{
    if (!trial_begin("lost-replaced", NULL))
        return;
    trial_write("app:1", _i == 0 ? "" : TRIAL_PORT(45222));
    TRIAL_APPLY(0);
    lose("web");
    trial_write("app:2", _i == 0 ? "" : TRIAL_PORT(45222));
    TRIAL_APPLY(0);
    trial_expect_verdict("web", VERDICT_WORD_REPLACED);
    expect_no_gap_told("web", VERDICT_WORD_REPLACED);
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

void add_lost_tests(TCase *cases)
{
    tcase_add_loop_test(cases, an_update_that_is_refused_once_removes_nothing, 0, 2);
    tcase_add_loop_test(cases, a_stop_that_is_refused_once_removes_nothing, 0, countof(stops));
    tcase_add_loop_test(cases, one_that_is_lost_is_made_again_when_it_is_to_be_changed, 0, 2);
    tcase_add_loop_test(cases, one_that_is_lost_is_made_again_when_it_is_to_be_restarted, 0, 2);
    tcase_add_loop_test(cases, one_that_is_lost_is_replaced_as_any_other, 0, 2);
}
