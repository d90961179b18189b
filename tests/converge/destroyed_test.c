/* The journal is destroyed in 200 ways while a replacement is under way: nothing crashes, nothing
 * comes to be there twice, nothing that is desired or foreign goes, and it is told. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "chance.h"
#include "model/container.h"
#include "stage.h"
#include "suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAYS   200 /* in the long form six times as many */
#define PASSES 2
#define PARTS  4 /* the ways are shared out among so many tests */

/* Where the program is killed before the journal is destroyed: a fault of the first run of the
 * second manifest, or NULL: it is not killed. */
static const char *const moments[] = {"Create#1=kill-after", "Stop#1=kill-after",
    "Start#1=kill-before", "Start#1=kill-after", "Remove#1=kill-before", NULL};

static struct stage stage;
static struct chance chance;

/* ---- ways to destroy a file ---- */

static void write_bytes(const char *path, const void *bytes, size_t length)
{
    ck_assert_int_eq(file_write_atomic(path, bytes, length, 0600, NULL), 0);
}

static void truncate_it(const char *path, char *bytes, size_t length)
{
    write_bytes(path, bytes, chance_below(&chance, (unsigned)length));
}

static void flip_bits(const char *path, char *bytes, size_t length)
{
    for (unsigned i = 1 + chance_below(&chance, 3); i > 0; i--)
        bytes[chance_below(&chance, (unsigned)length)] ^= (char)(1 << chance_below(&chance, 8));
    write_bytes(path, bytes, length);
}

static void zero_a_block(const char *path, char *bytes, size_t length)
{
    size_t at = chance_below(&chance, (unsigned)length);
    size_t count = 1 + chance_below(&chance, (unsigned)(length - at));
    memset(bytes + at, 0, count);
    write_bytes(path, bytes, length);
}

static void append(const char *path, char *bytes, size_t length)
{
    scoped_free char *longer = memory_format("%.*s{\"entries\": []}", (int)length, bytes);
    write_bytes(path, longer, strlen(longer));
}

static void empty(const char *path, char *bytes, size_t length)
{
    (void)length;
    write_bytes(path, bytes, 0);
}

static void foreign(const char *path, char *bytes, size_t length)
{
    static const char *const texts[] = {"{\"entries\": [], \"failures\": []}",
        "#!/bin/sh\nexit 0\n", "kanto-deployer-journal", "kanto-deployer-journal 2 \n", "\n",
        "null"};
    (void)bytes;
    (void)length;
    const char *text = texts[chance_below(&chance, countof(texts))];
    write_bytes(path, text, strlen(text));
}

static void newer(const char *path, char *bytes, size_t length)
{
    scoped_free char *text = memory_format(
        "kanto-deployer-journal 99 %.*s", (int)(length > 24 ? length - 24 : 0), bytes + 24);
    write_bytes(path, text, strlen(text));
}

