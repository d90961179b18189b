/* kill_test STRATEGY POLICY: the program is killed before and after every single call of what it
 * does; with its journal intact, deleted, or torn; then it runs again. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"
#include "stage.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 40 /* of one run: a run that has more never ends */
#define PASSES    2  /* after which all is well */

static const char *strategy = "create-first", *policy = "no";

enum end {
    END_NEW,  /* one container, made from the second manifest, and it runs */
    END_OLD,  /* one container, made from the first manifest, as it was */
    END_TOLD, /* one container, made from the second manifest, whatever it does */
    END_GONE, /* none */
    END_BOTH, /* as END_NEW; and another one was restarted with it */
};

/* What is between the first manifest and the second one. */
enum before { BEFORE_RUNS, BEFORE_STOPPED, BEFORE_NOTHING };

struct manifest {
    const char *image;
    const char *command; /* JSON, or NULL */
    const char *memory;  /* or NULL */
    const char *policy;  /* NULL: the one of this run */
    const char *id;      /* or NULL */
    bool port;
};

static const struct trial {
    const char *name;
    enum before before;
    struct manifest first, second;
    enum end end;
} trials[] = {
    {"replace", BEFORE_RUNS, {.image = "sleeper:1"}, {.image = "sleeper:2"}, END_NEW},
    {"crash", BEFORE_RUNS, {.image = "sleeper:1"}, {.image = "crasher:1"}, END_OLD},
    {"refused", BEFORE_RUNS, {.image = "sleeper:1"},
        {.image = "sleeper:2", .command = "[\"/no/such\"]"}, END_OLD},
    {"dies", BEFORE_RUNS, {.image = "sleeper:1"},
        {.image = "sleeper:2", .command = "[\"sh\", \"-c\", \"sleep 1.5; exit 3\"]"}, END_OLD},
    {"unknown", BEFORE_RUNS, {.image = "sleeper:1"}, {.image = "nosuch:1"}, END_OLD},
    {"memory", BEFORE_RUNS, {.image = "sleeper:1"}, {.image = "sleeper:1", .memory = "100M"},
        END_NEW},
    {"policy-no", BEFORE_RUNS, {.image = "sleeper:1"}, {.image = "sleeper:1", .policy = "no"},
        END_NEW},
    {"policy-always", BEFORE_RUNS, {.image = "sleeper:1"},
        {.image = "sleeper:1", .policy = "always"}, END_NEW},
    {"port", BEFORE_RUNS, {.image = "sleeper:1", .port = true},
        {.image = "sleeper:2", .port = true}, END_NEW},
    {"port-crash", BEFORE_RUNS, {.image = "sleeper:1", .port = true},
        {.image = "crasher:1", .port = true}, END_OLD},
    {"id", BEFORE_RUNS, {.image = "sleeper:1", .id = "app"}, {.image = "sleeper:2", .id = "app"},
        END_NEW},
    {"loop", BEFORE_RUNS, {.image = "crasher:1"}, {.image = "sleeper:2"}, END_NEW},
    {"stopped", BEFORE_STOPPED, {.image = "sleeper:1"}, {.image = "sleeper:2"}, END_NEW},
    {"stopped-crash", BEFORE_STOPPED, {.image = "sleeper:1"}, {.image = "crasher:1"}, END_OLD},
    {"first", BEFORE_NOTHING, {.image = NULL}, {.image = "sleeper:1"}, END_NEW},
    {"first-crash", BEFORE_NOTHING, {.image = NULL}, {.image = "crasher:1"}, END_TOLD},
    {"first-id", BEFORE_NOTHING, {.image = NULL}, {.image = "sleeper:1", .id = "app"}, END_NEW},
    {"prune", BEFORE_RUNS, {.image = "sleeper:1"}, {.image = NULL}, END_GONE},
    {"together", BEFORE_RUNS, {.image = "sleeper:1"}, {.image = "sleeper:2"}, END_BOTH},
};

static struct stage stage;

/* ---- manifests ---- */

static const char *policy_of(const struct manifest *manifest)
{
    return manifest->policy ? manifest->policy : policy;
}

