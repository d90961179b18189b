/* history_test FIRST COUNT: histories by chance, one a seed. Manifests come, change, move and go
 * while the program, the daemon and the machine are killed around any call; then everything is
 * calm, and after a few passes all is as desired. KD_SEED=N plays the history of that seed alone. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "chance.h"
#include "manifests.h"
#include "model/container.h"
#include "stage.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALM_PASSES 2
#define HANG_MS     200 /* a program that waits for an answer that never comes is killed then */

static unsigned first_seed = 1, seeds = 1;

struct history {
    struct stage stage;
    struct chance chance;
    struct wanted wanted;
    bool journal_lost; /* once */
    bool misses;       /* exits, now and then */
    /* A Start may have been cut half-way, or what seems to run does not: it may have to go. */
    bool burns;
    char *had[NAMES_MAX];  /* id of the one that ran before the pass, or NULL */
    bool solid[NAMES_MAX]; /* it is of a kind that runs on */
    struct {
        char *id;       /* stopped by a person, or NULL */
        bool unchanged; /* its manifest is, since then */
        struct spec spec;
        unsigned starts; /* of it, before */
    } by_hand[NAMES_MAX];
};

static struct history history;

/* ---- what befalls it ---- */

static const char *pick(const char *const *words, unsigned count)
{
    return words[chance_below(&history.chance, count)];
}

static void arm_fault(int64_t *ret_kill_ms)
{
    static const char *const methods[] = {
        "Create", "Start", "Stop", "Update", "Remove", "Get", "Logs", "List", "", ""};
    static const char *const kinds[] = {"drop", "crash", "expire", "kill", "kill", "kill"};
    static const char *const whens[] = {"before", "during", "after"};
    static const char *const alone[] = {"power-cut", "hang", "lose"};
    const char *method = pick(methods, countof(methods));
    unsigned nth = 1 + chance_below(&history.chance, *method ? 3 : 20);
    scoped_free char *kind =
        chance_in(&history.chance, 80)
            ? memory_format("%s-%s", pick(kinds, countof(kinds)), pick(whens, countof(whens)))
            : memory_string(pick(alone, countof(alone)));
    harness_tell(&history.stage.harness, "fault %s#%u=%s", method, nth, kind);
    stage_note(&history.stage, "  fault %s#%u=%s", method, nth, kind);
    if (strcmp(kind, "hang") == 0 || strcmp(kind, "lose") == 0)
        *ret_kill_ms = HANG_MS;
    bool starts = !*method || strcmp(method, "Start") == 0;
    history.burns = history.burns || (starts && strstr(kind, "-during")) || *ret_kill_ms;
}

static void arm_refusal(void)
{
    static const char *const refusals[] = {"Create#1=no space left on device",
        "Create#1=manifest unknown", "Start#1=runc create failed", "Start#2=runc create failed",
        "Stop#1=could not stop it", "Update#1=it is locked", "Remove#1=it is locked",
        "Start#1=no network controller to connect to default network"};
    const char *refusal = pick(refusals, countof(refusals));
    harness_tell(&history.stage.harness, "fail %s", refusal);
    stage_note(&history.stage, "  fail %s", refusal);
}

static void arm(int64_t *ret_kill_ms)
{
    harness_tell(&history.stage.harness, "latency Create=400+400");
    harness_tell(&history.stage.harness, "latency Start=200+200");
    harness_tell(&history.stage.harness, "latency Remove=200+200");
    if (chance_in(&history.chance, 55))
        arm_fault(ret_kill_ms);
    if (chance_in(&history.chance, 15))
        arm_refusal();
    harness_tell(&history.stage.harness, "%s missed-exits", history.misses ? "with" : "without");
    if (chance_in(&history.chance, 5))
        *ret_kill_ms = 1 + chance_below(&history.chance, 60);
    history.burns = history.burns || *ret_kill_ms;
}

static const Kanto__Container *any_of_ours(const Kanto__ListContainersResponse *list)
{
    size_t at =
        list->n_containers ? chance_below(&history.chance, (unsigned)list->n_containers) : 0;
    return list->n_containers && strcmp(container_id(list->containers[at]), "foreign") != 0
               ? list->containers[at]
               : NULL;
}

static unsigned count_starts(const char *id)
{
    scoped_free char *call = memory_format("{\"call\":\"Start\",\"request\":{\"id\":\"%s\"}", id);
    return stage_count_calls(&history.stage, call);
}

