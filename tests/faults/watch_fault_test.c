/* Whatever fails of what a resident source watches with, a change is seen all the same. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "injector.h"
#include "stage.h"
#include "suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#define HURRY 500

static const struct way {
    enum fail_kind kind;
    int errors[4]; /* ended by 0 */
} ways[] = {
    {FAIL_INOTIFY, {EMFILE, ENOSPC, ENOMEM, 0}},
    {FAIL_EVENT, {EMFILE, 0}},
    {FAIL_READ, {EINTR, EIO, 0}},
    {FAIL_POLL, {EINTR, 0}},
    {FAIL_ALLOCATION, {ENOMEM, 0}},
};

static unsigned cases, wrong;

static bool play(const struct way *way, int error, unsigned nth, bool for_ever)
{
    char folder[] = "/tmp/kd-watch-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    scoped_free char *command = memory_format(
        "timeout 60 " KD_BUILD_DIR "/tests/watch_driver " KD_BUILD_DIR
        "/kanto-deployer-loader " KD_BUILD_DIR "/plugins/directory.so %s >%s/out 2>&1",
        folder, folder);
    injector_hurry(HURRY);
    injector_aim(FAIL_HELPER, way->kind, error, nth, for_ever);
    int status = system(command);
    injector_disarm();
    cases++;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        printf("WRONG %s %s %u%s: it ends with %d: ", injector_kind(way->kind),
            injector_error(error), nth, for_ever ? " for ever" : "", status);
        fflush(stdout);
        scoped_free char *tell = memory_format("cat %s/out", folder);
        wrong++;
        ck_assert_int_eq(system(tell), 0);
    }
    scoped_free char *clear = memory_format("rm -rf %s", folder);
    ck_assert_int_eq(system(clear), 0);
    return injector_hits() > 0;
}

static bool is_sampled(enum fail_kind kind, unsigned nth)
{
    return stage_is_long() || (kind == FAIL_ALLOCATION ? nth % 97 == 1 : nth <= 3);
}

START_TEST(a_change_is_seen_though_the_watch_fails)
{
    if (!injector_open())
        return;
    for (size_t i = 0; i < countof(ways); i++)
        for (size_t j = 0; ways[i].errors[j]; j++)
            for (unsigned nth = 1; nth < 2000; nth++) {
                if (!is_sampled(ways[i].kind, nth))
                    continue;
                bool hit = play(&ways[i], ways[i].errors[j], nth, false);
                if (hit && (ways[i].kind == FAIL_INOTIFY || ways[i].kind == FAIL_EVENT))
                    play(&ways[i], ways[i].errors[j], nth, true);
                if (!hit)
                    break;
            }
    printf("%u cases\n", cases);
    injector_close();
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("watch");
    TCase *cases_of = tcase_create("watch");
    tcase_set_timeout(cases_of, 3600);
    tcase_add_test(cases_of, a_change_is_seen_though_the_watch_fails);
    suite_add_tcase(suite, cases_of);
    return suite_run(suite);
}
