/* A state folder on a file system of its own that is full, has no inodes left, or is read-only: for
 * real, page by page and inode by inode. And an output that cannot be written. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "suite.h"
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE       "size=64k,mode=0700"
#define LEFT_MOST  10 /* pages, or inodes: more than a pass needs at a time */
#define RUN_FOLDER "/run/kanto-deployer"

static struct world world;
static char *disk;
static unsigned cases;

/* False where we may not mount, which is printed. */
static bool begin(const char *name)
{
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
        printf("left out: %s mounts a small tmpfs (%s)\n", name, strerror(errno));
        return false;
    }
    world_open(&world, name, "");
    struct harness *harness = &world.stage.harness;
    disk = memory_format("%s/disk", harness->folder);
    ck_assert_int_eq(mkdir(disk, 0755), 0);
    ck_assert_int_eq(mount("tmpfs", disk, "tmpfs", 0, SIZE), 0);
    free(harness->state);
    harness->state = memory_format("%s/state", disk);
    world_start_over(&world);
    return true;
}

static void end(void)
{
    printf("%u cases\n", cases);
    ck_assert_int_eq(umount2(disk, MNT_DETACH), 0);
    free(disk);
    world_close(&world);
}

static char *filler(unsigned number)
{
    return memory_format("%s/filler%u", disk, number);
}

/* Bytes until `left` pages are free. */
static void fill_pages(unsigned left)
{
    struct statvfs info;
    ck_assert_int_eq(statvfs(disk, &info), 0);
    scoped_free char *path = filler(0);
    scoped_fd int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    off_t length = (off_t)info.f_bsize * ((off_t)info.f_bfree - (off_t)left);
    ck_assert(fd >= 0 && (length <= 0 || posix_fallocate(fd, 0, length) == 0));
}

static void fill_inodes(unsigned left)
{
    struct statvfs info;
    ck_assert_int_eq(statvfs(disk, &info), 0);
    scoped_free char *options =
        memory_format(SIZE ",nr_inodes=%lu", (unsigned long)(info.f_files - info.f_ffree + left));
    ck_assert_int_eq(mount("tmpfs", disk, "tmpfs", MS_REMOUNT, options), 0);
}

static void make_read_only(unsigned left)
{
    (void)left;
    ck_assert_int_eq(mount("tmpfs", disk, "tmpfs", MS_REMOUNT | MS_RDONLY, SIZE), 0);
    mkdir(RUN_FOLDER, 0755);
    ck_assert_int_eq(mount(RUN_FOLDER, RUN_FOLDER, NULL, MS_BIND, NULL), 0);
    ck_assert_int_eq(mount(NULL, RUN_FOLDER, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
}

static void make_room(void)
{
    scoped_free char *path = filler(0);
    umount2(RUN_FOLDER, MNT_DETACH);
    ck_assert_int_eq(mount("tmpfs", disk, "tmpfs", MS_REMOUNT, SIZE ",nr_inodes=1000"), 0);
    unlink(path);
}

static void play(const char *what, void (*spoil)(unsigned), unsigned left, int error)
{
    world_begin(&world, "%s: %u left", what, left);
    spoil(left);
    struct world_run run = world_run(&world, "apply");
    cases++;
    if (run.code == 0)
        world_is_at_end(&world, true);
    else if (run.code != 1 || !strstr(world.err, strerror(error)))
        world_wrong(&world, "it ends with %d and does not say \"%s\": %s", run.code,
            strerror(error), world.err);
    world_expect_safe(&world, false);
    world_expect_whole(&world, false);
    make_room();
    world_expect_recovery(&world);
}

START_TEST(what_does_not_fit_on_a_disk_is_said_and_made_good)
{
    if (!begin("disk"))
        return;
    for (unsigned left = 0; left <= LEFT_MOST; left++) {
        play("pages", fill_pages, left, ENOSPC);
        play("inodes", fill_inodes, left, ENOSPC);
    }
    play("read-only", make_read_only, 0, EROFS);
    end();
}
END_TEST

/* Runs a command with its output to a device that is always full; returns its exit status. */
static int run_full(const char *arguments)
{
    const struct harness *harness = &world.stage.harness;
    scoped_free char *command = memory_format(KD_BUILD_DIR
        "/kanto-deployer %s --socket %s --state-dir %s --config %s --existing update "
        ">/dev/full 2>%s/err",
        arguments, harness->socket, harness->state, world.stage.config, harness->folder);
    int status = system(command);
    return WEXITSTATUS(status);
}

START_TEST(an_output_that_cannot_be_written_is_said)
{
    static const struct {
        const char *arguments;
        int code; /* what is printed is all that they do; but apply has done its work */
    } runs[] = {{"plan", 2}, {"plan --output json", 2}, {"apply", 0}, {"apply --output json", 1},
        {"plan", 1}};
    world_open(&world, "output", "settle = 0s");
    world_begin(&world, "output");
    for (size_t i = 0; i < countof(runs); i++) {
        int code = run_full(runs[i].arguments);
        scoped_free char *err = stage_output(&world.stage, "err");
        if (code != runs[i].code || !strstr(err, "standard output"))
            world_wrong(&world, "%s: ends with %d, expected %d: %s", runs[i].arguments, code,
                runs[i].code, err);
    }
    world_is_at_end(&world, true);
    world_close(&world);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("disk");
    TCase *cases_of = tcase_create("disk");
    tcase_set_timeout(cases_of, 600);
    tcase_add_test(cases_of, what_does_not_fit_on_a_disk_is_said_and_made_good);
    tcase_add_test(cases_of, an_output_that_cannot_be_written_is_said);
    suite_add_tcase(suite, cases_of);
    return suite_run(suite);
}