static void forget_hand(unsigned name)
{
    free(history.by_hand[name].id);
    history.by_hand[name].id = NULL;
}

/* Under these policies it stays down until somebody starts it. */
static bool stays_stopped(const Kanto__Container *container)
{
    enum container_policy policy = container_policy_kind(container);
    return policy == POLICY_NO || policy == POLICY_UNLESS_STOPPED;
}

static void stop_by_hand(const Kanto__Container *one)
{
    unsigned name = 0;
    while (strcmp(wanted_name(name), container_name(one)) != 0)
        name++;
    const struct spec *spec = wanted_spec(&history.wanted, name);
    if (!spec || container_status(one) != STATUS_RUNNING || !stays_stopped(one) ||
        !stage_stop(&history.stage, container_id(one)))
        return;
    stage_note(&history.stage, "  a person stops %s", container_id(one));
    forget_hand(name);
    history.by_hand[name].id = memory_string(container_id(one));
    history.by_hand[name].unchanged = true;
    history.by_hand[name].spec = *spec;
    history.by_hand[name].starts = count_starts(container_id(one));
}

/* A manifest that changed is a new desired: it may run again. */
static void notice_changes(void)
{
    for (unsigned i = 0; i < history.wanted.names; i++) {
        const struct spec *spec = wanted_spec(&history.wanted, i);
        if (!spec || memcmp(spec, &history.by_hand[i].spec, sizeof(*spec)) != 0)
            history.by_hand[i].unchanged = false;
    }
}

/* What happens to the world between two passes. */
static void disturb(void)
{
    static const struct {
        const char *word;
        int signal;
    } ends[] = {{"ends", SIGTERM}, {"is killed", SIGKILL}, {"has a power cut", SIGUSR1}};
    if (chance_in(&history.chance, 15)) {
        unsigned end = chance_below(&history.chance, countof(ends));
        stage_note(&history.stage, "  the daemon %s", ends[end].word);
        stage_restart(&history.stage, ends[end].signal);
    }
    if (chance_in(&history.chance, 15)) {
        Kanto__ListContainersResponse *list = harness_list(&history.stage.harness);
        const Kanto__Container *one = any_of_ours(list);
        const char *word = chance_in(&history.chance, 70) ? "kill-process" : "missed-exit";
        history.burns = history.burns || *word == 'm';
        if (one) {
            stage_note(&history.stage, "  %s %s", word, container_id(one));
            harness_tell(&history.stage.harness, "%s %s%s", word, container_id(one),
                *word == 'k' ? " SIGKILL" : "");
        }
        kanto__list_containers_response__free_unpacked(list, NULL);
    }
    if (chance_in(&history.chance, 8)) {
        Kanto__ListContainersResponse *list = harness_list(&history.stage.harness);
        const Kanto__Container *one = any_of_ours(list);
        if (one)
            stop_by_hand(one);
        kanto__list_containers_response__free_unpacked(list, NULL);
    }
    if (chance_in(&history.chance, 5)) {
        stage_note(&history.stage, "  the journal is lost");
        stage_spoil_journal(&history.stage, 1 + chance_below(&history.chance, JOURNAL_FATES - 1));
        history.journal_lost = true;
    }
}

/* ---- what is true at any time ---- */

static const Kanto__Container *find(const Kanto__ListContainersResponse *list, const char *id)
{
    for (size_t i = 0; i < list->n_containers; i++)
        if (strcmp(container_id(list->containers[i]), id) == 0)
            return list->containers[i];
    return NULL;
}

static void remember_what_runs(void)
{
    Kanto__ListContainersResponse *list = harness_list(&history.stage.harness);
    for (unsigned i = 0; i < history.wanted.names; i++) {
        free(history.had[i]);
        history.had[i] = NULL;
        for (size_t j = 0; j < list->n_containers && !history.had[i]; j++) {
            const Kanto__Container *one = list->containers[j];
            if (strcmp(container_name(one), wanted_name(i)) != 0 ||
                container_status(one) != STATUS_RUNNING)
                continue;
            history.had[i] = memory_string(container_id(one));
            history.solid[i] = wanted_is_solid(one);
        }
    }
    kanto__list_containers_response__free_unpacked(list, NULL);
}

