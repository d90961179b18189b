/* Containers of ours that no source has: they are told, and go with a source that is renamed. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <stdlib.h>
#include <unistd.h>

static bool begin(const char *name)
{
    if (!trial_begin(name, NULL))
        return false;
    trial_conf("");
    trial_source("one", "prune = yes\n");
    trial_source("two", "prune = yes\n");
    trial_put("one", "ant", "app:1", "");
    trial_put("one", "bee", "app:1", "");
    trial_put("two", "cat", "app:1", "");
    TRIAL_APPLY(0);
    trial_remember("ant");
    trial_remember("bee");
    return true;
}

static void expect_told_as_orphans(int plan, int apply)
{
    TRIAL_PLAN(plan);
    trial_expect_told(WORDS_ORPHANED);
    trial_expect_told("ant");
    TRIAL_APPLY(apply);
    trial_expect_told(WORDS_ORPHANED);
    trial_expect_told("ant");
    trial_expect_untouched("ant");
}

/* The section is gone, or it has another name. */
START_TEST(the_containers_of_a_source_that_is_gone_are_told)
{
    if (!begin("orphans-section"))
        return;
    trial_conf("");
    if (_i == 1)
        trial_source_in("uno", "elsewhere", "prune = yes\n");
    trial_source("two", "prune = yes\n");
    if (_i == 1)
        trial_put("elsewhere", "dog", "app:1", "");
    expect_told_as_orphans(_i == 1 ? 2 : 0, 0);
    trial_expect_told("bee");
    trial_expect_untouched("bee");
    trial_end();
}
END_TEST

/* The journal is lost, so nobody knows whose it was; its id says that it is ours. */
START_TEST(after_the_journal_was_lost_what_no_manifest_names_is_told)
{
    if (!begin("orphans-journal"))
        return;
    scoped_free char *journal = memory_format("%s/journal.json", trial.state);
    ck_assert_int_eq(unlink(journal), 0);
    trial_drop("one", "ant");
    if (_i == 1)
        trial_conf(""), trial_source("two", "prune = yes\n");
    expect_told_as_orphans(0, 0);
    trial_end();
}
END_TEST

START_TEST(what_somebody_else_made_is_no_orphan)
{
    if (!begin("orphans-foreign"))
        return;
    TRIAL_PERSON("List#1=run-before theirs localhost:5000/app:9");
    if (_i == 1)
        TRIAL_APPLY(0);
    TRIAL_PLAN(0);
    trial_expect_not_told("theirs");
    TRIAL_APPLY(0);
    trial_expect_not_told("theirs");
    trial_expect_runs("theirs", "app:9");
    trial_end();
}
END_TEST

/* renamed_from carries over what the source owned: it may be pruned. */
START_TEST(a_renamed_source_owns_what_it_owned_before)
{
    if (!begin("orphans-renamed"))
        return;
    trial_conf("");
    trial_source_in("uno", "one", _i == 0 ? "prune = yes\nrenamed_from = one\n" : "prune = yes\n");
    trial_source("two", "prune = yes\n");
    if (_i == 1) { /* it never was the one, and the manifests are gone at the same time */
        trial_drop("one", "ant");
        TRIAL_APPLY(0);
        trial_expect_told(WORDS_ORPHANED);
        trial_expect_untouched("ant");
    } else {
        TRIAL_APPLY(0);
        trial_expect_not_told(WORDS_ORPHANED);
        trial_expect_untouched("ant");
        trial_drop("one", "ant");
        TRIAL_APPLY(0);
        trial_expect_count("ant", 0);
    }
    trial_expect_untouched("bee");
    trial_end();
}
END_TEST

/* In the same pass, and over an edit: the first pass under the new name already prunes. */
START_TEST(a_source_that_is_renamed_and_edited_at_once_prunes_and_replaces)
{
    if (!begin("orphans-renamed-edited"))
        return;
    trial_conf("");
    trial_source_in("uno", "one", "prune = yes\nrenamed_from = one\n");
    trial_source("two", "prune = yes\n");
    trial_drop("one", "ant");
    if (_i == 1)
        trial_put("one", "bee", "app:2", "");
    TRIAL_APPLY(0);
    trial_expect_count("ant", 0);
    trial_expect_runs("bee", _i == 1 ? "app:2" : "app:1");
    trial_end();
}
END_TEST

void add_orphans_tests(TCase *cases)
{
    tcase_add_loop_test(cases, the_containers_of_a_source_that_is_gone_are_told, 0, 2);
    tcase_add_loop_test(cases, after_the_journal_was_lost_what_no_manifest_names_is_told, 0, 2);
    tcase_add_loop_test(cases, what_somebody_else_made_is_no_orphan, 0, 2);
    tcase_add_loop_test(cases, a_renamed_source_owns_what_it_owned_before, 0, 2);
    tcase_add_loop_test(
        cases, a_source_that_is_renamed_and_edited_at_once_prunes_and_replaces, 0, 2);
}
