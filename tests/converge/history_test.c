/* history_test FIRST COUNT: histories by chance, one a seed. Manifests come, change, move and go,
 * exchange their ports, sources and registries are away for a while, and persons act in the middle
 * of it, while the program, the daemon and the machine are killed around any call; then everything
 * is calm, and after a few passes all is as desired. KD_SEED=N plays the history of that seed
 * alone; KD_WITHOUT="persons sources ports registries faults" leaves some of that out. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "chance.h"
#include "manifests.h"
#include "model/container.h"
#include "persons.h"
#include "stage.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALM_PASSES 2
#define HANG_MS     200 /* a program that waits for an answer that never comes is killed then */

static unsigned first_seed = 1, seeds = 1;
static bool can_carry;

struct history {
    struct stage stage;
    struct chance chance;
    struct wanted wanted;
    struct persons persons;
    /* Nothing befalls the program or the daemon: whatever fails does so before a Stop, so that
     * nothing may be remembered, and no pass left out. */
    bool gentle;
    int away_image;    /* the registry has trouble with it for a while; -1: with none */
    int held_port;     /* a program of the host has it; 0: none */
    bool journal_lost; /* once */
    bool misses;       /* exits, now and then */
    bool locked;       /* a Remove is refused in this pass: what missed its end seems to run on */
    bool undead[NAMES_MAX]; /* and did so since */
    /* A Start may have been cut half-way, or what seems to run does not: it may have to go. */
    bool unusable;
    char *had[NAMES_MAX];  /* id of the one that ran before the pass, or NULL */
    bool solid[NAMES_MAX]; /* it is of a kind that runs on */
    /* What the first source was last known to say; with the journal that is lost. */
    bool known[NAMES_MAX];
    struct spec known_spec[NAMES_MAX];
    Kanto__ListContainersResponse *before; /* the pass */
};

static struct history history;

static bool is_without(const char *what)
{
    const char *without = getenv("KD_WITHOUT");
    return without && strstr(without, what);
}

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
    history.unusable = history.unusable || (starts && strstr(kind, "-during")) || *ret_kill_ms;
}

static void arm_refusal(void)
{
    static const char *const refusals[] = {"Create#1=no space left on device",
        "Create#1=manifest unknown", "Start#1=runc create failed", "Start#2=runc create failed",
        "Stop#1=could not stop it", "Update#1=it is locked", "Remove#1=it is locked",
        "Start#1=no network controller to connect to default network"};
    const char *refusal = pick(refusals, countof(refusals));
    history.locked = strncmp(refusal, "Remove", strlen("Remove")) == 0;
    harness_tell(&history.stage.harness, "fail %s", refusal);
    stage_note(&history.stage, "  fail %s", refusal);
}

/* A registry that has trouble refuses every Create of the image. */
static void arm_registry(void)
{
    static const char *const answers[] = {"503 Service Unavailable", "502 Bad Gateway",
        "401 Unauthorized", "500 Internal Server Error"};
    unsigned answer = chance_below(&history.chance, countof(answers));
    unsigned image = chance_below(&history.chance, WANTED_GOOD_IMAGES);
    if (chance_in(&history.chance, history.away_image < 0 ? 20 : 50))
        history.away_image = history.away_image < 0 ? (int)image : -1;
    if (history.away_image < 0 || is_without("registries"))
        return;
    const char *name = wanted_image((unsigned)history.away_image);
    stage_note(&history.stage, "  the registry answers %s for %s", answers[answer], name);
    harness_tell(&history.stage.harness,
        "fail Create:%s=failed to resolve reference \"localhost:5000/%s\": unexpected status from "
        "HEAD request to http://localhost:5000/v2/manifests/1: %s",
        name, name, answers[answer]);
}

