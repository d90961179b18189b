/* A state folder on a full file system: what cannot be written down is not begun. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* The state folder is a small file system of its own, which goes with this process; false where we
 * may not. */
static bool begin(const char *name)
{
    if (!trial_begin(name, NULL))
        return false;
    ck_assert_int_eq(mkdir(trial.state, 0700), 0);
    if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        mount("tmpfs", trial.state, "tmpfs", 0, "size=256k,mode=0700") == 0)
        return true;
    printf("left out: %s mounts a small tmpfs\n", name);
    trial_end();
    return false;
}

static void end(void)
{
    ck_assert_int_eq(umount(trial.state), 0);
    trial_end();
}

static void fill(void)
{
    scoped_free char *path = memory_format("%s/filler", trial.state);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    setvbuf(file, NULL, _IONBF, 0);
    while (fputc('x', file) != EOF)
        ;
    fclose(file);
}

static void free_it(void)
{
    scoped_free char *path = memory_format("%s/filler", trial.state);
    ck_assert_int_eq(unlink(path), 0);
}

START_TEST(nothing_is_replaced_updated_or_removed_that_cannot_be_written_down)
{
    if (!begin("full"))
        return;
    trial_conf("");
    trial_source("one", "prune = yes\n");
    trial_put("one", "web", "app:1", "");
    trial_put("one", "memory", "app:1", "");
    trial_put("one", "gone", "app:1", "");
    TRIAL_APPLY(0);
    trial_remember("web");
    trial_remember("memory");
    trial_remember("gone");
    trial_put("one", "web", "app:2", "");
    trial_put(
        "one", "memory", "app:1", ", \"host_config\": {\"resources\": {\"memory\": \"64M\"}}");
    trial_drop("one", "gone");
    fill();
    harness_forget_calls(&trial);
    for (int i = 0; i < 2; i++) {
        TRIAL_APPLY(1);
        trial_expect_told(WORDS_NO_JOURNAL);
        trial_expect_untouched("web");
        trial_expect_untouched("memory");
        trial_expect_untouched("gone");
        trial_expect_count("web", 1);
    }
    trial_expect_calls("Update", 0);
    free_it();
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:2");
    trial_expect_count("gone", 0);
    end();
}
END_TEST

/* What is missing is created, what is down is started: that needs no journal. */
START_TEST(what_is_missing_or_down_comes_all_the_same)
{
    if (!begin("full-missing"))
        return;
    trial_conf("");
    trial_source("one", "");
    trial_put("one", "down", "app:1", TRIAL_POLICY("no"));
    TRIAL_APPLY(0);
    hand_kill_process(&trial, "down");
    fill();
    trial_put("one", "new", "app:1", "");
    TRIAL_APPLY(1);
    trial_expect_runs("down", "app:1");
    trial_expect_runs("new", "app:1");
    free_it();
    TRIAL_APPLY(0);
    trial_expect_count("new", 1);
    end();
}
END_TEST

void add_journal_full_tests(TCase *cases)
{
    tcase_add_test(cases, nothing_is_replaced_updated_or_removed_that_cannot_be_written_down);
    tcase_add_test(cases, what_is_missing_or_down_comes_all_the_same);
}
