#include "world.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "journal/daemon_lock.h"
#include "journal/journal.h"
#include "model/container.h"
#include "source/kept.h"
#include "tape.h"

#include <check.h>
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN_MS     25000 /* all that the conf bounds is over by then */
#define CONTAINERS 6     /* with the foreign one */
#define FRESH      16    /* stories on one journal: it remembers what went, and grows */

static char *below(const struct world *world, const char *name)
{
    return memory_format("%s/%s", world->stage.harness.folder, name);
}

/* ---- the two states ---- */

static const char *const only[] = {"even", "odd"}; /* of the folder; there in one state each */

static void put(struct world *world, const char *path, unsigned version)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    scoped_free char *file = memory_format("%s.json", path);
    scoped_free char *text =
        memory_format("{\"name\": \"%s\", \"image\": {\"name\": \"localhost:5000/sleeper:%u\"}}\n",
            name, version);
    stage_write(&world->stage, file, text);
}

static void pack(struct world *world)
{
    struct tape tape = {0};
    scoped_free char *text =
        memory_format("{\"image\": {\"name\": \"localhost:5000/sleeper:%u\"}}\n", world->turn + 1);
    scoped_free char *path = below(world, "pack.tar");
    tape_file(&tape, "packed.json", text);
    tape_end(&tape);
    tape_write(&tape, path);
    tape_finish(&tape);
    ck_assert_int_eq(chmod(path, 0644), 0);
}

bool world_serves_kept(const struct world *world)
{
    return strstr(world->err, "what it stated last is used") != NULL;
}

static void wish(struct world *world)
{
    scoped_free char *former = memory_format("%s.json", only[!world->turn]);
    scoped_free char *path = memory_format("%s/%s", world->stage.harness.manifests, former);
    scoped_free char *below_it = memory_format("%s/sub", world->stage.harness.manifests);
    mkdir(below_it, 0755);
    put(world, "keep", 1);
    put(world, "change", world->turn + 1);
    put(world, only[world->turn], 1);
    put(world, "sub/deep", 1);
    unlink(path);
    pack(world);
}

static void configure(struct world *world, const char *more)
{
    scoped_free char *path = below(world, "pack.tar");
    scoped_free char *folder = below(world, "conf.d");
    stage_configure(&world->stage,
        "prune = yes\nrecursive = yes\ntimeout = 3s\n"
        "[source pack]\nplugin = tarball\nuser = nobody\npath = %s\nprune = yes\ntimeout = 3s\n"
        "allow_registries = localhost:5000\n[deployer]\nconnect_timeout = 3s\n%s\n",
        path, more);
    ck_assert_int_eq(mkdir(folder, 0755), 0);
    harness_write(&world->stage.harness, "/conf.d/more.conf", "[container keep]\nsoak = 0s\n");
}

/* ---- stories ---- */

void world_start_over(struct world *world)
{
    scoped_free char *story = memory_string(world->stage.story); /* which is replaced */
    stage_begin(&world->stage, "%s", story ? story : "begin");
    world->turn = 0;
    wish(world);
    ck_assert_int_eq(stage_apply(&world->stage), 0);
    world->turn = 1;
    wish(world);
    world_expect_recovery(world);
}

void world_open(struct world *world, const char *name, const char *more)
{
    *world = (struct world){0};
    stage_open(&world->stage, name);
    ck_assert_int_eq(chmod(world->stage.harness.folder, 0755), 0);
    configure(world, more);
    world_start_over(world);
}

void world_close(struct world *world)
{
    free(world->err);
    free(world->out);
    stage_close(&world->stage);
}

__attribute__((format(printf, 2, 0))) static void rename_to(
    struct world *world, const char *format, va_list args)
{
    free(world->stage.story);
    world->stage.story = memory_formatv(format, args);
    world->stage.wrong = false;
}

void world_rename(struct world *world, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    rename_to(world, format, args);
    va_end(args);
}

void world_begin(struct world *world, const char *format, ...)
{
    va_list args;
    if (world->stage.wrong || world->begun++ % FRESH == FRESH - 1)
        world_start_over(world);
    va_start(args, format);
    rename_to(world, format, args);
    va_end(args);
    text_finish(&world->stage.notes);
    ck_assert_int_eq(truncate(world->stage.harness.log, 0), 0);
    world->turn = !world->turn;
    wish(world);
}

void world_wrong(struct world *world, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    stage_wrong(&world->stage, "%s", text);
}

static pid_t begin_run(struct world *world, const char *command)
{
    scoped_free char *keep = memory_format("%s/keep.json", world->stage.harness.manifests);
    scoped_free char *change = memory_format("%s/change.json", world->stage.harness.manifests);
    if (strcmp(command, "validate") != 0)
        return stage_run_begin(&world->stage, command);
    return harness_begin(&world->stage.harness, (const char *const[]){command, keep, change, NULL});
}

struct world_run world_run(struct world *world, const char *command)
{
    int64_t until = clock_now_ms() + RUN_MS;
    pid_t pid = begin_run(world, command);
    siginfo_t info = {0};
    struct world_run run = {.in_time = true};
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0) {
        if (clock_now_ms() > until) {
            run.in_time = false;
            kill(pid, SIGKILL);
        }
        poll(NULL, 0, 1);
    }
    struct outcome_of_run outcome = harness_end(&world->stage.harness, pid);
    free(world->out);
    free(world->err);
    world->out = outcome.out;
    world->err = outcome.err;
    world->runs++;
    run.code = outcome.exit_code;
    if (!run.in_time)
        world_wrong(world, "%s did not end within %d s", command, RUN_MS / 1000);
    return run;
}