/* A program of the host has one of the ports, where the simulation knows that. */
static void arm_port(void)
{
    char answer[256];
    unsigned port = PORT_FIRST + chance_below(&history.chance, NAMES_MAX);
    bool changes = chance_in(&history.chance, history.held_port ? 50 : 10);
    scoped_free char *line = memory_format("%s-port %u", history.held_port ? "free" : "hold",
        history.held_port ? (unsigned)history.held_port : port);
    if (!changes || history.gentle || is_without("ports") ||
        !harness_try_tell(&history.stage.harness, line, answer))
        return;
    history.held_port = history.held_port ? 0 : (int)port;
    stage_note(&history.stage, "  %s", line);
}

/* Returns whether answers may be lost in this pass. */
static bool arm(int64_t *ret_kill_ms)
{
    bool spared = history.gentle || is_without("faults");
    bool faulty = chance_in(&history.chance, 55) && !spared;
    history.locked = false;
    harness_tell(&history.stage.harness, "latency Create=400+400");
    harness_tell(&history.stage.harness, "latency Start=200+200");
    harness_tell(&history.stage.harness, "latency Remove=200+200");
    if (faulty)
        arm_fault(ret_kill_ms);
    if (chance_in(&history.chance, 15) && !spared)
        arm_refusal();
    arm_registry();
    arm_port();
    if (chance_in(&history.chance, 60) && !is_without("persons"))
        persons_arm(
            &history.persons, &history.chance, &history.wanted, history.gentle, &history.stage);
    harness_tell(&history.stage.harness, "%s missed-exits", history.misses ? "with" : "without");
    if (chance_in(&history.chance, 5) && !spared)
        *ret_kill_ms = 1 + chance_below(&history.chance, 60);
    history.unusable = history.unusable || *ret_kill_ms;
    return faulty || *ret_kill_ms;
}

/* One that bears a name of the desired ones, or NULL. */
static const Kanto__Container *any_of_ours(const Kanto__ListContainersResponse *list)
{
    size_t at =
        list->n_containers ? chance_below(&history.chance, (unsigned)list->n_containers) : 0;
    bool ours =
        list->n_containers && wanted_index(container_name(list->containers[at])) < NAMES_MAX;
    return ours ? list->containers[at] : NULL;
}

static void stop_by_hand(const Kanto__Container *one)
{
    if (!wanted_spec(&history.wanted, wanted_index(container_name(one))) ||
        container_status(one) != STATUS_RUNNING || !stage_stop(&history.stage, container_id(one)))
        return;
    stage_note(&history.stage, "  a person stops %s", container_id(one));
    persons_stopped(&history.persons, &history.wanted, one);
}

/* Exited: its policy had started it again, and it ended when nobody would any more. */
static bool is_stopped_by_hand(const Kanto__Container *container)
{
    enum container_status status = container_status(container);
    return container->manually_stopped && (status == STATUS_STOPPED || status == STATUS_EXITED);
}

/* What was just stopped to be restarted (restart_with) looks as if a person had stopped it. */
static void lose_journal(void)
{
    Kanto__ListContainersResponse *list = harness_list(&history.stage.harness);
    for (size_t i = 0; i < list->n_containers; i++) {
        const Kanto__Container *one = list->containers[i];
        unsigned name = wanted_index(container_name(one));
        if (name < NAMES_MAX && history.wanted.with[name] >= 0 && is_stopped_by_hand(one) &&
            !persons_find(&history.persons, container_id(one)))
            persons_mistaken(&history.persons, &history.wanted, one);
    }
    kanto__list_containers_response__free_unpacked(list, NULL);
    stage_note(&history.stage, "  the journal is lost");
    stage_spoil_journal(&history.stage, 1 + chance_below(&history.chance, JOURNAL_FATES - 1));
    history.journal_lost = history.persons.journal_lost = true;
    memset(history.known, 0, sizeof(history.known));
}