/* It did its work, which is proof enough for its old one to go. */
static bool is_done(const Kanto__ListContainersResponse *list, const char *name)
{
    for (size_t i = 0; i < list->n_containers; i++)
        if (strcmp(container_name(list->containers[i]), name) == 0 &&
            container_status(list->containers[i]) == STATUS_EXITED &&
            list->containers[i]->state->exit_code == 0)
            return true;
    return false;
}

static void expect_always(void)
{
    struct stage *stage = &history.stage;
    Kanto__ListContainersResponse *list = harness_list(&stage->harness);
    for (unsigned i = 0; i < history.wanted.names; i++) {
        const char *name = wanted_name(i);
        if (!history.wanted.start_first[i] && stage_count_running(list, name) > 1)
            stage_wrong(stage, "two of %s run together", name);
        bool lost = history.had[i] && !find(list, history.had[i]) &&
                    stage_count_running(list, name) == 0 && !is_done(list, name);
        if (lost && wanted_spec(&history.wanted, i) && !history.burns)
            stage_wrong(stage, "%s ran, is gone, and no other one runs", name);
        if (history.by_hand[i].id && history.by_hand[i].unchanged &&
            count_starts(history.by_hand[i].id) > history.by_hand[i].starts)
            stage_wrong(stage, "%s was stopped by a person, and is started", name);
    }
    if (stage_count(list, "foreign") != 1)
        stage_wrong(stage, "the foreign container is gone");
    stage_expect_no_call_on_foreign(stage);
    kanto__list_containers_response__free_unpacked(list, NULL);
}

/* ---- what is true at last ---- */

/* What a person stopped stays so until its manifest changes in more than what could be changed in
 * place. With the journal it is lost what one with an id of the manifest's own was made from. */
static bool is_left_to_person(const Kanto__Container *container, unsigned name)
{
    const char *id = history.by_hand[name].id;
    if (!id || strcmp(id, container_id(container)) != 0 || !container->manually_stopped ||
        container_status(container) != STATUS_STOPPED)
        return false;
    bool forgotten = history.journal_lost && strcmp(id, wanted_name(name)) == 0;
    return forgotten || history.by_hand[name].unchanged ||
           wanted_is_but_for_place(wanted_spec(&history.wanted, name), container);
}

static void expect_name(const Kanto__ListContainersResponse *list, unsigned name)
{
    struct stage *stage = &history.stage;
    const struct spec *spec = wanted_spec(&history.wanted, name);
    unsigned count = stage_count(list, wanted_name(name));
    /* What it waits for may fail and still run in its old version: then this one may have done its
     * work. */
    if (spec && wanted_fate(&history.wanted, name) == FATE_FAILS && history.had[name] &&
        history.solid[name] && stage_count_running(list, wanted_name(name)) == 0 &&
        !is_done(list, wanted_name(name)))
        stage_wrong(
            stage, "%s ran, its new manifest fails, and it runs no more", wanted_name(name));
    if (!spec || wanted_fate(&history.wanted, name) == FATE_FAILS) {
        bool gone = !spec && !history.journal_lost && !wanted_twice(&history.wanted);
        if (count > (gone ? 0 : 1))
            stage_wrong(stage, "%u containers are named %s", count, wanted_name(name));
        return;
    }
    const Kanto__Container *only = stage_only(stage, list, wanted_name(name));
    if (!only)
        return;
    enum container_status status = container_status(only);
    if (is_left_to_person(only, name))
        return;
    bool done = wanted_fate(&history.wanted, name) == FATE_ENDS && status == STATUS_EXITED;
    if (status != STATUS_RUNNING && !done)
        stage_wrong(stage, "%s is %s", wanted_name(name), container_status_word(status));
    if (!wanted_is(spec, only))
        stage_wrong(stage, "%s is not as desired", wanted_name(name));
}

/* The plan has nothing to do for what can be fulfilled. */
static void expect_plan(void)
{
    struct outcome_of_run outcome = stage_run(&history.stage, "plan");
    for (unsigned i = 0; i < history.wanted.names; i++) {
        scoped_free char *kept = memory_format("= %s ", wanted_name(i));
        bool fulfilled =
            wanted_spec(&history.wanted, i) && wanted_fate(&history.wanted, i) != FATE_FAILS;
        if (fulfilled && !strstr(outcome.out, kept))
            stage_wrong(&history.stage, "the plan has something to do for %s:\n%s%s",
                wanted_name(i), outcome.out, outcome.err);
    }
    outcome_finish(&outcome);
}

