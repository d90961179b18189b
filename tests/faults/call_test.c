/* call_test STRATEGY POLICY: each call that a pass makes to kanto-cm is lost, refused, hangs or ends
 * the connection or the daemon, before, during or after it was done; then the next passes come to
 * the end that one without a fault has. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "injector.h"
#include "suite.h"
#include "trials.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 60 /* of one run: a run that has more never ends */
#define PASSES    2  /* after which all is well */
#define HURRY     600
#define SAMPLED   32 /* of how many cases the short form plays one */

static struct theatre theatre = {.strategy = "create-first", .policy = "no"};
static unsigned cases;

/* What befalls a call. */
static const struct fault {
    const char *kind; /* of the simulation; NULL: it is refused */
    bool waits;       /* until the call's bound is over */
} faults[] = {
    {NULL, false},
    {"hang", true},
    {"lose", true},
    {"expire-before", false},
    {"expire-during", false},
    {"expire-after", false},
    {"drop-before", false},
    {"drop-during", false},
    {"drop-after", false},
    {"crash-before", false},
    {"crash-during", false},
    {"crash-after", false},
    {"power-cut", false},
};

static void arm(const struct fault *fault, unsigned call)
{
    if (fault->kind)
        harness_tell(&theatre.stage.harness, "fault #%u=%s", call, fault->kind);
    else
        harness_tell(&theatre.stage.harness, "fail #%u=it cannot be done", call);
}

/* How many calls the daemon has got. */
static unsigned count_calls(void)
{
    return stage_count_calls(&theatre.stage, "{\"call\":\"");
}

/* What was not done is said, of the container or of kanto-cm. */
static void expect_told(int code)
{
    scoped_free char *err = stage_output(&theatre.stage, "err");
    scoped_free char *out = stage_output(&theatre.stage, "out");
    if (code < 0)
        stage_wrong(&theatre.stage, "it ended by signal %d", -code);
    else if (code > 0 && !strstr(err, "error: ") && !strstr(out, "app: ") && !strstr(out, "peer: "))
        stage_wrong(&theatre.stage, "it ends with %d and says nothing: %s%s", code, out, err);
}

/* What cost a Stop in vain is not tried again so soon: that is a person's word, or a later pass. */
static void try_again(const struct trial *trial)
{
    static const char *const again[] = {"--retry", "app", NULL};
    struct outcome_of_run plan = stage_run(&theatre.stage, "plan");
    bool waits = trial->end != END_OLD && strstr(plan.out, "failed before");
    outcome_finish(&plan);
    theatre.stage.more = again;
    if (waits)
        stage_apply(&theatre.stage);
    theatre.stage.more = NULL;
}

/* Returns whether the run had so many calls. */
static bool play(const struct trial *trial, const struct fault *fault, unsigned call, bool hurry)
{
    /* What is waited for in earnest, by a program whose time passes fast. */
    static const char *const slow[] = {"--connect-timeout", "3h", NULL};
    struct stage *stage = &theatre.stage;
    const char *soak = stage->harness.soak;
    trial_prepare(&theatre, trial);
    unsigned before = count_calls();
    if (hurry)
        injector_hurry(HURRY);
    stage->more = hurry ? slow : NULL;
    stage->harness.soak = hurry ? "30s" : soak;
    stage->power_cut = fault->kind && strcmp(fault->kind, "power-cut") == 0;
    arm(fault, call);
    int code = stage_apply_stormy(stage, 0);
    injector_disarm();
    stage->harness.soak = soak;
    bool hit = count_calls() - before >= call;
    cases++;
    expect_told(code);
    stage_calm(stage);
    if (!stage->power_cut) /* which ends all that runs */
        trial_expect_safe(&theatre, trial);
    stage->more = NULL;
    for (int i = 0; i < PASSES; i++)
        stage_apply(stage);
    try_again(trial);
    trial_expect_end(&theatre, trial, JOURNAL_INTACT);
    return hit;
}

static bool is_sampled(unsigned trial, unsigned fault, unsigned call)
{
    return stage_is_long() || (call + 3 * fault + 5 * trial) % SAMPLED == 1;
}

/* How many calls a run has that nothing befalls. */
static unsigned count_run(const struct trial *trial)
{
    stage_begin(&theatre.stage, "%s", trial->name);
    trial_prepare(&theatre, trial);
    unsigned before = count_calls();
    stage_apply(&theatre.stage);
    return count_calls() - before;
}

static void play_all(unsigned trial, unsigned fault, bool can_hurry, unsigned usual)
{
    bool hit = true;
    unsigned most = stage_is_long() ? CALLS_MAX : usual;
    for (unsigned call = 1; hit && call <= most; call++) {
        scoped_free char *story = memory_format("%s %s %s:%s:%u", theatre.strategy, theatre.policy,
            trials[trial].name, faults[fault].kind ? faults[fault].kind : "refused", call);
        if (!stage_is_wanted(story) || !is_sampled(trial, fault, call))
            continue;
        stage_begin(&theatre.stage, "%s", story);
        hit = play(&trials[trial], &faults[fault], call, faults[fault].waits && can_hurry);
        if (hit && call == CALLS_MAX)
            stage_wrong(&theatre.stage, "it has no end");
    }
}

START_TEST(whatever_befalls_a_call_it_comes_to_the_same_end)
{
    const struct trial *trial = &trials[_i];
    if (!trial_makes_sense(&theatre, trial))
        return;
    bool can_hurry = injector_open();
    trial_open(&theatre, trial, "call");
    unsigned usual = count_run(trial);
    for (unsigned fault = 0; fault < countof(faults); fault++)
        if (can_hurry || !faults[fault].waits)
            play_all((unsigned)_i, fault, can_hurry, usual);
    printf("%s: %u cases\n", trial->name, cases);
    if (can_hurry)
        injector_close();
    trial_close(&theatre);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("call");
    TCase *cases_of = tcase_create("call");
    if (argc > 2) {
        theatre.strategy = argv[1];
        theatre.policy = argv[2];
    }
    tcase_set_timeout(cases_of, 3600);
    tcase_add_loop_test(
        cases_of, whatever_befalls_a_call_it_comes_to_the_same_end, 0, (int)trial_count);
    suite_add_tcase(suite, cases_of);
    return suite_run(suite);
}