/* What happens to the world between two passes. */
static void disturb(void)
{
    static const struct {
        const char *word;
        int signal;
    } ends[] = {{"ends", SIGTERM}, {"is killed", SIGKILL}, {"has a power cut", SIGUSR1}};
    bool spared = history.gentle || is_without("faults");
    if (chance_in(&history.chance, 15) && !spared) {
        unsigned end = chance_below(&history.chance, countof(ends));
        stage_note(&history.stage, "  the daemon %s", ends[end].word);
        stage_restart(&history.stage, ends[end].signal);
    }
    if (chance_in(&history.chance, 15) && !spared) {
        Kanto__ListContainersResponse *list = harness_list(&history.stage.harness);
        const Kanto__Container *one = any_of_ours(list);
        const char *word = chance_in(&history.chance, 70) ? "kill-process" : "missed-exit";
        history.unusable = history.unusable || *word == 'm';
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
    if (chance_in(&history.chance, 5) && !spared)
        lose_journal();
}

/* ---- what is true at any time ---- */

static const Kanto__Container *find(const Kanto__ListContainersResponse *list, const char *id)
{
    for (size_t i = 0; i < list->n_containers; i++)
        if (strcmp(container_id(list->containers[i]), id) == 0)
            return list->containers[i];
    return NULL;
}

static void look_before(void)
{
    if (history.before)
        kanto__list_containers_response__free_unpacked(history.before, NULL);
    history.before = harness_list(&history.stage.harness);
    persons_read(&history.persons, &history.wanted, &history.stage);
}

static void remember_what_runs(void)
{
    look_before();
    const Kanto__ListContainersResponse *list = history.before;
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
}

/* What the first source says is known by now, or known to be said no more. */
static void learn(void)
{
    if (!wanted_is_source_whole(&history.wanted, 0))
        return;
    for (unsigned i = 0; i < history.wanted.names; i++) {
        history.known[i] = history.wanted.specs[0][i].there;
        history.known_spec[i] = history.wanted.specs[0][i];
    }
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

/* Ran before the pass, and nothing of its name does now. Where no manifest names it, that is
 * right, unless a source could not say so. */
static void expect_not_lost(const Kanto__ListContainersResponse *list, unsigned name)
{
    bool lost = history.had[name] && !find(list, history.had[name]) &&
                stage_count_running(list, wanted_name(name)) == 0 &&
                !is_done(list, wanted_name(name));
    if (!lost || history.unusable || history.persons.meddled[name])
        return;
    if (wanted_spec(&history.wanted, name))
        stage_wrong(&history.stage, "%s ran, is gone, and no other one runs", wanted_name(name));
    else if (!wanted_is_whole(&history.wanted))
        stage_wrong(
            &history.stage, "%s ran, and was pruned while a source is away", wanted_name(name));
}

/* While the first source is broken the second one gets nothing that is there as the first one's. */
static void expect_not_handed_over(const Kanto__ListContainersResponse *list, unsigned name)
{
    const struct wanted *wanted = &history.wanted;
    const struct spec *first = &wanted->specs[0][name], *second = &wanted->specs[1][name];
    bool holds =
        wanted->health[0] == HEALTH_AWAY || (first->there && wanted->unreadable[0] == name);
    if (wanted_is_source_whole(wanted, 0) || !holds || !history.known[name] || !second->there ||
        stage_count(history.before, wanted_name(name)) == 0 || history.persons.meddled[name])
        return;
    for (size_t i = 0; i < list->n_containers; i++) {
        const Kanto__Container *one = list->containers[i];
        bool is_new = strcmp(container_name(one), wanted_name(name)) == 0 &&
                      !find(history.before, container_id(one));
        if (is_new && !persons_find(&history.persons, container_id(one)) &&
            wanted_is_but_for_place(second, one) &&
            !(first->there && wanted_is_but_for_place(first, one)) &&
            !wanted_is_but_for_place(&history.known_spec[name], one))
            stage_wrong(
                &history.stage, "%s was handed over while its source is broken", wanted_name(name));
    }
}

/* Of two one may have missed its end: it stays while its Remove is refused, and then under hold. */
static void expect_one_runs(const Kanto__ListContainersResponse *list, unsigned name)
{
    bool two = stage_count_running(list, wanted_name(name)) > 1;
    bool stays = history.locked || (history.undead[name] && history.wanted.hold);
    history.undead[name] = two && history.misses && stays;
    if (two && !history.undead[name] && !history.wanted.start_first[name] &&
        !history.persons.doubled[name])
        stage_wrong(&history.stage, "two of %s run together", wanted_name(name));
}

static void expect_always(void)
{
    struct stage *stage = &history.stage;
    persons_read(&history.persons, &history.wanted, stage);
    Kanto__ListContainersResponse *list = harness_list(&stage->harness);
    for (unsigned i = 0; i < history.wanted.names; i++) {
        expect_one_runs(list, i);
        expect_not_lost(list, i);
        expect_not_handed_over(list, i);
    }
    persons_check(&history.persons, list, stage);
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
    const char *id = container_id(container);
    const struct deed *deed = persons_find(&history.persons, id);
    if (!deed || deed->kind != DEED_STOPPED || !is_stopped_by_hand(container))
        return false;
    bool forgotten = history.journal_lost && strcmp(id, wanted_name(name)) == 0;
    return forgotten || deed->unchanged ||
           wanted_is_but_for_place(wanted_spec(&history.wanted, name), container);
}

/* Where a person's is all there is of the name, it stands for the name, and its person stopped it. */
static bool is_persons_own(const Kanto__ListContainersResponse *list, unsigned name)
{
    unsigned made = persons_count_made(&history.persons, list, wanted_name(name));
    bool stopped = false;
    for (size_t i = 0; i < list->n_containers; i++)
        stopped = stopped || (strcmp(container_name(list->containers[i]), wanted_name(name)) == 0 &&
                                 is_stopped_by_hand(list->containers[i]));
    return stopped && made == stage_count(list, wanted_name(name));
}

/* One of the name that a person left down. */
static bool has_left(const Kanto__ListContainersResponse *list, unsigned name)
{
    bool left = is_persons_own(list, name);
    for (size_t i = 0; i < list->n_containers; i++)
        left = left || (strcmp(container_name(list->containers[i]), wanted_name(name)) == 0 &&
                           is_left_to_person(list->containers[i], name));
    return left;
}

static bool is_fulfilled(const struct spec *spec, unsigned name, const Kanto__Container *container)
{
    enum container_status status = container_status(container);
    bool done = wanted_fate(&history.wanted, name) == FATE_ENDS && status == STATUS_EXITED;
    return (status == STATUS_RUNNING || done) && wanted_is(spec, container);
}

static bool fails(unsigned name)
{
    return wanted_fate(&history.wanted, name) == FATE_FAILS;
}

/* Somebody who keeps it has a port of it: a person's container, or one whose own manifest fails. */
static bool is_port_kept(const Kanto__ListContainersResponse *list, unsigned name)
{
    const struct spec *spec = wanted_spec(&history.wanted, name);
    bool kept = false;
    for (size_t i = 0; spec && spec->port && i < list->n_containers; i++) {
        const Kanto__Container *one = list->containers[i];
        unsigned other = wanted_index(container_name(one));
        bool has = other != name && container_status(one) == STATUS_RUNNING &&
                   wanted_port_of(one) == spec->port;
        bool orphan = other < NAMES_MAX && !wanted_spec(&history.wanted, other) &&
                      (history.wanted.orphans || history.journal_lost);
        kept = kept || (has && (other == NAMES_MAX || orphan ||
                                   (wanted_spec(&history.wanted, other) && fails(other))));
    }
    return kept;
}

static void find_blocked(const Kanto__ListContainersResponse *list)
{
    for (unsigned round = 0; round < NAMES_MAX; round++)
        for (unsigned i = 0; i < history.wanted.names; i++)
            history.wanted.blocked[i] = history.wanted.blocked[i] || is_port_kept(list, i);
}

/* Its new manifest cannot be fulfilled: what ran runs on. What it waits for may fail and still run
 * in its old version: then this one may have done its work. */
static void expect_failing(const Kanto__ListContainersResponse *list, unsigned name)
{
    if (history.had[name] && history.solid[name] &&
        stage_count_running(list, wanted_name(name)) == 0 && !is_done(list, wanted_name(name)))
        stage_wrong(&history.stage, "%s ran, its new manifest fails, and it runs no more",
            wanted_name(name));
}

static void expect_fulfilled(
    const Kanto__ListContainersResponse *list, unsigned name, const struct spec *spec)
{
    const Kanto__Container *best = NULL;
    for (size_t i = 0; i < list->n_containers; i++)
        if (strcmp(container_name(list->containers[i]), wanted_name(name)) == 0 &&
            (!best || is_fulfilled(spec, name, list->containers[i])))
            best = list->containers[i];
    if (!best)
        stage_wrong(&history.stage, "there is no %s", wanted_name(name));
    else if (!is_fulfilled(spec, name, best) && !has_left(list, name))
        stage_wrong(&history.stage, "%s is %s%s", wanted_name(name),
            container_status_word(container_status(best)),
            wanted_is(spec, best) ? "" : ", and not as desired");
}

static void expect_name(const Kanto__ListContainersResponse *list, unsigned name)
{
    const struct spec *spec = wanted_spec(&history.wanted, name);
    unsigned count = stage_count(list, wanted_name(name));
    /* What a person made is never pruned; what is under way where neither a manifest nor the journal
     * has the name is another deployer's. */
    unsigned made = spec ? persons_count_made(&history.persons, list, wanted_name(name))
                         : persons_count_all(&history.persons, list, wanted_name(name));
    bool of_others = !spec && history.journal_lost;
    bool gone =
        !spec && !history.journal_lost && !history.wanted.orphans && !wanted_twice(&history.wanted);
    bool beside = spec && has_left(list, name); /* the old one of a new one that is down */
    if (count > (gone ? 0 : 1) + made + beside + of_others)
        stage_wrong(&history.stage, "%u containers are named %s", count, wanted_name(name));
    if (spec && fails(name))
        expect_failing(list, name);
    else if (spec)
        expect_fulfilled(list, name, spec);
}

/* The plan has nothing to do for what can be fulfilled. What persons and killers made start again
 * and again looks like a crash loop for a moment, and there is nothing to do for that either. */
static void expect_plan(void)
{
    struct outcome_of_run outcome = stage_run(&history.stage, "plan");
    for (unsigned i = 0; i < history.wanted.names; i++) {
        scoped_free char *kept = memory_format("= %s ", wanted_name(i));
        scoped_free char *looped = memory_format("! %s  keep: crash loop: ", wanted_name(i));
        bool fulfilled =
            wanted_spec(&history.wanted, i) && !fails(i) && !history.persons.doubled[i];
        if (fulfilled && !strstr(outcome.out, kept) && !strstr(outcome.out, looped))
            stage_wrong(&history.stage, "the plan has something to do for %s:\n%s%s",
                wanted_name(i), outcome.out, outcome.err);
    }
    outcome_finish(&outcome);
}

static void expect_at_last(void)
{
    Kanto__ListContainersResponse *list = harness_list(&history.stage.harness);
    find_blocked(list);
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
    if (chance_in(&history.chance, 25) && !is_without("sources"))
        wanted_disturb(&history.wanted, &history.stage);
    wanted_write(&history.wanted, &history.stage);
    persons_notice(&history.persons, &history.wanted);
    disturb();
    remember_what_runs();
    bool faulty = arm(&kill_ms);
    persons_enter(&history.persons, history.before, faulty);
    history.stage.existing = pick(modes, countof(modes));
    int code = stage_apply_stormy(&history.stage, kill_ms);
    stage_note(&history.stage, "apply --existing %s: %d", history.stage.existing, code);
    if (code < 0 && code != -SIGKILL)
        stage_wrong(&history.stage, "it ended by signal %d", -code);
    stage_calm(&history.stage);
    expect_always();
    if (code >= 0)
        learn();
}

/* After a failure that cost a Stop a pass may be left out, unless a person says otherwise; and what
 * was killed in its soak counts as the manifest's fault. In a gentle history there was neither. */
static void calm_passes(void)
{
    static const char *plain[] = {"--connect-timeout", "5s", NULL};
    static const char *retry[] = {"--connect-timeout", "5s", "--retry", "ant", "--retry", "bee",
        "--retry", "cat", "--retry", "dog", "--retry", "elk", NULL};
    harness_tell(&history.stage.harness, "without missed-exits");
    if (history.held_port)
        harness_tell(&history.stage.harness, "free-port %d", history.held_port);
    history.wanted.hold = false;
    history.wanted.prune[0] = history.wanted.prune[1] = true;
    wanted_mend(&history.wanted);
    wanted_write(&history.wanted, &history.stage);
    persons_notice(&history.persons, &history.wanted);
    history.stage.existing = "update";
    remember_what_runs();
    for (int i = 0; i < CALM_PASSES; i++) {
        look_before();
        persons_enter(&history.persons, history.before, false);
        history.stage.more = i == 0 && !history.gentle ? retry : plain;
        int code = stage_apply_stormy(&history.stage, 0);
        stage_note(&history.stage, "calm apply: %d", code);
        expect_always();
    }
}

static void play(unsigned seed)
{
    /* A registry that has trouble is asked again within a pass. */
    static const char *const more[][7] = {
        {"--connect-timeout", "5s", "--timeout", "3s", "--parallel", "1"},
        {"--connect-timeout", "5s", "--timeout", "3s"}};
    history.chance = chance_of(seed);
    history.journal_lost = false;
    history.unusable = history.misses = chance_in(&history.chance, 25);
    history.gentle = chance_in(&history.chance, 25);
    history.unusable = history.misses = history.misses && !history.gentle;
    stage_begin(&history.stage, "KD_SEED=%u", seed);
    persons_begin(&history.persons);
    memset(history.known, 0, sizeof(history.known));
    memset(history.undead, 0, sizeof(history.undead));
    history.away_image = -1;
    history.held_port = 0;
    wanted_begin(&history.wanted, &history.chance);
    history.wanted.can_carry = can_carry;
    history.wanted.keeps_ports = is_without("ports");
    history.stage.more = more[chance_below(&history.chance, 2)];
    unsigned passes = 2 + chance_below(&history.chance, 5);
    for (unsigned i = 0; i < passes && !history.stage.wrong; i++)
        pass_with_faults();
    calm_passes();
    if (!history.stage.wrong)
        expect_at_last();
}

/* Whether a source's section may say which name it had before. */
static bool find_out_carry(void)
{
    stage_configure(&history.stage, "renamed_from = before\n");
    struct outcome_of_run outcome = stage_run(&history.stage, "plan");
    bool knows = outcome.exit_code != 4 && !strstr(outcome.err, "renamed_from");
    outcome_finish(&outcome);
    free(history.stage.config);
    return knows;
}

START_TEST(whatever_happens_all_is_as_desired_in_the_end)
{
    stage_open(&history.stage, "history");
    can_carry = find_out_carry();
    history.stage.config = memory_format("%s/conf", history.stage.harness.folder);
    history.stage.harness.soak = "20ms";
    for (unsigned i = 0; i < seeds; i++)
        play(first_seed + i);
    for (unsigned i = 0; i < NAMES_MAX; i++)
        free(history.had[i]);
    persons_begin(&history.persons);
    kanto__list_containers_response__free_unpacked(history.before, NULL);
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
    tcase_add_test(cases, whatever_happens_all_is_as_desired_in_the_end);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
