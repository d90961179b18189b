/* What no manifest names any more, what waits, and what a vehicle that drives must not notice. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "hand.h"
#include "harness.h"
#include "model/container.h"
#include "parts.h"
#include "suite.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct harness harness;
static const char *const images[] = {HARNESS_IMAGES, NULL};

#define IMAGE(NAME)  "{\"image\": {\"name\": \"localhost:5000/" NAME "\"}}"
#define LEAVES(NAME) "{\"image\": {\"name\": \"localhost:5000/" NAME "\"}, " HARNESS_LEAVES "}"
#define GRANT        "allow_registries = localhost:5000\n"

/* Sources one and two are the folders one/ and two/. */
static bool begin(const char *name, const char *of_one, const char *more)
{
    if (!harness_start(&harness, name, images))
        return false;
    static const char *const folders[] = {"one", "two"};
    for (size_t i = 0; i < countof(folders); i++) {
        scoped_free char *path = memory_format("%s/%s", harness.folder, folders[i]);
        ck_assert_int_eq(mkdir(path, 0700), 0);
    }
    harness_write(&harness, "/k.conf",
        "[source one]\nplugin = directory\nuser = root\npath = %s/one\n" GRANT "%s\n"
        "[source two]\nplugin = directory\nuser = root\npath = %s/two\n" GRANT "%s\n",
        harness.folder, of_one, harness.folder, more);
    return true;
}

static struct outcome_of_run run(const char *command, const char *option, const char *value)
{
    scoped_free char *conf = memory_format("%s/k.conf", harness.folder);
    const char *arguments[] = {
        command, "--config", conf, "--existing", "update", option, value, NULL};
    return harness_run(&harness, arguments);
}

static void expect(const char *command, int exit_code, const char *out, const char *err)
{
    outcome_expect(run(command, NULL, NULL), exit_code, out, err);
}

static void take_away(const char *name)
{
    scoped_free char *path = memory_format("%s%s", harness.folder, name);
    ck_assert_int_eq(unlink(path), 0);
}

START_TEST(what_is_no_longer_named_goes_within_its_bounds)
{
    if (!begin("prune", "prune = yes\nprune_limit = 2\n", ""))
        return;
    harness_write(&harness, "/one/a.json", IMAGE("sleeper:1"));
    harness_write(&harness, "/one/b.json", IMAGE("sleeper:1"));
    harness_write(&harness, "/one/c.json", IMAGE("sleeper:1"));
    harness_write(&harness, "/one/d.json", IMAGE("sleeper:1"));
    harness_write(&harness, "/two/mine.json", IMAGE("sleeper:1"));
    expect("apply", 0, "5 deployed", "");

    take_away("/one/a.json");
    expect("plan", 2, "- a     remove", "");
    ck_assert_int_eq(harness_count(&harness, "a", NULL), 1);
    scoped_free char *held = memory_format("%s/held", harness.folder);
    harness_write(&harness, "/held", " ");
    outcome_expect(run("apply", "--hold", held), 0,
        "a: orphaned: no manifest names it; not removed while hold is there", "");
    ck_assert_int_eq(harness_count(&harness, "a", NULL), 1);
    expect("apply", 0, "1 removed", "");
    ck_assert_int_eq(harness_count(&harness, "a", NULL), 0);

    harness_write(&harness, "/one/new.json", IMAGE("sleeper:1"));
    take_away("/one/b.json");
    take_away("/one/c.json");
    take_away("/one/d.json");
    expect("apply", 0, "1 deployed",
        "3 containers are no longer named (b, c, d), more than prune_limit = 2");
    ck_assert_int_eq(harness_count(&harness, NULL, NULL), 5);
    harness_write(&harness, "/one/b.json", IMAGE("sleeper:1"));
    harness_write(&harness, "/one/bad.json", "{");
    expect("apply", 1, "3 kept", "nothing is removed, as what the source says is not complete");
    take_away("/one/bad.json");
    take_away("/two/mine.json"); /* this source does not prune */
    expect("apply", 0, "2 removed", "");
    ck_assert_int_eq(harness_count(&harness, "mine", NULL), 1);
    harness_stop(&harness);
}
END_TEST

