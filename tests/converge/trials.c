#include "trials.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

const struct trial trials[] = {
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
const unsigned trial_count = countof(trials);

/* ---- manifests ---- */

static const char *policy_of(const struct theatre *theatre, const struct manifest *manifest)
{
    return manifest->policy ? manifest->policy : theatre->policy;
}

static void write_manifest(struct theatre *theatre, const struct manifest *manifest)
{
    scoped_free char *id = manifest->id ? memory_format("\"id\": \"%s\", ", manifest->id) : NULL;
    scoped_free char *command =
        manifest->command ? memory_format(", \"config\": {\"cmd\": %s}", manifest->command) : NULL;
    scoped_free char *memory =
        manifest->memory ? memory_format(", \"resources\": {\"memory\": \"%s\"}", manifest->memory)
                         : NULL;
    if (!manifest->image) {
        stage_remove(&theatre->stage, "app.json");
        return;
    }
    scoped_free char *text = memory_format(
        "{%s\"name\": \"app\", \"image\": {\"name\": \"localhost:5000/%s\"}%s, \"host_config\": "
        "{\"restart_policy\": {\"type\": \"%s\"}%s%s}}\n",
        id ? id : "", manifest->image, command ? command : "", policy_of(theatre, manifest),
        memory ? memory : "",
        manifest->port ? ", \"port_mappings\": [{\"host_port\": 8080, \"container_port\": 80}]"
                       : "");
    stage_write(&theatre->stage, "app.json", text);
}

static void expect_status(struct theatre *theatre, const Kanto__Container *container, bool runs)
{
    bool found = container_status(container) == STATUS_RUNNING;
    if (found != runs)
        stage_wrong(
            &theatre->stage, "it is %s", container_status_word(container_status(container)));
}

/* ---- the peer ---- */

/* free() it. `runs`: it must. Without its journal the program cannot tell its own Stop from a
 * person's: then it leaves what it had stopped to restart it. */
static char *peer_started_at(struct theatre *theatre, bool runs)
{
    Kanto__ListContainersResponse *list = harness_list(&theatre->stage.harness);
    const Kanto__Container *peer = stage_only(&theatre->stage, list, "peer");
    if (peer && runs)
        expect_status(theatre, peer, true);
    char *started = memory_string(peer && peer->state ? peer->state->started_at : NULL);
    kanto__list_containers_response__free_unpacked(list, NULL);
    return started ? started : memory_string("");
}

static void write_peer(struct theatre *theatre)
{
    stage_write(
        &theatre->stage, "peer.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}");
}

/* ---- what must be true ---- */

static const char *image_of(const Kanto__Container *container)
{
    return container_image(container) + strlen("localhost:5000/");
}

static void expect_made_from(
    struct theatre *theatre, const Kanto__Container *container, const struct manifest *manifest)
{
    if (strcmp(image_of(container), manifest->image) != 0)
        stage_wrong(
            &theatre->stage, "found image %s, expected %s", image_of(container), manifest->image);
    if (strcmp(container_policy(container), policy_of(theatre, manifest)) != 0)
        stage_wrong(&theatre->stage, "found policy %s, expected %s", container_policy(container),
            policy_of(theatre, manifest));
}

/* What the journal does not know any more to be of the source is not pruned. */
static void expect_gone(struct theatre *theatre, const Kanto__ListContainersResponse *list,
    const struct trial *trial, enum journal_fate fate)
{
    if (stage_count(list, "app") == 0)
        return;
    if (fate == JOURNAL_INTACT)
        stage_wrong(&theatre->stage, "it is still there");
    const Kanto__Container *only = stage_only(&theatre->stage, list, "app");
    if (only)
        expect_made_from(theatre, only, &trial->first);
}

/* It fails before anything is stopped, and is tried again at any time. */
static bool costs_nothing(const struct trial *trial)
{
    return trial->second.image && strcmp(trial->second.image, "nosuch:1") == 0;
}

static void expect_containers(
    struct theatre *theatre, const struct trial *trial, enum journal_fate fate)
{
    Kanto__ListContainersResponse *list = harness_list(&theatre->stage.harness);
    const Kanto__Container *only =
        trial->end == END_GONE ? NULL : stage_only(&theatre->stage, list, "app");
    if (trial->end == END_GONE)
        expect_gone(theatre, list, trial, fate);
    if (only && trial->end == END_OLD)
        expect_status(theatre, only, trial->before == BEFORE_RUNS);
    if (only && (trial->end == END_NEW || trial->end == END_BOTH))
        expect_status(theatre, only, true);
    if (only)
        expect_made_from(theatre, only, trial->end == END_OLD ? &trial->first : &trial->second);
    stage_expect_foreign(&theatre->stage, list);
    kanto__list_containers_response__free_unpacked(list, NULL);
    if (trial->end != END_TOLD &&
        !costs_nothing(trial)) /* one that crashes is started once a pass */
        stage_expect_no_plan(&theatre->stage, trial->end == END_OLD);
}

/* Whenever it was killed: the first one, where it ran, is there unless the second one runs; and
 * under create-first they never run together. */
void trial_expect_safe(struct theatre *theatre, const struct trial *trial)
{
    Kanto__ListContainersResponse *list = harness_list(&theatre->stage.harness);
    bool proven = stage_count_running(list, "app") > 0;
    bool replaces = trial->before == BEFORE_RUNS && trial->end != END_GONE &&
                    trial->end != END_TOLD && strcmp(trial->first.image, "crasher:1") != 0;
    for (size_t i = 0; replaces && i < list->n_containers; i++)
        proven = proven || (strcmp(container_name(list->containers[i]), "app") == 0 &&
                               strcmp(image_of(list->containers[i]), trial->first.image) == 0);
    if (replaces && !proven)
        stage_wrong(&theatre->stage, "after the kill the old one is gone, and no new one runs");
    if (strcmp(theatre->strategy, "create-first") == 0 && stage_count_running(list, "app") > 1)
        stage_wrong(&theatre->stage, "after the kill two of one name run");
    stage_expect_foreign(&theatre->stage, list);
    kanto__list_containers_response__free_unpacked(list, NULL);
}

/* ---- the story ---- */

bool trial_makes_sense(const struct theatre *theatre, const struct trial *trial)
{
    bool start_first = strcmp(theatre->strategy, "start-first") == 0;
    if (trial->first.port || trial->end == END_GONE || trial->end == END_BOTH)
        return !start_first;
    if (trial->before == BEFORE_STOPPED) /* a Stop does not keep these down */
        return strcmp(theatre->policy, "always") != 0 && strcmp(theatre->policy, "on-failure") != 0;
    return true;
}

void trial_open(struct theatre *theatre, const struct trial *trial, const char *name)
{
    stage_open(&theatre->stage, name);
    if (trial->second.command)
        theatre->stage.harness.soak = "50ms"; /* 2.5 s in the life of a container */
    stage_configure(&theatre->stage,
        "prune = yes\nprune_empty = yes\nreplace = %s\n[container peer]\n%s\n", theatre->strategy,
        trial->end == END_BOTH ? "restart_with = app" : "soak = 0s");
}

static void stop_by_hand(struct theatre *theatre)
{
    Kanto__ListContainersResponse *list = harness_list(&theatre->stage.harness);
    const Kanto__Container *only = stage_only(&theatre->stage, list, "app");
    ck_assert(!only || stage_stop(&theatre->stage, container_id(only)));
    kanto__list_containers_response__free_unpacked(list, NULL);
}

void trial_prepare(struct theatre *theatre, const struct trial *trial)
{
    if (trial->before != BEFORE_NOTHING) {
        write_manifest(theatre, &trial->first);
        stage_apply(&theatre->stage);
    }
    if (trial->before == BEFORE_STOPPED)
        stop_by_hand(theatre);
    free(theatre->peer_started);
    theatre->peer_started = NULL;
    if (trial->end == END_BOTH) {
        write_peer(theatre);
        stage_apply(&theatre->stage);
        theatre->peer_started = peer_started_at(theatre, true);
    }
    write_manifest(theatre, &trial->second);
}

void trial_expect_end(struct theatre *theatre, const struct trial *trial, enum journal_fate fate)
{
    bool intact = fate == JOURNAL_INTACT;
    expect_containers(theatre, trial, fate);
    if (trial->end != END_BOTH)
        return;
    scoped_free char *again = peer_started_at(theatre, intact);
    if (intact && strcmp(theatre->peer_started, again) == 0)
        stage_wrong(&theatre->stage, "its peer was not restarted");
}

void trial_close(struct theatre *theatre)
{
    free(theatre->peer_started);
    theatre->peer_started = NULL;
    stage_close(&theatre->stage);
}
