/* Persons act while a pass runs: what the List said is old by then. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UNLESS TRIAL_POLICY("unless-stopped")
#define ALWAYS TRIAL_POLICY("always")

/* What a person left down is down, was started by nobody, and stays so. */
static void expect_left_down(const char *name, const char *id, int starts)
{
    for (int i = 0; i < 2; i++) {
        trial_expect_down(name);
        ck_assert_msg(trial_calls_on("Start", id) == starts, "%s was started again\n%s", name,
            trial_output());
        if (i == 0)
            trial_run("apply", NULL);
    }
}

/* ---- a person stops ---- */

static const struct {
    const char *policy, *person;
} stops[] = {
    {UNLESS, "Create:app:crashes=stop-after web"}, {UNLESS, "Stop#1=stop-before web"},
    {TRIAL_POLICY("no"), "Stop#1=stop-before web"},
    {ALWAYS, "Stop#1=stop-before web"}, /* it bears unless-stopped by then */
};

START_TEST(a_rollback_does_not_start_what_a_person_stopped_meanwhile)
{
    if (!trial_begin("person-rollback", NULL))
        return;
    trial_write("app:1", stops[_i].policy);
    TRIAL_APPLY(0);
    trial_remember("web");
    scoped_free char *id = memory_string(trial_remembered_id("web"));
    TRIAL_PERSON("%s", stops[_i].person);
    trial_write("app:crashes", stops[_i].policy);
    trial_run("apply", NULL);
    expect_left_down("web", id, 1);
    trial_end();
}
END_TEST

static const struct {
    const char *person;
    int starts;
} beside[] = {
    {"Create:app:2=stop-after side", 1}, /* while the other one is pulled */
    {"Stop:side=stop-before side", 1},   /* right before it would be */
    {"Start:side=stop-after side", 2},   /* right after it was restarted */
};

START_TEST(restart_with_does_not_start_what_a_person_stopped_meanwhile)
{
    if (!trial_begin("person-restart-with", NULL))
        return;
    trial_conf("[container side]\nrestart_with = db\n");
    trial_source("one", "");
    trial_put("one", "db", "app:1", "");
    trial_put("one", "side", "app:1", "");
    TRIAL_APPLY(0);
    trial_remember("side");
    scoped_free char *id = memory_string(trial_remembered_id("side"));
    TRIAL_PERSON("%s", beside[_i].person);
    trial_put("one", "db", "app:2", "");
    trial_run("apply", NULL);
    trial_expect_runs("db", "app:2");
    expect_left_down("side", id, beside[_i].starts);
    trial_end();
}
END_TEST

/* One that is down is about to be started, and a person removes it, or starts it first. */
START_TEST(a_start_that_a_person_was_faster_with_is_no_failure)
{
    if (!trial_begin("person-start", NULL))
        return;
    trial_write("app:1", TRIAL_POLICY("no"));
    TRIAL_APPLY(0);
    hand_kill_process(&trial, "web");
    TRIAL_PERSON("%s", _i == 0 ? "Start:web=start-before web" : "Start:web=remove-before web");
    trial_run("apply", NULL);
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:1");
    trial_end();
}
END_TEST

/* ---- a person and the new one ---- */

START_TEST(a_new_one_that_a_person_stops_in_its_soak_is_not_at_fault)
{
    static const char *const policies[] = {UNLESS, TRIAL_POLICY("no")};
    if (!trial_begin("person-soak-stop", NULL))
        return;
    trial_write("app:1", policies[_i]);
    TRIAL_APPLY(0);
    TRIAL_PERSON("Start:app:2=stop-after web@last");
    trial_write("app:2", policies[_i]);
    for (int i = 0; i < 2; i++) {
        int running = 0;
        trial_run("apply", NULL);
        trial_expect_not_told(WORDS_REMEMBERED);
        harness_count(&trial, "web", &running);
        ck_assert_msg(running == 0, "a person stopped it, and %d run\n%s", running, trial_output());
    }
    trial_write("app:3", policies[_i]); /* another manifest may run */
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:3");
    trial_end();
}
END_TEST

/* Its policy starts it again: it stands. */
START_TEST(a_new_one_that_a_person_stops_in_its_soak_may_start_again)
{
    if (!trial_begin("person-soak-always", NULL))
        return;
    trial_write("app:1", ALWAYS);
    if (_i == 1) /* else it is a first deploy */
        TRIAL_APPLY(0);
    TRIAL_PERSON("Start:app:2=stop-after web@last");
    trial_write("app:2", ALWAYS);
    trial.soak = "600ms"; /* kanto-cm starts it after 100 ms */
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:2");
    TRIAL_APPLY(0);
    trial_expect_not_told(WORDS_REMEMBERED);
    trial_end();
}
END_TEST