START_TEST(an_empty_or_missing_folder_removes_nothing)
{
    if (!begin("prune-empty", "prune = yes\n", ""))
        return;
    harness_write(&harness, "/one/a.json", IMAGE("sleeper:1"));
    expect("apply", 0, "1 deployed", "");
    scoped_free char *one = memory_format("%s/one", harness.folder);
    scoped_free char *away = memory_format("%s/away", harness.folder);
    ck_assert_int_eq(rename(one, away), 0);
    expect("apply", 0, "1 kept", "what it stated last is used");
    /* It is deployed from what was kept. */
    hand_call(&harness, KANTO_REMOVE, "a");
    expect("apply", 0, "1 deployed", "what it stated last is used");
    ck_assert_int_eq(rename(away, one), 0);
    take_away("/one/a.json");
    expect("apply", 0, "", "it is empty; nothing is removed (prune_empty = yes would)");
    ck_assert_int_eq(harness_count(&harness, "a", NULL), 1);
    harness_stop(&harness);
}
END_TEST

START_TEST(a_folder_that_becomes_a_link_removes_nothing)
{
    if (!begin("prune-link", "prune = yes\nrecursive = yes\nread = yes\n", ""))
        return;
    scoped_free char *apps = memory_format("%s/one/apps", harness.folder);
    scoped_free char *moved = memory_format("%s/apps2", harness.folder);
    ck_assert_int_eq(mkdir(apps, 0700), 0);
    harness_write(&harness, "/one/a.json", IMAGE("sleeper:1"));
    harness_write(&harness, "/one/apps/b.json", IMAGE("sleeper:1"));
    expect("apply", 0, "2 deployed", "");
    ck_assert_int_eq(rename(apps, moved), 0);
    ck_assert_int_eq(symlink("../apps2", apps), 0);
    expect("apply", 0, "2 kept", "");
    /* The disk that it leads to is not there at this boot. */
    scoped_free char *away = memory_format("%s/away", harness.folder);
    ck_assert_int_eq(rename(moved, away), 0);
    expect("apply", 1, "1 kept", "/one/apps: a symbolic link to nothing that is there now");
    ck_assert_int_eq(harness_count(&harness, "b", NULL), 1);
    harness_stop(&harness);
}
END_TEST

START_TEST(a_manifest_that_moves_between_sources_restarts_nothing)
{
    if (!begin("moves", "prune = yes\n", ""))
        return;
    harness_write(&harness, "/one/a.json", IMAGE("sleeper:1"));
    harness_write(&harness, "/one/stays.json", IMAGE("sleeper:1"));
    expect("apply", 0, "2 deployed", "");
    scoped_container Kanto__Container *before = hand_find(&harness, "a");
    harness_write(&harness, "/two/a.json", IMAGE("sleeper:1"));
    expect("apply", 0, "2 kept", "a second manifest for \"a\"");
    take_away("/one/a.json");
    expect("plan", 0, "nothing to do", "");
    expect("apply", 0, "2 kept", "");
    scoped_container Kanto__Container *after = hand_find(&harness, "a");
    ck_assert_str_eq(before->id, after->id);
    ck_assert_str_eq(before->state->started_at, after->state->started_at);
    harness_stop(&harness);
}
END_TEST

START_TEST(under_hold_nothing_is_replaced_and_what_is_missing_comes)
{
    if (!begin("hold", "", ""))
        return;
    scoped_free char *held = memory_format("%s/held", harness.folder);
    scoped_free char *missing = memory_format("/one/z%s.json", harness_letters(&harness));
    harness_write(&harness, "/one/driven.json", IMAGE("sleeper:1"));
    expect("apply", 0, "1 deployed", "");
    harness_write(&harness, "/one/driven.json", IMAGE("sleeper:2"));
    harness_write(&harness, missing, IMAGE("sleeper:1"));
    harness_write(&harness, "/held", " ");
    harness_forget_calls(&harness);
    outcome_expect(run("apply", "--hold", held), 0, "not replaced while hold is there", "");
    ck_assert_int_eq(harness_calls(&harness, "Create"), 1);
    ck_assert_int_eq(harness_calls(&harness, "Stop") + harness_calls(&harness, "Remove"), 0);
    take_away("/held");
    outcome_expect(run("apply", "--hold", held), 0, "1 kept, 1 replaced", "");
    harness_stop(&harness);
}
END_TEST

#define TERMS                                                                                      \
    "[container web]\nafter = db\n[container side]\nrestart_with = db\n[container first]\n"        \
    "critical = yes\n"

