/* syscall_test ROLE: each call of each kind fails once, with each error that it may have, and for
 * ever; in the program or in its helpers. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "injector.h"
#include "suite.h"
#include "world.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 2000 /* of one kind in a run: a run that has more never ends */

#define SAMPLED 40 /* of how many cases the short form plays one */

static enum fail_role role = FAIL_HOST;
static struct world world;
static unsigned cases, hits;
static unsigned usual[FAIL_KINDS]; /* how many calls a run has that nothing befalls */

/* Which errors a call of that kind is given. */
static const struct way {
    enum fail_kind kind;
    int errors[8]; /* ended by 0 */
} ways[] = {
    {FAIL_OPEN, {EIO, EMFILE, EACCES, 0}},
    {FAIL_CREATE, {ENOSPC, EROFS, EDQUOT, EMFILE, EIO, 0}},
    {FAIL_FOLDER, {EIO, EMFILE, 0}},
    {FAIL_READ, {EIO, EINTR, FAIL_SHORT, 0}},
    {FAIL_WRITE, {ENOSPC, EDQUOT, EIO, EINTR, FAIL_SHORT, 0}},
    {FAIL_SYNC, {EIO, ENOSPC, EDQUOT, 0}},
    {FAIL_RENAME, {ENOSPC, EROFS, EIO, 0}},
    {FAIL_MKDIR, {ENOSPC, EROFS, 0}},
    {FAIL_UNLINK, {EROFS, EIO, 0}},
    {FAIL_STAT, {EIO, EACCES, ENOMEM, 0}},
    {FAIL_FLOCK, {EINTR, ENOLCK, EIO, 0}},
    {FAIL_SOCKETPAIR, {EMFILE, ENFILE, 0}},
    {FAIL_PIPE, {EMFILE, 0}},
    {FAIL_SPAWN, {EAGAIN, ENOMEM, ENOENT, EACCES, 0}},
    {FAIL_THREAD, {EAGAIN, 0}},
    {FAIL_WAIT, {EINTR, 0}},
    {FAIL_POLL, {EINTR, ENOMEM, 0}},
    {FAIL_EPOLL, {EINTR, 0}},
    {FAIL_FRAME_RECEIVE, {EINTR, EIO, ENOMEM, FAIL_SHORT, 0}},
    {FAIL_FRAME_SEND, {EINTR, ENOBUFS, EPIPE, FAIL_SHORT, 0}},
    {FAIL_WIRE_RECEIVE, {EINTR, ECONNRESET, FAIL_SHORT, 0}},
    {FAIL_WIRE_SEND, {EINTR, EPIPE, FAIL_SHORT, 0}},
    {FAIL_SOCKET, {EMFILE, ENOBUFS, 0}},
    {FAIL_CONNECT, {ECONNREFUSED, EAGAIN, EACCES, 0}},
    {FAIL_JAIL, {EPERM, EINVAL, 0}},
    {FAIL_CLOCK, {FAIL_FORWARD, FAIL_BACK, 0}},
};

/* A thing that is tried again by whoever may have met it: there is nothing to be said of it. */
static bool is_passing(int error)
{
    return error == EINTR || error == FAIL_SHORT;
}

/* Whether it can befall every call from then on. */
static bool lasts(const struct way *way, int error)
{
    return !is_passing(error) && way->kind != FAIL_CLOCK && way->kind != FAIL_POLL;
}

/* Nobody can start what was stopped a moment before, once kanto-cm is out of reach. */
static bool cuts_off(const struct way *way)
{
    return way->kind == FAIL_WIRE_RECEIVE || way->kind == FAIL_WIRE_SEND ||
           way->kind == FAIL_SOCKET || way->kind == FAIL_CONNECT;
}

