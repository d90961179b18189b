/* allocation_test WHAT [PART PARTS]: the n-th allocation fails, for every n until a whole run passes: of the
 * program (`apply`, and `plan` and `validate`, which change nothing), or of its helpers.
 *
 * The program ends at the first one (base/memory.h): what lies on disk is whole all the same, and
 * the next pass goes on from there. A helper ends too, or its plugin reports an error: its source
 * is served from what is kept. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "injector.h"
#include "model/container.h"
#include "suite.h"
#include "world.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES 12 /* of the short form, over all allocations of a run */

static const char *what = "apply";
static unsigned part, parts = 1; /* several processes share the work */
static struct world world;
static unsigned cases, hits, aborts, told;

/* gRPC, too, ends at most of its allocations; a thread that it cannot start makes it crash. */
static bool is_out_of_memory(const struct world_run *run)
{
    if (run->code == -SIGSEGV && injector_was_grpc(KD_BUILD_DIR "/kanto-deployer"))
        return true;
    return run->code == -SIGABRT &&
           (strstr(world.err, "out of memory") || strstr(world.err, "bad_alloc") ||
               strcmp(world.err, "") == 0); /* gRPC's own: it aborts without a word */
}

static void expect_told(const struct world_run *run)
{
    bool error = run->code > 0 && strstr(world.err, "error: ");
    aborts += run->code < 0;
    told += error;
    if (run->code == 0 && !world_serves_kept(&world))
        world_is_at_end(&world, true);
    else if (run->code != 0 && !is_out_of_memory(run) && !error)
        world_wrong(&world, "it ends with %d and says no error: %s", run->code, world.err);
    if (getenv("KD_TELL"))
        printf("TOLD %s: %d %s\n", world.stage.story, run->code, world.err);
}

/* What is to be recovered from: the journal's bytes, and what the daemon has. free() it. */
static char *state_now(void)
{
    scoped_free char *journal = stage_output(&world.stage, "state/journal.json");
    Kanto__ListContainersResponse *list = harness_list(&world.stage.harness);
    struct text text = {0};
    text_add(&text, journal);
    for (size_t i = 0; i < list->n_containers; i++)
        text_add_format(&text, "%s %d\n", container_id(list->containers[i]),
            (int)container_status(list->containers[i]));
    kanto__list_containers_response__free_unpacked(list, NULL);
    return text_steal(&text);
}

#define ALL_THE_SAME 32 /* a pass follows at least that often */

/* Where the run changed nothing, the next one begins where it began. */
static bool play_apply(enum fail_role role, unsigned nth)
{
    static bool same;
    if (same && !world.stage.wrong)
        world_rename(&world, "%s allocation %u", what, nth);
    else
        world_begin(&world, "%s allocation %u", what, nth);
    scoped_free char *before = state_now();
    injector_arm(role, FAIL_ALLOCATION, ENOMEM, nth, false);
    struct world_run run = world_run(&world, "apply");
    injector_disarm();
    bool hit = injector_hits() > 0;
    if (role == FAIL_HELPER && run.code < 0)
        world_wrong(&world, "a helper's allocation ended the program by signal %d", -run.code);
    if (hit)
        expect_told(&run);
    else if (run.code != 0)
        world_wrong(&world, "no allocation failed, and it ends with %d: %s", run.code, world.err);
    world_expect_safe(&world, run.code < 0);
    world_expect_whole(&world, run.code > 0);
    scoped_free char *after = state_now();
    same = run.code < 0 && strcmp(before, after) == 0 && nth % ALL_THE_SAME != 0;
    if (!same)
        world_expect_recovery(&world);
    return hit;
}

/* What is only looked at: the same words as ever, or an end that says why. */
static bool play_look(const char *command, const char *expected, unsigned nth)
{
    world_rename(&world, "%s allocation %u", what, nth);
    injector_arm(FAIL_HOST, FAIL_ALLOCATION, ENOMEM, nth, false);
    struct world_run run = world_run(&world, command);
    injector_disarm();
    bool hit = injector_hits() > 0, error = run.code > 0 && strstr(world.err, "error: ");
    aborts += run.code < 0;
    told += error;
    if (strcmp(world.out, expected) != 0 && !is_out_of_memory(&run) && !error &&
        !world_serves_kept(&world))
        world_wrong(&world, "it ends with %d, and without a word: %s\nerr: %s", run.code, world.out,
            world.err);
    return hit;
}

static bool play(const char *expected, unsigned nth)
{
    cases++;
    bool hit = expected ? play_look(what, expected, nth)
                        : play_apply(strcmp(what, "helper") == 0 ? FAIL_HELPER : FAIL_HOST, nth);
    hits += hit;
    return hit;
}

/* How many there are in a run, and what it prints when none fails. */
static unsigned count(bool looks, char **ret_expected)
{
    enum fail_role role = strcmp(what, "helper") == 0 ? FAIL_HELPER : FAIL_HOST;
    world_begin(&world, "%s", what);
    injector_arm(role, FAIL_ALLOCATION, ENOMEM, 0, false);
    world_run(&world, looks ? what : "apply");
    injector_disarm();
    *ret_expected = looks ? memory_string(world.out) : NULL;
    return injector_count(role, FAIL_ALLOCATION);
}

START_TEST(an_allocation_that_fails_ends_the_program_and_no_more)
{
    if (!injector_open())
        return;
    world_open(&world, "allocations", "");
    bool looks = strcmp(what, "plan") == 0 || strcmp(what, "validate") == 0;
    scoped_free char *expected = NULL;
    unsigned all = count(looks, &expected), step = stage_is_long() ? 1 : all / SAMPLES + 1;
    for (unsigned nth = 1 + part * step; play(expected, nth); nth += parts * step)
        ;
    printf("%s: %u allocations in a run; %u cases, %u failed, %u ends of the program, %u errors\n",
        what, all, cases, hits, aborts, told);
    injector_close();
    world_close(&world);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("allocations");
    TCase *cases_of = tcase_create("allocations");
    if (argc > 1)
        what = argv[1];
    if (argc > 3) {
        part = (unsigned)atoi(argv[2]);
        parts = (unsigned)atoi(argv[3]);
    }
    tcase_set_timeout(cases_of, 7200);
    tcase_add_test(cases_of, an_allocation_that_fails_ends_the_program_and_no_more);
    suite_add_tcase(suite, cases_of);
    return suite_run(suite);
}