static void write_manifest(const struct manifest *manifest)
{
    scoped_free char *id = manifest->id ? memory_format("\"id\": \"%s\", ", manifest->id) : NULL;
    scoped_free char *command =
        manifest->command ? memory_format(", \"config\": {\"cmd\": %s}", manifest->command) : NULL;
    scoped_free char *memory =
        manifest->memory ? memory_format(", \"resources\": {\"memory\": \"%s\"}", manifest->memory)
                         : NULL;
    if (!manifest->image) {
        stage_remove(&stage, "app.json");
        return;
    }
    scoped_free char *text = memory_format(
        "{%s\"name\": \"app\", \"image\": {\"name\": \"localhost:5000/%s\"}%s, \"host_config\": "
        "{\"restart_policy\": {\"type\": \"%s\"}%s%s}}\n",
        id ? id : "", manifest->image, command ? command : "", policy_of(manifest),
        memory ? memory : "",
        manifest->port ? ", \"port_mappings\": [{\"host_port\": 8080, \"container_port\": 80}]"
                       : "");
    stage_write(&stage, "app.json", text);
}

static void expect_status(const Kanto__Container *container, bool runs)
{
    bool found = container_status(container) == STATUS_RUNNING;
    if (found != runs)
        stage_wrong(&stage, "it is %s", container_status_word(container_status(container)));
}

/* ---- the peer ---- */

/* free() it. `runs`: it must. Without its journal the program cannot tell its own Stop from a
 * person's: then it leaves what it had stopped to restart it. */
static char *peer_started_at(bool runs)
{
    Kanto__ListContainersResponse *list = harness_list(&stage.harness);
    const Kanto__Container *peer = stage_only(&stage, list, "peer");
    if (peer && runs)
        expect_status(peer, true);
    char *started = memory_string(peer && peer->state ? peer->state->started_at : NULL);
    kanto__list_containers_response__free_unpacked(list, NULL);
    return started ? started : memory_string("");
}

static void write_peer(void)
{
    stage_write(&stage, "peer.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}");
}

/* ---- what must be true ---- */

static const char *image_of(const Kanto__Container *container)
{
    return container_image(container) + strlen("localhost:5000/");
}

static void expect_made_from(const Kanto__Container *container, const struct manifest *manifest)
{
    if (strcmp(image_of(container), manifest->image) != 0)
        stage_wrong(&stage, "found image %s, expected %s", image_of(container), manifest->image);
    if (strcmp(container_policy(container), policy_of(manifest)) != 0)
        stage_wrong(&stage, "found policy %s, expected %s", container_policy(container),
            policy_of(manifest));
}

/* What the journal does not know any more to be of the source is not pruned. */
static void expect_gone(
    const Kanto__ListContainersResponse *list, const struct trial *trial, enum journal_fate fate)
{
    if (stage_count(list, "app") == 0)
        return;
    if (fate == JOURNAL_INTACT)
        stage_wrong(&stage, "it is still there");
    const Kanto__Container *only = stage_only(&stage, list, "app");
    if (only)
        expect_made_from(only, &trial->first);
}

static void expect_end(const struct trial *trial, enum journal_fate fate)
{
    Kanto__ListContainersResponse *list = harness_list(&stage.harness);
    const Kanto__Container *only = trial->end == END_GONE ? NULL : stage_only(&stage, list, "app");
    if (trial->end == END_GONE)
        expect_gone(list, trial, fate);
    if (only && trial->end == END_OLD)
        expect_status(only, trial->before == BEFORE_RUNS);
    if (only && (trial->end == END_NEW || trial->end == END_BOTH))
        expect_status(only, true);
    if (only)
        expect_made_from(only, trial->end == END_OLD ? &trial->first : &trial->second);
    stage_expect_foreign(&stage, list);
    kanto__list_containers_response__free_unpacked(list, NULL);
    if (trial->end != END_TOLD) /* one that crashes is started once a pass */
        stage_expect_no_plan(&stage, trial->end == END_OLD);
}

/* Whenever it was killed: the first one, where it ran, is there unless the second one runs; and
 * under create-first they never run together. */