/* ---- what must be true ---- */

static bool is_running(
    const Kanto__ListContainersResponse *list, const char *name, unsigned version, char **ret_why)
{
    scoped_free char *image = memory_format("localhost:5000/sleeper:%u", version);
    unsigned count = stage_count(list, name);
    const Kanto__Container *found = NULL;
    for (size_t i = 0; i < list->n_containers; i++)
        if (strcmp(container_name(list->containers[i]), name) == 0)
            found = list->containers[i];
    if (count == 1 && strcmp(container_image(found), image) == 0 &&
        container_status(found) == STATUS_RUNNING)
        return true;
    free(*ret_why);
    *ret_why = memory_format("%s: %u of it, %s %s, expected one of %s that runs", name, count,
        found ? container_image(found) : "none",
        found ? container_status_word(container_status(found)) : "", image);
    return false;
}

bool world_is_at_end(struct world *world, bool tell)
{
    Kanto__ListContainersResponse *list = harness_list(&world->stage.harness);
    scoped_free char *why = NULL;
    bool good = is_running(list, "keep", 1, &why);
    good = is_running(list, "deep", 1, &why) && good;
    good = is_running(list, "change", world->turn + 1, &why) && good;
    good = is_running(list, "packed", world->turn + 1, &why) && good;
    good = is_running(list, only[world->turn], 1, &why) && good;
    if (good && list->n_containers != CONTAINERS)
        why = memory_format("%zu containers, expected %d", list->n_containers, CONTAINERS);
    if (tell && why)
        world_wrong(world, "%s", why);
    stage_expect_foreign(&world->stage, list);
    kanto__list_containers_response__free_unpacked(list, NULL);
    return !why;
}

void world_expect_safe(struct world *world, bool died)
{
    static const char *const names[] = {"keep", "deep", "change", "packed"};
    Kanto__ListContainersResponse *list = harness_list(&world->stage.harness);
    for (size_t i = 0; i < countof(names); i++) {
        bool replaced = i > 1;
        if (died && replaced ? stage_count(list, names[i]) == 0
                             : stage_count_running(list, names[i]) != 1)
            world_wrong(world, "%s: %u of it, %u run", names[i], stage_count(list, names[i]),
                stage_count_running(list, names[i]));
    }
    stage_expect_foreign(&world->stage, list);
    kanto__list_containers_response__free_unpacked(list, NULL);
}

static void expect_kept(struct world *world, const char *name, bool empty)
{
    scoped_free char *path = memory_format("%s/kept/%s.set", world->stage.harness.state, name);
    scoped_free char *bytes = NULL;
    size_t length = 0;
    char question[KEPT_QUESTION_SIZE];
    struct kept kept = {0};
    struct error err = {0};
    if (file_read(path, KEPT_BYTES_MAX, &bytes, &length, &err) < 0 ||
        kept_read(bytes, length, &kept, question, &err) < 0)
        world_wrong(world, "%s: %s", path, err.text);
    else if (kept.set.count == 0 && !empty)
        world_wrong(world, "%s: it is empty", path);
    kept_finish(&kept);
}

void world_expect_whole(struct world *world, bool empty)
{
    struct journal journal;
    scoped_free char *notice = NULL;
    journal_peek(world->stage.harness.state, &journal, &notice);
    if (notice)
        world_wrong(world, "%s", notice);
    if (journal_count(&journal) < 4)
        world_wrong(world, "the journal has %zu entries", journal_count(&journal));
    journal_close(&journal);
    expect_kept(world, "manifests", empty);
    expect_kept(world, "pack", empty);
}

/* Whatever lies there and is none of these was left behind. */
static void expect_only(struct world *world, const char *folder, const char *const *names)
{
    scoped_free char *path = memory_format("%s%s", world->stage.harness.state, folder);
    DIR *stream = opendir(path);
    const struct dirent *entry;
    while (stream && (entry = readdir(stream))) {
        const char *const *name = names;
        while (*name && strcmp(*name, entry->d_name) != 0)
            name++;
        if (!*name)
            world_wrong(world, "%s/%s was left behind", path, entry->d_name);
    }
    if (stream)
        closedir(stream);
}

static void expect_tidy(struct world *world)
{
    struct stat info;
    expect_only(world, "",
        (const char *const[]){
            ".", "..", "journal.json", "lock", "last-report.json", "kept", "former", NULL});
    expect_only(
        world, "/kept", (const char *const[]){".", "..", "manifests.set", "pack.set", NULL});
    expect_only(world, "/former", (const char *const[]){".", "..", NULL});
    ck_assert_int_eq(stat(world->stage.harness.socket, &info), 0);
    scoped_free char *lock = memory_format(DAEMON_LOCK_FOLDER "/kanto-deployer-%llx-%llx.lock",
        (unsigned long long)info.st_dev, (unsigned long long)info.st_ino);
    if (access(lock, F_OK) == 0)
        world_wrong(world, "%s was left behind", lock);
}

void world_expect_recovery(struct world *world)
{
    struct world_run run = world_run(world, "apply");
    if (run.code != 0)
        world_wrong(world, "a pass without a fault ends with %d: %s", run.code, world->err);
    world_is_at_end(world, true);
    world_expect_whole(world, false);
    expect_tidy(world);
}