static void expect_told(const struct way *way, const struct world_run *run, int error)
{
    if (run->code == 0 && !world_serves_kept(&world))
        world_is_at_end(&world, true);
    if (run->code == 0)
        return;
    /* Want of memory ends it, gRPC's own without a word. */
    if (error == ENOMEM && run->code == -SIGABRT)
        return;
    if (way->kind == FAIL_THREAD && run->code < 0) /* one of gRPC's own */
        return;
    if (run->code < 0)
        world_wrong(&world, "it ended by signal %d: %s", -run->code, world.err);
    if (is_passing(error))
        world_wrong(&world, "it ends with %d: %s", run->code, world.err);
    if (!strstr(world.err, "error: ") && !strstr(world.out, "failed"))
        world_wrong(&world, "it ends with %d and says no error: %s", run->code, world.err);
    if (getenv("KD_TELL"))
        printf("TOLD %s: %d %s(%s) %s", world.stage.story, run->code, injector_seen()->name,
            injector_seen()->path, world.err);
}

/* A disk that does not give the journal back, however often it is asked, has lost it. That is an
 * error of its own, and what is not known any more to be of a source is not pruned. */
static bool is_journal_lost(const struct world_run *run, int error)
{
    return error == EIO && run->code != 0 && strstr(world.err, "journal.json.bad") != NULL;
}

/* Returns whether a call was hit. */
static bool play(const struct way *way, int error, unsigned nth, bool for_ever)
{
    world_begin(&world, "%s %s %s %u%s", role == FAIL_HOST ? "host" : "helper",
        injector_kind(way->kind), injector_error(error), nth, for_ever ? " for ever" : "");
    injector_arm(role, way->kind, error, nth, for_ever);
    struct world_run run = world_run(&world, "apply");
    injector_disarm();
    bool hit = injector_hits() > 0;
    const struct fail *seen = injector_seen();
    cases++;
    hits += injector_hits();
    if (atomic_load(&seen->leaks))
        world_wrong(&world, "a descriptor leaked: %s", seen->leaked);
    if (!hit && run.code != 0)
        world_wrong(&world, "no call failed, and it ends with %d: %s", run.code, world.err);
    if (hit)
        expect_told(way, &run, error);
    world_expect_safe(&world, run.code < 0 || (for_ever && cuts_off(way)));
    if (is_journal_lost(&run, error)) {
        world_start_over(&world);
        return hit;
    }
    world_expect_whole(&world, run.code != 0);
    world_expect_recovery(&world);
    if (world.stage.wrong)
        printf("   %s was hit, of %s\n", seen->name, seen->path);
    return hit;
}

static void count_run(void)
{
    world_begin(&world, "counting");
    injector_arm(role, FAIL_ALLOCATION, 0, 0, false);
    world_run(&world, "apply");
    injector_disarm();
    for (int kind = 0; kind < FAIL_KINDS; kind++)
        usual[kind] = injector_count(role, (enum fail_kind)kind);
}

static bool is_sampled(unsigned way, unsigned error, unsigned nth)
{
    return stage_is_long() || (nth + 3 * way + 5 * error) % SAMPLED == 1;
}

static void play_all(unsigned at, unsigned which, bool for_ever)
{
    const struct way *way = &ways[at];
    int error = way->errors[which];
    unsigned most = stage_is_long() ? CALLS_MAX : usual[way->kind];
    for (unsigned nth = 1; nth <= most; nth++) {
        scoped_free char *story =
            memory_format("%s %s", injector_kind(way->kind), injector_error(error));
        if (!stage_is_wanted(story))
            return;
        if (is_sampled(at, which + (for_ever ? 4 : 0), nth) && !play(way, error, nth, for_ever))
            return;
    }
}

START_TEST(whatever_call_fails_is_said_and_made_good)
{
    if (!injector_open())
        return;
    world_open(&world, "syscalls", "");
    count_run();
    for (unsigned at = 0; at < countof(ways); at++)
        for (unsigned which = 0; ways[at].errors[which]; which++) {
            play_all(at, which, false);
            if (lasts(&ways[at], ways[at].errors[which]))
                play_all(at, which, true);
        }
    printf("%u cases, %u faults injected, %u runs\n", cases, hits, world.runs);
    injector_close();
    world_close(&world);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("syscalls");
    TCase *cases_of = tcase_create("syscalls");
    if (argc > 1 && strcmp(argv[1], "helper") == 0)
        role = FAIL_HELPER;
    tcase_set_timeout(cases_of, 3600);
    tcase_add_test(cases_of, whatever_call_fails_is_said_and_made_good);
    suite_add_tcase(suite, cases_of);
    return suite_run(suite);
}
