/* A source that is broken gives nothing away: while it is, its names change hands to nobody. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <stdlib.h>

/* The name web is in both; the first one's runs. */
static bool begin(const char *name)
{
    if (!trial_begin(name, NULL))
        return false;
    trial_conf("");
    trial_source("one", "prune = yes\n");
    trial_source("two", "prune = yes\n");
    trial_put("one", "web", "app:1", "");
    trial_put("one", "other", "app:1", "");
    trial_put("two", "web", "app:2", "");
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:1");
    trial_remember("web");
    trial_remember("other");
    return true;
}

static void expect_kept(void)
{
    trial_expect_untouched("web");
    trial_expect_untouched("other");
}

/* Both sources, these lines in the first one's section. */
static void configure(const char *folder, const char *lines)
{
    trial_conf("");
    trial_source_in("one", folder, lines);
    trial_source("two", "prune = yes\n");
}

/* ---- a wrong configuration ---- */

static const char *const typos[] = {
    "prune = yes\npth = /x\n", "prune = yes\nrecursive = maybe\n", "prune = yes\nrecursiv = yes\n"};

START_TEST(a_wrong_key_of_a_plugin_is_a_wrong_configuration)
{
    if (!begin("broken-key"))
        return;
    configure("one", typos[_i]);
    harness_forget_calls(&trial);
    TRIAL_PLAN(4);
    TRIAL_APPLY(4);
    trial_expect_told("k.conf:");
    expect_kept();
    configure("one", "prune = yes\n");
    TRIAL_APPLY(0);
    expect_kept();
    trial_end();
}
END_TEST

/* ---- a source that is away, or says something that cannot be understood ---- */

enum fate { SYNTAX, NAMELESS, WRONG, FOLDER_AWAY, OTHER_FOLDER, RECURSIVE_AWAY, FATES };

static void break_it(enum fate fate)
{
    switch (fate) {
    case SYNTAX:
        trial_write_text("one", "web.json", "{\"image\": {\"name\": ");
        break;
    case NAMELESS: /* whose manifest it is cannot be told by its file */
        trial_drop("one", "web");
        trial_write_text("one", "a.json", "{\"name\": \"web\", \"image\": {\"name\": ");
        break;
    case WRONG:
        trial_put("one", "web", "app:1", ", \"host_config\": {\"network_mode\": \"none\"}");
        break;
    case FOLDER_AWAY:
        trial_move("one", "away");
        break;
    case OTHER_FOLDER: /* a slip in the conf: a folder that is not there */
        configure("nowhere", "prune = yes\n");
        trial_move("nowhere", "elsewhere");
        break;
    default:
        configure("one", "prune = yes\nrecursive = yes\n");
        trial_move("one", "away");
        break;
    }
}

static void mend(enum fate fate)
{
    if (fate == NAMELESS)
        trial_drop("one", "a");
    if (fate == FOLDER_AWAY || fate == RECURSIVE_AWAY)
        trial_move("away", "one");
    if (fate == OTHER_FOLDER)
        configure("one", "prune = yes\n");
    trial_put("one", "web", "app:1", "");
}

START_TEST(while_a_source_is_broken_its_names_change_hands_to_nobody)
{
    if (!begin("broken-hands"))
        return;
    break_it((enum fate)_i);
    for (int i = 0; i < 3; i++) {
        trial_run("apply", NULL);
        expect_kept();
    }
    mend((enum fate)_i);
    TRIAL_APPLY(0);
    expect_kept();
    trial_end();
}
END_TEST

/* A second failure on top of the first: the kept set is of before. */
START_TEST(a_name_is_held_while_the_source_is_broken_and_its_container_was_removed)
{
    if (!begin("broken-removed"))
        return;
    break_it(_i == 0 ? SYNTAX : FOLDER_AWAY);
    hand_call(&trial, KANTO_REMOVE, "web");
    trial_run("apply", NULL);
    ck_assert_int_eq(harness_count(&trial, "web", NULL) <= 1, 1);
    mend(_i == 0 ? SYNTAX : FOLDER_AWAY);
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:1");
    trial_end();
}
END_TEST

/* ---- what was kept ---- */

static const char *const harmless[] = {
    "prune = yes\ntimeout = 20s\n", "prune = yes\nsoak = 50ms\n", "prune_limit = 3\n"};

START_TEST(a_kept_set_survives_a_change_of_settings_that_do_not_decide_what_is_read)
{
    if (!begin("broken-kept"))
        return;
    configure("one", harmless[_i]);
    trial_move("one", "away");
    hand_call(&trial, KANTO_REMOVE, "other");
    TRIAL_APPLY(0);
    trial_expect_untouched("web");
    trial_expect_runs("other", "app:1"); /* from what was kept */
    trial_end();
}
END_TEST

void add_broken_source_tests(TCase *cases)
{
    tcase_add_loop_test(cases, a_wrong_key_of_a_plugin_is_a_wrong_configuration, 0, countof(typos));
    tcase_add_loop_test(cases, while_a_source_is_broken_its_names_change_hands_to_nobody, 0, FATES);
    tcase_add_loop_test(
        cases, a_name_is_held_while_the_source_is_broken_and_its_container_was_removed, 0, 2);
    tcase_add_loop_test(cases,
        a_kept_set_survives_a_change_of_settings_that_do_not_decide_what_is_read, 0,
        countof(harmless));
}
