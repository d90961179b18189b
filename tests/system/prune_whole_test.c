/* What goes, and what may not go: a set is whole when all sources are; names that are held; and a
 * port that an orphan has. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PRUNES "prune = yes\nprune_empty = yes\n"

/* ---- a container moves to a source that cannot say so ---- */

enum destination { AWAY, NO_USER, INVALID, REFUSED, NO_NAME, DESTINATIONS };

/* Source two, as the container comes into it. */
static void add_two(enum destination what)
{
    switch (what) {
    case AWAY:
        trial_source("two", "");
        trial_move("two", "away");
        trial_put("away", "a", "app:1", "");
        break;
    case NO_USER: /* nobody runs its plugin */
        trial_source_as("two", "two", "no-such-user-here", "");
        trial_put("two", "a", "app:1", "");
        break;
    case INVALID:
        trial_source("two", "");
        trial_write_text("two", "a.json", "{\"image\": {\"name\": \"localhost:5000/app:1\"},}");
        break;
    case REFUSED:
        trial_source("two", "");
        trial_put("two", "a", "app:1", ", \"host_config\": {\"privileged\": true}");
        break;
    default: /* its name cannot even be read */
        trial_source("two", "");
        trial_write_text("two", "other.json", "{\"name\": \"a\"");
        break;
    }
}

START_TEST(a_container_that_moves_to_a_source_that_is_not_whole_stays)
{
    if (!trial_begin("whole-moves", NULL))
        return;
    trial_conf("");
    trial_source("one", PRUNES);
    trial_put("one", "a", "app:1", "");
    trial_put("one", "b", "app:1", "");
    TRIAL_APPLY(0);
    trial_remember("a");
    trial_drop("one", "a");
    add_two((enum destination)_i);
    trial_run("plan", NULL);
    trial_expect_not_told("- a");
    for (int i = 0; i < 2; i++) {
        trial_run("apply", NULL);
        trial_expect_untouched("a");
    }
    trial_end();
}
END_TEST

/* In its own source a manifest that is wrong, or asks for too much, keeps what runs. */
START_TEST(a_manifest_that_is_wrong_or_refused_holds_its_name)
{
    if (!trial_begin("whole-holds", NULL))
        return;
    trial_conf("");
    trial_source("one", PRUNES);
    trial_put("one", "a", "app:1", "");
    trial_put("one", "b", "app:1", "");
    TRIAL_APPLY(0);
    trial_remember("a");
    if (_i == 0)
        trial_write_text("one", "a.json", "{\"image\": 1}");
    else
        trial_put("one", "a", "app:1", ", \"host_config\": {\"privileged\": true}");
    TRIAL_APPLY(1);
    trial_expect_untouched("a");
    trial_end();
}
END_TEST

/* ---- whose it is ---- */

/* It moves to b (prune = no) in a pass that cannot deploy its new form there; then b drops it. */
START_TEST(a_container_goes_with_its_manifest_whatever_became_of_the_edit)
{
    if (!trial_begin("whole-ownership", NULL))
        return;
    trial_conf("");
    trial_source("a", PRUNES);
    trial_source("b", "");
    trial_put("a", "c", "app:1", "");
    trial_put("a", "x", "app:1", "");
    trial_put("b", "y", "app:1", "");
    TRIAL_APPLY(0);
    trial_remember("c");
    trial_drop("a", "c");
    trial_put("b", "c", _i == 0 ? "nosuch:1" : "app:crashes", "");
    TRIAL_APPLY(1);
    trial_expect_runs("c", "app:1");
    trial_drop("b", "c");
    TRIAL_APPLY(0);
    trial_expect_runs("c", "app:1"); /* b removes nothing, and a has no say in it */
    trial_end();
}
END_TEST

START_TEST(a_container_that_moved_to_a_source_that_prunes_goes_with_it)
{
    if (!trial_begin("whole-moved", NULL))
        return;
    trial_conf("");
    trial_source("a", _i == 0 ? "" : PRUNES);
    trial_source("b", PRUNES);
    trial_put("a", "c", "app:1", "");
    trial_put("a", "x", "app:1", "");
    trial_put("b", "y", "app:1", "");
    TRIAL_APPLY(0);
    trial_remember("c");
    trial_drop("a", "c");
    trial_put("b", "c", "app:1", "");
    TRIAL_APPLY(0);
    trial_expect_untouched("c");
    trial_drop("b", "c");
    TRIAL_APPLY(0);
    trial_expect_count("c", 0);
    trial_end();
}
END_TEST

/* ---- an orphan has what a new one needs ---- */

#define DEVICE                                                                                     \
    ", \"host_config\": {\"devices\": [{\"path_on_host\": \"/dev/null\", \"path_in_container\": "  \
    "\"/dev/x\"}]}"