static void expect_at_last(void)
{
    Kanto__ListContainersResponse *list = harness_list(&history.stage.harness);
    for (unsigned i = 0; i < history.wanted.names; i++)
        expect_name(list, i);
    if (stage_count(list, "foreign") != 1)
        stage_wrong(&history.stage, "the foreign container is gone");
    kanto__list_containers_response__free_unpacked(list, NULL);
    stage_expect_no_call_on_foreign(&history.stage);
    expect_plan();
}

/* ---- a history ---- */

static void pass_with_faults(void)
{
    static const char *const modes[] = {"update", "update", "update", "update", "start", "ignore"};
    int64_t kill_ms = 0;
    unsigned changes = chance_below(&history.chance, 4);
    for (unsigned i = 0; i < changes; i++)
        wanted_change(&history.wanted, &history.stage);
    wanted_write(&history.wanted, &history.stage);
    notice_changes();
    disturb();
    remember_what_runs();
    arm(&kill_ms);
    history.stage.existing = pick(modes, countof(modes));
    int code = stage_apply_stormy(&history.stage, kill_ms);
    stage_note(&history.stage, "apply --existing %s: %d", history.stage.existing, code);
    if (code < 0 && code != -SIGKILL)
        stage_wrong(&history.stage, "it ended by signal %d", -code);
    stage_calm(&history.stage);
    expect_always();
}

/* A refusal that was only injected counts as the manifest's fault, until a person says otherwise.
 */
static void calm_passes(void)
{
    static const char *retry[] = {"--connect-timeout", "5s", "--retry", "ant", "--retry", "bee",
        "--retry", "cat", "--retry", "dog", "--retry", "elk", NULL};
    harness_tell(&history.stage.harness, "without missed-exits");
    history.wanted.hold = false;
    history.wanted.prune[0] = history.wanted.prune[1] = true;
    wanted_write(&history.wanted, &history.stage);
    history.stage.existing = "update";
    remember_what_runs();
    for (int i = 0; i < CALM_PASSES; i++) {
        const char *const *before = history.stage.more;
        if (i == 0)
            history.stage.more = retry;
        int code = stage_apply_stormy(&history.stage, 0);
        stage_note(&history.stage, "calm apply: %d", code);
        history.stage.more = before;
        expect_always();
    }
}

static void play(unsigned seed)
{
    static const char *const more[][5] = {
        {"--connect-timeout", "5s", "--parallel", "1"}, {"--connect-timeout", "5s"}};
    history.chance = chance_of(seed);
    history.journal_lost = false;
    history.burns = history.misses = chance_in(&history.chance, 25);
    stage_begin(&history.stage, "KD_SEED=%u", seed);
    for (unsigned i = 0; i < NAMES_MAX; i++)
        forget_hand(i);
    wanted_begin(&history.wanted, &history.chance);
    history.stage.more = more[chance_below(&history.chance, 2)];
    unsigned passes = 2 + chance_below(&history.chance, 5);
    for (unsigned i = 0; i < passes && !history.stage.wrong; i++)
        pass_with_faults();
    calm_passes();
    if (!history.stage.wrong)
        expect_at_last();
}

START_TEST(whatever_happens_all_is_as_wished_in_the_end)
{
    stage_open(&history.stage, "history");
    history.stage.config = memory_format("%s/conf", history.stage.harness.folder);
    history.stage.harness.soak = "20ms";
    for (unsigned i = 0; i < seeds; i++)
        play(first_seed + i);
    for (unsigned i = 0; i < NAMES_MAX; i++) {
        free(history.had[i]);
        forget_hand(i);
    }
    stage_close(&history.stage);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("history");
    TCase *cases = tcase_create("history");
    const char *seed = getenv("KD_SEED");
    if (argc > 2) {
        first_seed = (unsigned)strtoul(argv[1], NULL, 10);
        seeds = (unsigned)strtoul(argv[2], NULL, 10);
    }
    if (seed && *seed) {
        first_seed = (unsigned)strtoul(seed, NULL, 10);
        seeds = 1;
    }
    tcase_set_timeout(cases, 36000);
    tcase_add_test(cases, whatever_happens_all_is_as_wished_in_the_end);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