START_TEST(what_waits_for_a_failure_waits_and_says_so)
{
    if (!begin("waits", "", TERMS))
        return;
    harness_write(&harness, "/one/db.json", IMAGE("nosuch:1"));
    harness_write(&harness, "/one/web.json", IMAGE("sleeper:1"));
    harness_write(&harness, "/one/side.json", LEAVES("sleeper:1"));
    harness_write(&harness, "/one/first.json", IMAGE("sleeper:1"));
    expect("apply", 1, "web: waits for db, which failed\n", "");
    int running = 0;
    harness_count(&harness, "web", &running);
    ck_assert_int_eq(running, 0);
    harness_write(&harness, "/one/db.json", IMAGE("sleeper:1"));
    expect("apply", 0, "3 deployed", "");

    /* A new db: side goes with it, web does not. */
    scoped_container Kanto__Container *web = hand_find(&harness, "web");
    scoped_container Kanto__Container *side = hand_find(&harness, "side");
    harness_write(&harness, "/one/db.json", IMAGE("sleeper:2"));
    expect("plan", 2, "stop, start: restarted because db was replaced (restart_with)", "");
    expect("apply", 0, "side: restarted because db was replaced (restart_with)", "");
    scoped_container Kanto__Container *web_now = hand_find(&harness, "web");
    scoped_container Kanto__Container *side_now = hand_find(&harness, "side");
    ck_assert_str_eq(web->state->started_at, web_now->state->started_at);
    ck_assert_str_ne(side->state->started_at, side_now->state->started_at);
    ck_assert_int_eq(container_status(side_now), STATUS_RUNNING);
    expect("plan", 0, "nothing to do", "");

    /* The old db serves as well. Without any db an edit of web waits, and web runs on. */
    harness_write(&harness, "/one/db.json", IMAGE("nosuch:1"));
    harness_write(&harness, "/one/web.json", IMAGE("sleeper:2"));
    expect("apply", 1, "1 replaced, 1 failed", "");
    hand_call(&harness, KANTO_REMOVE, "db");
    harness_write(&harness, "/one/web.json", IMAGE("sleeper:1"));
    expect("apply", 1, "web: waits for db, which failed; it runs on as it is", "");
    harness_write(&harness, "/one/db.json", IMAGE("sleeper:2"));
    expect("apply", 0, "1 replaced", "");
    harness_stop(&harness);
}
END_TEST

/* Its process is dead, and the daemon calls it Running. */
START_TEST(a_restart_whose_end_is_missed_is_made_good)
{
    static const char *const missed[] = {HARNESS_IMAGES, "--with", "missed-exits=100", NULL};
    if (!harness_start(&harness, "restart-missed", missed))
        return;
    harness_write(&harness, "/k.conf",
        "[source one]\nplugin = directory\nuser = root\npath = %s\n" GRANT "prune = yes\n" TERMS,
        harness.manifests);
    harness_write(&harness, "db.json", IMAGE("sleeper:1"));
    harness_write(&harness, "side.json", IMAGE("sleeper:1"));
    expect("apply", 0, "2 deployed", "");
    harness_write(&harness, "db.json", IMAGE("sleeper:2"));
    expect("apply", 0, "1 replaced, 1 made again", "");
    scoped_container Kanto__Container *side = hand_find(&harness, "side");
    ck_assert_int_eq(container_status(side), STATUS_RUNNING);
    expect("plan", 0, "nothing to do", "");
    take_away("/manifests/side.json");
    expect("apply", 0, "1 removed", "");
    ck_assert_int_eq(harness_count(&harness, "side", NULL), 0);
    harness_stop(&harness);
}
END_TEST

void add_prune_tests(TCase *cases)
{
    tcase_add_test(cases, what_is_no_longer_named_goes_within_its_bounds);
    tcase_add_test(cases, an_empty_or_missing_folder_removes_nothing);
    tcase_add_test(cases, a_folder_that_becomes_a_link_removes_nothing);
    tcase_add_test(cases, a_manifest_that_moves_between_sources_restarts_nothing);
    tcase_add_test(cases, under_hold_nothing_is_replaced_and_what_is_missing_comes);
    tcase_add_test(cases, what_waits_for_a_failure_waits_and_says_so);
    tcase_add_test(cases, a_restart_whose_end_is_missed_is_made_good);
}