START_TEST(a_renamed_manifest_with_the_same_port_runs_after_one_pass)
{
    if (!trial_begin("whole-renamed", NULL))
        return;
    const char *older = _i == 0 ? "old" : "aold", *newer = _i == 0 ? "new" : "znew";
    trial_conf("");
    trial_source("one", PRUNES);
    trial_put("one", older, "app:1", TRIAL_PORT(45230));
    TRIAL_APPLY(0);
    trial_drop("one", older);
    trial_put("one", newer, "app:1", TRIAL_PORT(45230));
    TRIAL_PLAN(2);
    trial_expect_told(older);
    trial_expect_told("stop");
    TRIAL_APPLY(0);
    trial_expect_runs(newer, "app:1");
    trial_expect_count(older, 0);
    trial_end();
}
END_TEST

/* Under a policy that would start it again after its Stop. */
static const char *const restless[] = {"always", "on-failure"};

static char *restless_members(int policy)
{
    return memory_format(", \"host_config\": {\"restart_policy\": {\"type\": \"%s\"%s}, "
                         "\"port_mappings\": [{\"host_port\": 45230, \"container_port\": 80}]}",
        restless[policy], policy ? ", \"maximum_retry_count\": 3, \"retry_timeout\": 7" : "");
}

START_TEST(an_orphan_that_would_start_again_makes_room_all_the_same)
{
    if (!trial_begin("whole-restless", NULL))
        return;
    scoped_free char *members = restless_members(_i);
    trial_conf("");
    trial_source("one", PRUNES);
    trial_put("one", "old", "app:deaf", members); /* it is killed: 137 */
    TRIAL_APPLY(0);
    trial_drop("one", "old");
    trial_put("one", "new", "app:1", TRIAL_PORT(45230));
    TRIAL_APPLY(0, "--grace", "1s");
    trial_expect_runs("new", "app:1");
    trial_expect_count("old", 0);
    trial_end();
}
END_TEST

static void expect_restless(const char *name)
{
    scoped_container Kanto__Container *one = hand_find(&trial, name);
    const Kanto__RestartPolicy *policy = one->host_config->restart_policy;
    ck_assert_str_eq(policy->type, "on-failure");
    ck_assert_int_eq(policy->maximum_retry_count, 3);
    ck_assert_int_eq(policy->retry_timeout, 7);
}

/* It runs again, under the policy that it had; also when the pass is killed in between. */
static const char *const interruptions[] = {
    "", "Start:new=kill-before", "Stop:old=kill-after", "Start:old=kill-after"};

START_TEST(an_orphan_whose_successor_fails_has_its_policy_again)
{
    if (!trial_begin("whole-restless-back", NULL))
        return;
    scoped_free char *members = restless_members(1);
    trial_conf("");
    trial_source("one", PRUNES);
    trial_put("one", "old", "app:deaf", members);
    TRIAL_APPLY(0);
    trial_drop("one", "old");
    trial_put("one", "new", "app:crashes", TRIAL_PORT(45230));
    if (*interruptions[_i]) {
        harness_tell(&trial, "fault %s", interruptions[_i]);
        ck_assert_int_eq(trial_run("apply", "--grace", "1s", NULL), -SIGKILL);
        trial_well();
    }
    TRIAL_APPLY(1, "--grace", "1s");
    trial_expect_runs("old", "app:deaf");
    expect_restless("old");
    trial_end();
}
END_TEST

/* Killed while it was stopped, and then no source may remove it any more: it runs as it did. */
START_TEST(an_orphan_that_an_interrupted_pass_stopped_runs_again_when_it_may_not_go)
{
    if (!trial_begin("whole-restless-stays", NULL))
        return;
    scoped_free char *members = restless_members(1);
    trial_conf("");
    trial_source("one", PRUNES);
    trial_put("one", "old", "app:deaf", members);
    TRIAL_APPLY(0);
    trial_drop("one", "old");
    trial_put("one", "new", "app:1", TRIAL_PORT(45230));
    harness_tell(&trial, "fault Stop:old=kill-after");
    ck_assert_int_eq(trial_run("apply", "--grace", "1s", NULL), -SIGKILL);
    trial_well();
    trial_drop("one", "new");
    trial_conf("");
    trial_source("one", "prune = no\n");
    TRIAL_APPLY(0);
    trial_expect_runs("old", "app:deaf");
    expect_restless("old");
    trial_end();
}
END_TEST

static const char *const bad[] = {"app:crashes", "nosuch:1"};