static const char *const removals[] = {
    "Create:app:2=remove-after web@last", /* before it was started */
    "Start:app:2=remove-after web@last",  /* in its soak, the old one stands still */
};

START_TEST(a_new_one_that_a_person_removes_brings_the_old_one_back)
{
    if (!trial_begin("person-removes-new", NULL))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    TRIAL_PERSON("%s", removals[_i]);
    trial_write("app:2", "");
    trial.soak = "1200ms"; /* so long that the old one is looked at again before it starts */
    trial_run("apply", NULL);
    int running = 0;
    ck_assert_msg(harness_count(&trial, "web", &running) == 1 && running == 1, "nothing runs\n%s",
        trial_output());
    trial_expect_not_told("it ended"); /* it did not: it is gone */
    TRIAL_APPLY(0);                    /* and it was not the manifest's fault */
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

/* And the pass ends right then: nothing but the journal tells who stopped the old one. */
START_TEST(a_new_one_that_a_person_removes_in_an_interrupted_pass_leaves_nothing_down)
{
    if (!trial_begin("person-removes-new-killed", NULL))
        return;
    const char *members = _i ? ALWAYS ", \"id\": \"web\"" : ALWAYS;
    trial_write("app:1", members);
    TRIAL_APPLY(0);
    if (_i == 1) { /* and what is there is known by its id alone, which is the manifest's */
        scoped_free char *journal = memory_format("%s/journal.json", trial.state);
        ck_assert_int_eq(unlink(journal), 0);
    }
    TRIAL_PERSON("Stop#1=remove-before web@last");
    harness_tell(&trial, "fault Start#1=kill-before");
    trial_write("app:2", members);
    ck_assert_int_eq(trial_run("apply", NULL), -SIGKILL);
    trial_well();
    trial_expect_down("web");
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

static const char *const old_removals[] = {
    "Create:app:2=remove-after web", "Stop#1=remove-before web"};

START_TEST(an_old_one_that_a_person_removes_is_not_missed)
{
    if (!trial_begin("person-removes-old", NULL))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    TRIAL_PERSON("%s", old_removals[_i]);
    trial_write("app:2", "");
    trial_run("apply", NULL);
    trial_expect_runs("web", "app:2");
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

/* A person starts the stopped old one again: it must be stopped before the new one starts. */
START_TEST(two_do_not_run_together_when_a_person_starts_the_old_one)
{
    static const char *const persons[] = {
        "Create:app:2=start-after web", "Create:app:2=start-before web"};
    if (!trial_begin("person-starts-old", NULL))
        return;
    trial_write("app:1", UNLESS);
    TRIAL_APPLY(0);
    trial_remember("web");
    scoped_free char *id = memory_string(trial_remembered_id("web"));
    hand_call(&trial, KANTO_STOP, "web");
    int stops_by_hand = trial_calls_on("Stop", id);
    TRIAL_PERSON("%s", persons[_i]);
    trial_write("app:2", UNLESS);
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:2");
    ck_assert_msg(trial_calls_on("Stop", id) == stops_by_hand + 1,
        "the old one ran on when the new one started\n%s", trial_output());
    trial_end();
}
END_TEST

/* ---- a person renames ---- */

static const char *const kept_by_name[] = {
    "List#1=rename-after gone kept", /* the List is old at once */
    "Get#1=rename-before gone kept", /* and looked at again */
};

START_TEST(what_a_person_renamed_to_keep_it_is_not_pruned)
{
    if (!trial_begin("person-renames-orphan", NULL))
        return;
    trial_conf("");
    trial_source("one", "prune = yes\n");
    trial_put("one", "gone", "app:1", "");
    trial_put("one", "web", "app:1", "");
    TRIAL_APPLY(0);
    TRIAL_PERSON("%s", kept_by_name[_i]);
    trial_drop("one", "gone");
    for (int i = 0; i < 2; i++) {
        trial_run("apply", NULL);
        trial_expect_runs("kept", "app:1");
    }
    trial_end();
}
END_TEST

START_TEST(what_a_person_renamed_between_two_passes_is_not_pruned)
{
    if (!trial_begin("person-renamed-before", NULL))
        return;
    trial_conf("");
    trial_source("one", "prune = yes\n");
    trial_put("one", "gone", "app:1", "");
    trial_put("one", "web", "app:1", "");
    TRIAL_APPLY(0);
    scoped_free char *id = harness_id(&trial, "gone");
    struct kanto_answer answer = harness_call(
        &trial, &(struct kanto_request){.method = KANTO_RENAME, .id = id, .name = "kept"});
    ck_assert_int_eq(answer.outcome, KANTO_OK);
    kanto_answer_finish(&answer);
    if (_i == 0)
        trial_drop("one", "gone"); /* else it is desired still, and made anew */
    for (int i = 0; i < 2; i++) {
        TRIAL_APPLY(0);
        trial_expect_runs("kept", "app:1");
        trial_expect_count("gone", _i);
    }
    trial_end();
}
END_TEST

static const char *const renames[] = {
    "List#1=rename-after web kept", "Create:app:2=rename-after web kept"};

START_TEST(an_old_one_that_a_person_renamed_is_theirs)
{
    if (!trial_begin("person-renames-old", NULL))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    trial_remember("web");
    scoped_free char *id = memory_string(trial_remembered_id("web"));
    TRIAL_PERSON("%s", renames[_i]);
    trial_write("app:2", "");
    for (int i = 0; i < 2; i++) {
        trial_run("apply", NULL);
        trial_expect_runs("web", "app:2");
        trial_expect_runs("kept", "app:1");
    }
    ck_assert_int_eq(trial_calls_on("Stop", id) + trial_calls_on("Update", id), 0);
    trial_end();
}
END_TEST

/* The new one fails, and the old one is theirs by then: no copy of it is made under its former name.
 */
START_TEST(an_old_one_that_a_person_renamed_is_not_made_again)
{
    if (!trial_begin("person-renames-old-new-fails", NULL))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    TRIAL_PERSON("Create:app:crashes=rename-after web kept");
    trial_write("app:crashes", "");
    trial_run("apply", NULL);
    trial_expect_runs("kept", "app:1");
    trial_expect_count("web", 0);
    trial_write("app:2", "");
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:2");
    trial_expect_runs("kept", "app:1");
    trial_end();
}
END_TEST

/* Between two passes, of which the first was killed: the old one was renamed, or is gone; and the
 * manifest is another one by now. What runs runs on until the next new one does. */
static const struct {
    enum kanto_method method;
    const char *fault;
} between[] = {
    {KANTO_RENAME, "Start:app:2=kill-after"},
    {KANTO_REMOVE, "Start:app:2=kill-after"},
    {KANTO_RENAME, "Start:app:2=kill-before"},
};

START_TEST(an_old_one_that_a_person_took_away_between_two_passes_is_not_made_again)
{
    if (!trial_begin("person-took-old-between", NULL))
        return;
    bool was_renamed = between[_i].method == KANTO_RENAME;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    scoped_free char *id = harness_id(&trial, "web");
    harness_tell(&trial, "fault %s", between[_i].fault);
    trial_write("app:2", "");
    ck_assert_int_eq(trial_run("apply", NULL), -SIGKILL);
    trial_well();
    struct kanto_answer answer = harness_call(
        &trial, &(struct kanto_request){
                    .method = between[_i].method, .id = id, .force = true, .name = "kept"});
    ck_assert_int_eq(answer.outcome, KANTO_OK);
    kanto_answer_finish(&answer);
    trial_write("app:3", "");
    for (int i = 0; i < 2; i++) {
        TRIAL_APPLY(0);
        trial_expect_runs("web", "app:3");
        trial_expect_count("kept", was_renamed);
    }
    trial_expect_calls("Create", 3); /* no copy of the old one */
    trial_end();
}
END_TEST

/* ---- a person removes, or makes a second one ---- */

static const char *const gone[] = {
    "List#1=remove-after web",      /* it runs as desired: nothing else is called on it */
    "Update:web=remove-before web", /* it is about to be changed in place */
};

START_TEST(what_a_person_removed_meanwhile_is_there_after_the_next_pass)
{
    if (!trial_begin("person-removes", NULL))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    TRIAL_PERSON("%s", gone[_i]);
    if (_i == 1)
        trial_write("app:1", ", \"host_config\": {\"resources\": {\"memory\": \"100M\"}}");
    trial_run("apply", NULL);
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:1");
    trial_end();
}
END_TEST

/* Theirs has the image app:9; ours is looked for by its own. */
static int count_running(const char *name, const char *image)
{
    Kanto__ListContainersResponse *list = harness_list(&trial);
    scoped_free char *whole = memory_format("localhost:5000/%s", image);
    int count = 0;
    for (size_t i = 0; i < list->n_containers; i++)
        count += strcmp(container_name(list->containers[i]), name) == 0 &&
                 strcmp(container_image(list->containers[i]), whole) == 0 &&
                 container_status(list->containers[i]) == STATUS_RUNNING;
    kanto__list_containers_response__free_unpacked(list, NULL);
    return count;
}

static const struct {
    const char *person;
    bool edited; /* ours is replaced in that pass */
} doubles[] = {
    {"List#1=run-before web localhost:5000/app:9", false},
    {"List#1=run-after web localhost:5000/app:9", false},
    {"List#1=run-after web localhost:5000/app:9", true},
    {"Create:app:2=run-after web localhost:5000/app:9", true},
};

START_TEST(two_of_one_name_are_told_and_neither_is_removed)
{
    if (!trial_begin("person-second", NULL))
        return;
    const char *image = doubles[_i].edited ? "app:2" : "app:1";
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    TRIAL_PERSON("%s", doubles[_i].person);
    trial_write(image, "");
    for (int i = 0; i < 3; i++) {
        trial_run("apply", NULL);
        ck_assert_msg(count_running("web", "app:9") == 1, "theirs is gone\n%s", trial_output());
        ck_assert_msg(count_running("web", "app:1") + count_running("web", "app:2") == 1,
            "ours does not run once\n%s", trial_output());
    }
    ck_assert_int_eq(count_running("web", image), 1);
    trial_expect_told(WORDS_TWO_INSTANCES);
    trial_end();
}
END_TEST

/* Ours is down, and its manifest has changed: it is replaced, not the one that runs. */
START_TEST(a_persons_second_one_does_not_stand_for_ours)
{
    if (!trial_begin("person-second-ours-down", NULL))
        return;
    trial_write("app:1", TRIAL_POLICY("no"));
    TRIAL_APPLY(0);
    TRIAL_PERSON("List#1=run-after web localhost:5000/app:9");
    trial_run("apply", NULL);
    harness_restart(&trial, SIGUSR1, NULL); /* a power cut */
    trial_write("app:2", TRIAL_POLICY("no"));
    trial_run("apply", NULL);
    ck_assert_msg(count_running("web", "app:9") == 1, "theirs is gone\n%s", trial_output());
    ck_assert_msg(count_running("web", "app:2") == 1, "ours does not run\n%s", trial_output());
    trial_expect_count("web", 2);
    trial_end();
}
END_TEST

/* First theirs, then the manifest: under `update` it is taken over, once. */
START_TEST(a_first_deploy_beside_a_persons_own_makes_no_second)
{
    if (!trial_begin("person-first", NULL))
        return;
    TRIAL_PERSON("Create:web=run-before web localhost:5000/app:9");
    trial_write("app:1", "");
    trial_run("apply", NULL);
    ck_assert_msg(count_running("web", "app:9") == 1, "theirs is gone\n%s", trial_output());
    TRIAL_APPLY(0);
    ck_assert_int_eq(count_running("web", "app:9"), 1);
    ck_assert_int_eq(count_running("web", "app:1"), 1);
    trial_expect_told(WORDS_TWO_INSTANCES);
    trial_end();
}
END_TEST

void add_persons_tests(TCase *cases)
{
    tcase_add_loop_test(
        cases, a_rollback_does_not_start_what_a_person_stopped_meanwhile, 0, countof(stops));
    tcase_add_loop_test(
        cases, restart_with_does_not_start_what_a_person_stopped_meanwhile, 0, countof(beside));
    tcase_add_loop_test(cases, a_start_that_a_person_was_faster_with_is_no_failure, 0, 2);
    tcase_add_loop_test(cases, a_new_one_that_a_person_stops_in_its_soak_is_not_at_fault, 0, 2);
    tcase_add_loop_test(cases, a_new_one_that_a_person_stops_in_its_soak_may_start_again, 0, 2);
    tcase_add_loop_test(
        cases, a_new_one_that_a_person_removes_brings_the_old_one_back, 0, countof(removals));
    tcase_add_loop_test(
        cases, a_new_one_that_a_person_removes_in_an_interrupted_pass_leaves_nothing_down, 0, 2);
    tcase_add_loop_test(
        cases, an_old_one_that_a_person_removes_is_not_missed, 0, countof(old_removals));
    tcase_add_loop_test(cases, two_do_not_run_together_when_a_person_starts_the_old_one, 0, 2);
    tcase_add_loop_test(
        cases, what_a_person_renamed_to_keep_it_is_not_pruned, 0, countof(kept_by_name));
    tcase_add_loop_test(cases, what_a_person_renamed_between_two_passes_is_not_pruned, 0, 2);
    tcase_add_loop_test(cases, an_old_one_that_a_person_renamed_is_theirs, 0, countof(renames));
    tcase_add_test(cases, an_old_one_that_a_person_renamed_is_not_made_again);
    tcase_add_loop_test(cases,
        an_old_one_that_a_person_took_away_between_two_passes_is_not_made_again, 0,
        countof(between));
    tcase_add_loop_test(
        cases, what_a_person_removed_meanwhile_is_there_after_the_next_pass, 0, countof(gone));
    tcase_add_loop_test(
        cases, two_of_one_name_are_told_and_neither_is_removed, 0, countof(doubles));
    tcase_add_test(cases, a_persons_second_one_does_not_stand_for_ours);
    tcase_add_test(cases, a_first_deploy_beside_a_persons_own_makes_no_second);
}