static void expect_safe(const struct trial *trial)
{
    Kanto__ListContainersResponse *list = harness_list(&stage.harness);
    bool proven = stage_count_running(list, "app") > 0;
    bool replaces = trial->before == BEFORE_RUNS && trial->end != END_GONE &&
                    trial->end != END_TOLD && strcmp(trial->first.image, "crasher:1") != 0;
    for (size_t i = 0; replaces && i < list->n_containers; i++)
        proven = proven || (strcmp(container_name(list->containers[i]), "app") == 0 &&
                               strcmp(image_of(list->containers[i]), trial->first.image) == 0);
    if (replaces && !proven)
        stage_wrong(&stage, "after the kill the old one is gone, and no new one runs");
    if (strcmp(strategy, "create-first") == 0 && stage_count_running(list, "app") > 1)
        stage_wrong(&stage, "after the kill two of one name run");
    stage_expect_foreign(&stage, list);
    kanto__list_containers_response__free_unpacked(list, NULL);
}

/* ---- the story ---- */

static void stop_by_hand(void)
{
    Kanto__ListContainersResponse *list = harness_list(&stage.harness);
    const Kanto__Container *only = stage_only(&stage, list, "app");
    ck_assert(!only || stage_stop(&stage, container_id(only)));
    kanto__list_containers_response__free_unpacked(list, NULL);
}

/* Returns whether the program was killed: the run had so many calls. */
static bool play(const struct trial *trial, unsigned call, const char *when, enum journal_fate fate)
{
    if (trial->before != BEFORE_NOTHING) {
        write_manifest(&trial->first);
        stage_apply(&stage);
    }
    if (trial->before == BEFORE_STOPPED)
        stop_by_hand();
    if (trial->end == END_BOTH)
        write_peer();
    if (trial->end == END_BOTH)
        stage_apply(&stage);
    scoped_free char *started = trial->end == END_BOTH ? peer_started_at(true) : NULL;
    write_manifest(&trial->second);
    harness_tell(&stage.harness, "sigkill-client-at %u:%s", call, when);
    int code = stage_apply(&stage);
    stage_calm(&stage);
    if (code == -SIGKILL)
        expect_safe(trial);
    stage_spoil_journal(&stage, fate);
    for (int i = 0; i < PASSES; i++)
        stage_apply(&stage);
    expect_end(trial, fate);
    scoped_free char *again =
        trial->end == END_BOTH ? peer_started_at(fate == JOURNAL_INTACT) : NULL;
    if (trial->end == END_BOTH && fate == JOURNAL_INTACT && strcmp(started, again) == 0)
        stage_wrong(&stage, "its peer was not restarted");
    return code == -SIGKILL;
}

static bool make_sense(const struct trial *trial)
{
    bool start_first = strcmp(strategy, "start-first") == 0;
    if (trial->first.port || trial->end == END_GONE || trial->end == END_BOTH)
        return !start_first;
    if (trial->before == BEFORE_STOPPED) /* a Stop does not keep these down */
        return strcmp(policy, "always") != 0 && strcmp(policy, "on-failure") != 0;
    return true;
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
        scoped_free char *story = memory_format(
            "%s %s %s:%u:%s:%s", strategy, policy, trial->name, at / 2 + 1, when, fates[fate]);
        if (!stage_is_wanted(story) || !is_sampled((int)(trial - trials), (int)fate, at))
            continue;
        stage_begin(&stage, "%s", story);
        killed = play(trial, at / 2 + 1, when, fate);
        if (killed && at + 1 == 2 * CALLS_MAX)
            stage_wrong(&stage, "it has no end");
    }
}

START_TEST(killed_around_each_call_it_comes_to_the_same_end)
{
    const struct trial *trial = &trials[_i];
    if (!make_sense(trial))
        return;
    stage_open(&stage, "kill");
    if (trial->second.command)
        stage.harness.soak = "50ms"; /* 2.5 s in the life of a container */
    stage_configure(&stage, "prune = yes\nprune_empty = yes\nreplace = %s\n[container peer]\n%s\n",
        strategy, trial->end == END_BOTH ? "restart_with = app" : "soak = 0s");
    for (int fate = 0; fate < JOURNAL_FATES; fate++)
        play_all(trial, (enum journal_fate)fate);
    stage_close(&stage);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("kill");
    TCase *cases = tcase_create("kill");
    if (argc > 2) {
        strategy = argv[1];
        policy = argv[2];
    }
    tcase_set_timeout(cases, 600);
    tcase_add_loop_test(
        cases, killed_around_each_call_it_comes_to_the_same_end, 0, countof(trials));
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
