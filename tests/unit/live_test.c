/* What a container's times tell, held against the daemon's and the machine's. */
#include "base/cleanup.h"
#include "plan/live.h"
#include "suite.h"

#include <stdlib.h>

#define SECOND INT64_C(1000)
#define BEGAN  (1700000000 * SECOND + 500) /* the daemon: 2023-11-14T22:13:20.5Z */
#define BOOTED (1699999000 * SECOND)

static const struct row {
    const char *name;
    const char *status, *policy, *started, *ended;
    bool missed, lost;
} rows[] = {
    {"runs since the daemon began", "Running", "always", "2023-11-14T22:13:20.6Z", "", false,
        false},
    {"runs since before it", "Running", "always", "2023-11-14T22:13:19.4Z", "", false, true},
    {"by less than is sure", "Running", "always", "2023-11-14T22:13:20.4Z", "", false, false},
    {"has nothing to lose", "Running", "no", "2023-11-14T22:13:10Z", "", false, false},
    {"ended before it, in the same second", "Exited", "always", "2023-11-14T22:13:10Z",
        "2023-11-14T22:13:20.123456789Z", true, false},
    {"ended after it, in the same second", "Exited", "always", "2023-11-14T22:13:20.7Z",
        "2023-11-14T22:13:20.9Z", false, false},
    {"started before it, ended after it", "Exited", "always", "2023-11-14T22:13:10Z",
        "2023-11-14T22:14:00Z", true, false},
    {"started before the machine: the clock was set", "Exited", "always", "2023-11-14T20:00:00Z",
        "2023-11-14T22:14:00Z", false, false},
    {"never ran", "Created", "always", "", "", false, false},
};

START_TEST(its_times_tell_who_starts_it_again)
{
    const struct row *row = &rows[_i];
    Kanto__Image image = KANTO__IMAGE__INIT;
    Kanto__Container container = KANTO__CONTAINER__INIT;
    Kanto__RestartPolicy policy = KANTO__RESTART_POLICY__INIT;
    Kanto__HostConfig host = KANTO__HOST_CONFIG__INIT;
    Kanto__State state = KANTO__STATE__INIT;
    struct desired desired = {.container = &container};
    struct live_context context = {
        .desired = &desired, .digest = "", .daemon_began = BEGAN, .booted = BOOTED};
    struct reading reading;
    container.id = container.name = (char *)"a";
    container.image = &image;
    container.host_config = &host;
    container.state = &state;
    host.restart_policy = &policy;
    policy.type = (char *)row->policy;
    state.status = (char *)row->status;
    state.started_at = (char *)row->started;
    state.finished_at = (char *)row->ended;
    live_read(&container, &context, &reading);
    ck_assert_msg(reading.live.daemon_missed == row->missed, "%s", row->name);
    ck_assert_msg(reading.live.policy_lost == row->lost, "%s", row->name);
}
END_TEST

/* A Stop leaves a container Stopped, and without an error. One that ran until the power was cut was
 * not stopped for good, whatever is left of a former Stop; nor was one that somebody tried to start
 * since. */
START_TEST(what_ran_at_a_power_cut_was_not_stopped_by_hand)
{
    Kanto__Image image = KANTO__IMAGE__INIT;
    Kanto__Container container = KANTO__CONTAINER__INIT;
    Kanto__State state = KANTO__STATE__INIT;
    struct desired desired = {.container = &container};
    struct live_context context = {.desired = &desired, .digest = ""};
    struct reading reading;
    container.id = container.name = (char *)"a";
    container.image = &image;
    container.state = &state;
    container.has_manually_stopped = container.manually_stopped = true;
    state.status = (char *)"Exited";
    state.error = (char *)"task for containerd container id = a not found - container is also "
                          "deleted";
    live_read(&container, &context, &reading);
    ck_assert(!reading.live.by_person);
    state.status = (char *)"Stopped";
    state.error = (char *)"context canceled"; /* its Start was cut */
    live_read(&container, &context, &reading);
    ck_assert(!reading.live.by_person);
    state.error = (char *)"";
    live_read(&container, &context, &reading);
    ck_assert(reading.live.by_person);
}
END_TEST

/* The journal is lost: one with an id of the manifest's own tells by nothing else whose it is. */
static const struct {
    const char *name, *id, *image;
    bool orphaned, ours;
} claims[] = {
    {"the manifest's id, and as it says", "web", "app:1", false, true},
    {"the manifest's id, and otherwise", "web", "app:2", false, false},
    {"another id", "beside", "app:1", false, false},
    {"no manifest names it", "web", "app:1", true, false},
};

START_TEST(one_with_the_manifests_own_id_is_ours_when_it_is_as_the_manifest_says)
{
    Kanto__Image image = KANTO__IMAGE__INIT, desired_image = KANTO__IMAGE__INIT;
    Kanto__Container container = KANTO__CONTAINER__INIT, wanted = KANTO__CONTAINER__INIT;
    struct desired desired = {.container = &wanted};
    struct live_context context = {
        .desired = &desired, .digest = "", .orphaned = claims[_i].orphaned};
    struct reading reading;
    container.id = (char *)claims[_i].id;
    container.name = wanted.name = wanted.id = (char *)"web";
    image.name = (char *)claims[_i].image;
    desired_image.name = (char *)"app:1";
    container.image = &image;
    wanted.image = &desired_image;
    live_read(&container, &context, &reading);
    ck_assert_msg(reading.live.ours == claims[_i].ours, "%s", claims[_i].name);
    ck_assert_msg(reading.live.current == claims[_i].ours, "%s", claims[_i].name);
    live_finish(&reading);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("live");
    TCase *cases = tcase_create("live");
    tcase_add_loop_test(cases, its_times_tell_who_starts_it_again, 0, countof(rows));
    tcase_add_test(cases, what_ran_at_a_power_cut_was_not_stopped_by_hand);
    tcase_add_loop_test(cases,
        one_with_the_manifests_own_id_is_ours_when_it_is_as_the_manifest_says, 0, countof(claims));
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