static void a_folder(const char *path, char *bytes, size_t length)
{
    (void)bytes;
    (void)length;
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void a_pipe(const char *path, char *bytes, size_t length)
{
    (void)bytes;
    (void)length;
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void a_dangling_link(const char *path, char *bytes, size_t length)
{
    (void)bytes;
    (void)length;
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(symlink("/nonexistent/journal", path), 0);
}

static const struct way {
    const char *name;
    void (*destroy)(const char *path, char *bytes, size_t length);
    unsigned shares; /* how often it is taken */
} ways[] = {
    {"truncated", truncate_it, 8},
    {"bits flipped", flip_bits, 8},
    {"a block zeroed", zero_a_block, 4},
    {"appended to", append, 1},
    {"empty", empty, 1},
    {"foreign", foreign, 3},
    {"newer", newer, 1},
    {"a folder", a_folder, 1},
    {"a pipe", a_pipe, 1},
    {"a dangling link", a_dangling_link, 1},
};

static const struct way *pick_way(unsigned number)
{
    unsigned all = 0;
    for (size_t i = 0; i < countof(ways); i++)
        all += ways[i].shares;
    number %= all;
    size_t at = 0;
    while (number >= ways[at].shares)
        number -= ways[at++].shares;
    return &ways[at];
}

/* ---- a story ---- */

static void write_manifests(const char *image)
{
    static const char *const names[] = {"app", "other"};
    for (size_t i = 0; i < countof(names); i++) {
        scoped_free char *file = memory_format("%s.json", names[i]);
        scoped_free char *text =
            memory_format("{\"image\": {\"name\": \"localhost:5000/%s\"}, \"host_config\": "
                          "{\"restart_policy\": {\"type\": \"always\"}}}\n",
                i == 0 ? image : "sleeper:1");
        stage_write(&stage, file, text);
    }
}

/* Returns how it was destroyed. */
static const char *destroy(unsigned number)
{
    scoped_free char *path = memory_format("%s/journal.json", stage.harness.state);
    scoped_free char *bytes = NULL;
    size_t length = 0;
    const struct way *way = pick_way(number);
    ck_assert_int_eq(file_read(path, (size_t)1 << 20, &bytes, &length, NULL), 0);
    ck_assert_uint_gt(length, 100);
    way->destroy(path, bytes, length);
    return way->name;
}

static void expect_told(const struct outcome_of_run *outcome)
{
    if (outcome->exit_code < 0)
        stage_wrong(&stage, "it ended by signal %d", -outcome->exit_code);
    if (!strstr(outcome->err, "journal"))
        stage_wrong(&stage, "it is not told: %s", outcome->err);
}

static void expect_all(void)
{
    Kanto__ListContainersResponse *list = harness_list(&stage.harness);
    const Kanto__Container *app = stage_only(&stage, list, "app");
    const Kanto__Container *other = stage_only(&stage, list, "other");
    if (app && strcmp(container_image(app), "localhost:5000/sleeper:2") != 0)
        stage_wrong(&stage, "found image %s", container_image(app));
    if ((app && container_status(app) != STATUS_RUNNING) ||
        (other && container_status(other) != STATUS_RUNNING))
        stage_wrong(&stage, "not both of them run");
    if (list->n_containers != 3)
        stage_wrong(&stage, "found %zu containers", list->n_containers);
    stage_expect_foreign(&stage, list);
    stage_expect_no_call_on_foreign(&stage);
    kanto__list_containers_response__free_unpacked(list, NULL);
    stage_expect_no_plan(&stage, false);
}

static void play(unsigned number)
{
    const char *moment = moments[number % countof(moments)];
    chance = chance_of(number);
    write_manifests("sleeper:1");
    stage_apply(&stage);
    write_manifests("sleeper:2");
    if (moment)
        harness_tell(&stage.harness, "fault %s", moment);
    stage_apply(&stage);
    stage_calm(&stage);
    stage_note(&stage, "%s, the journal: %s", moment ? moment : "done", destroy(number));
    struct outcome_of_run outcome = stage_run(&stage, "apply");
    expect_told(&outcome);
    outcome_finish(&outcome);
    for (int i = 1; i < PASSES; i++)
        stage_apply(&stage);
    expect_all();
}

START_TEST(a_destroyed_journal_costs_nothing)
{
    stage_open(&stage, "destroyed");
    for (unsigned number = (unsigned)_i; number < (stage_is_long() ? 6 * WAYS : WAYS);
         number += PARTS) {
        scoped_free char *story = memory_format("way %u.", number);
        if (!stage_is_wanted(story))
            continue;
        stage_begin(&stage, "%s", story);
        play(number);
    }
    stage_close(&stage);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("destroyed");
    TCase *cases = tcase_create("destroyed");
    int part = argc > 1 ? atoi(argv[1]) : -1;
    tcase_set_timeout(cases, 600);
    tcase_add_loop_test(
        cases, a_destroyed_journal_costs_nothing, part < 0 ? 0 : part, part < 0 ? PARTS : part + 1);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
