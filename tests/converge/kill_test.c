/* kill_test STRATEGY POLICY: the program is killed before and after every single call of what it
 * does; with its journal intact, deleted, or torn; then it runs again. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "suite.h"
#include "trials.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define CALLS_MAX 40 /* of one run: a run that has more never ends */
#define PASSES    2  /* after which all is well */

static struct theatre theatre = {.strategy = "create-first", .policy = "no"};

/* Returns whether the program was killed: the run had so many calls. */
static bool play(const struct trial *trial, unsigned call, const char *when, enum journal_fate fate)
{
    struct stage *stage = &theatre.stage;
    trial_prepare(&theatre, trial);
    harness_tell(&stage->harness, "sigkill-client-at %u:%s", call, when);
    int code = stage_apply(stage);
    stage_calm(stage);
    if (code == -SIGKILL)
        trial_expect_safe(&theatre, trial);
    stage_spoil_journal(stage, fate);
    for (int i = 0; i < PASSES; i++)
        stage_apply(stage);
    trial_expect_end(&theatre, trial, fate);
    return code == -SIGKILL;
}

/* The short form plays each eighth story, of each trial and fate others. */
static bool is_sampled(int trial, int fate, unsigned at)
{
    return stage_is_long() || (at + (unsigned)(3 * fate + 5 * trial)) % 8 == 0;
}

/* All kills of one trial and fate, until the program ends by itself. */
static void play_all(const struct trial *trial, enum journal_fate fate)
{
    static const char *const fates[] = {"intact", "deleted", "torn"};
    bool killed = true;
    for (unsigned at = 0; killed && at < 2 * CALLS_MAX; at++) {
        const char *when = at % 2 ? "after" : "before";
        scoped_free char *story = memory_format("%s %s %s:%u:%s:%s", theatre.strategy,
            theatre.policy, trial->name, at / 2 + 1, when, fates[fate]);
        if (!stage_is_wanted(story) || !is_sampled((int)(trial - trials), (int)fate, at))
            continue;
        stage_begin(&theatre.stage, "%s", story);
        killed = play(trial, at / 2 + 1, when, fate);
        if (killed && at + 1 == 2 * CALLS_MAX)
            stage_wrong(&theatre.stage, "it has no end");
    }
}

START_TEST(killed_around_each_call_it_comes_to_the_same_end)
{
    const struct trial *trial = &trials[_i];
    if (!trial_makes_sense(&theatre, trial))
        return;
    trial_open(&theatre, trial, "kill");
    for (int fate = 0; fate < JOURNAL_FATES; fate++)
        play_all(trial, (enum journal_fate)fate);
    trial_close(&theatre);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("kill");
    TCase *cases = tcase_create("kill");
    if (argc > 2) {
        theatre.strategy = argv[1];
        theatre.policy = argv[2];
    }
    tcase_set_timeout(cases, 600);
    tcase_add_loop_test(
        cases, killed_around_each_call_it_comes_to_the_same_end, 0, (int)trial_count);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