START_TEST(an_orphan_whose_successor_fails_runs_on)
{
    if (!trial_begin("whole-back", NULL))
        return;
    trial_conf("");
    trial_source("one", PRUNES);
    trial_put("one", "old", "app:1", TRIAL_PORT(45230));
    TRIAL_APPLY(0);
    trial_remember("old");
    trial_drop("one", "old");
    trial_put("one", "new", bad[_i], TRIAL_PORT(45230));
    TRIAL_APPLY(1);
    trial_expect_runs("old", "app:1");
    if (_i == 1) /* what failed before a Stop stopped nothing */
        trial_expect_untouched("old");
    trial_remember("old");
    TRIAL_APPLY(1);
    trial_expect_untouched("old"); /* nor is it stopped again for what failed */
    trial_put("one", "new", "app:2", TRIAL_PORT(45230));
    TRIAL_APPLY(0);
    trial_expect_runs("new", "app:2");
    trial_expect_count("old", 0);
    trial_end();
}
END_TEST

/* It shares nothing that only one can have: it goes as always. */
START_TEST(an_orphan_that_is_in_nobodys_way_goes_after_its_successor_came)
{
    if (!trial_begin("whole-no-way", NULL))
        return;
    trial_conf("");
    trial_source("one", PRUNES);
    trial_put("one", "old", "app:1", _i == 0 ? TRIAL_PORT(45230) : DEVICE);
    TRIAL_APPLY(0);
    trial_drop("one", "old");
    trial_put("one", "new", "app:1", _i == 0 ? TRIAL_PORT(45231) : "");
    TRIAL_APPLY(0);
    trial_expect_runs("new", "app:1");
    trial_expect_count("old", 0);
    trial_end();
}
END_TEST

/* prune = no: an orphan with the port stays, and that is told. */
START_TEST(an_orphan_that_may_not_be_removed_keeps_its_port)
{
    if (!trial_begin("whole-no-prune", NULL))
        return;
    trial_conf("");
    trial_source("one", "prune_empty = yes\n");
    trial_put("one", "old", "app:1", TRIAL_PORT(45230));
    TRIAL_APPLY(0);
    trial_remember("old");
    trial_drop("one", "old");
    trial_put("one", "new", "app:1", TRIAL_PORT(45230));
    TRIAL_APPLY(1);
    trial_expect_told("45230");
    trial_expect_untouched("old");
    trial_end();
}
END_TEST

/* ---- a linked folder ---- */

START_TEST(a_folder_that_became_a_link_removes_nothing)
{
    if (!trial_begin("whole-linked", NULL))
        return;
    trial_conf("");
    trial_source("one", PRUNES "recursive = yes\n");
    trial_put("one", "a", "app:1", "");
    trial_put("one/apps", "b", "app:1", "");
    TRIAL_APPLY(0);
    trial_remember("b");
    trial_move("one/apps", "apps2");
    scoped_free char *link = memory_format("%s/one/apps", trial.folder);
    scoped_free char *target =
        _i == 0 ? memory_string("../apps2") : memory_string("/no/such/folder/here");
    ck_assert_int_eq(symlink(target, link), 0);
    trial_run("plan", NULL);
    trial_expect_not_told("- b");
    trial_run("apply", NULL);
    trial_expect_untouched("b");
    trial_end();
}
END_TEST

void add_prune_whole_tests(TCase *cases)
{
    tcase_add_loop_test(
        cases, a_container_that_moves_to_a_source_that_is_not_whole_stays, 0, DESTINATIONS);
    tcase_add_loop_test(cases, a_manifest_that_is_wrong_or_refused_holds_its_name, 0, 2);
    tcase_add_loop_test(
        cases, a_container_goes_with_its_manifest_whatever_became_of_the_edit, 0, 2);
    tcase_add_loop_test(cases, a_container_that_moved_to_a_source_that_prunes_goes_with_it, 0, 2);
    tcase_add_loop_test(cases, a_renamed_manifest_with_the_same_port_runs_after_one_pass, 0, 2);
    tcase_add_loop_test(
        cases, an_orphan_that_would_start_again_makes_room_all_the_same, 0, countof(restless));
    tcase_add_loop_test(
        cases, an_orphan_whose_successor_fails_has_its_policy_again, 0, countof(interruptions));
    tcase_add_test(cases, an_orphan_that_an_interrupted_pass_stopped_runs_again_when_it_may_not_go);
    tcase_add_loop_test(cases, an_orphan_whose_successor_fails_runs_on, 0, countof(bad));
    tcase_add_loop_test(
        cases, an_orphan_that_is_in_nobodys_way_goes_after_its_successor_came, 0, 2);
    tcase_add_test(cases, an_orphan_that_may_not_be_removed_keeps_its_port);
    tcase_add_loop_test(cases, a_folder_that_became_a_link_removes_nothing, 0, 2);
}
