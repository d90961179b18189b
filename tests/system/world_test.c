/* The world around the program, as a test can script it on the simulation: a person's calls, the
 * daemon's ends, processes, and time. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "harness.h"
#include "model/container.h"
#include "parts.h"
#include "suite.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define IMAGES KD_SOURCE_DIR "/tests/data/images.json"
#define HOUR   3600000

static struct harness harness;

static void expect(int exit_code, const char *out)
{
    const char *arguments[] = {"apply", harness.manifests, NULL};
    struct outcome_of_run outcome = harness_run(&harness, arguments);
    ck_assert_msg(outcome.exit_code == exit_code && strstr(outcome.out, out),
        "exit status %d, expected %d\n-- out, expected \"%s\":\n%s\n%s", outcome.exit_code,
        exit_code, out, outcome.out, outcome.err);
    outcome_finish(&outcome);
}

static void write_one(const char *name, const char *image, const char *policy)
{
    scoped_free char *file = memory_format("%s.json", name);
    harness_write(&harness, file,
        "{\"image\": {\"name\": \"localhost:5000/%s\"}, \"host_config\": {\"restart_policy\": "
        "{\"type\": \"%s\"}}}",
        image, policy);
}

static Kanto__Container *get(const char *name)
{
    scoped_free char *id = harness_id(&harness, name);
    struct kanto_answer answer =
        harness_call(&harness, &(struct kanto_request){.method = KANTO_GET, .id = id});
    Kanto__Container *container = steal(&answer.container);
    ck_assert_ptr_nonnull(container);
    kanto_answer_finish(&answer);
    return container;
}

static void expect_status(const char *name, enum container_status status)
{
    Kanto__Container *container = get(name);
    ck_assert_str_eq(
        container_status_word(container_status(container)), container_status_word(status));
    container_free(container);
}

static enum kanto_outcome stop(const char *name, int timeout_s)
{
    Kanto__StopOptions options = KANTO__STOP_OPTIONS__INIT;
    options.has_force = options.force = options.has_timeout = true;
    options.timeout = timeout_s;
    scoped_free char *id = harness_id(&harness, name);
    struct kanto_answer answer = harness_call(
        &harness, &(struct kanto_request){.method = KANTO_STOP, .id = id, .stop = &options});
    enum kanto_outcome outcome = answer.outcome;
    kanto_answer_finish(&answer);
    return outcome;
}

START_TEST(what_a_person_stopped_is_left_alone)
{
    static const char *const switches[] = {"--images", IMAGES, NULL};
    if (!harness_start(&harness, "person", switches))
        return;
    write_one("a", "app:1", "unless-stopped");
    write_one("deaf", "app:deaf", "no");
    expect(0, "2 deployed");
    ck_assert_int_eq(stop("a", 1), KANTO_OK);
    ck_assert_int_eq(stop("deaf", 1), KANTO_OK); /* by force, after its second */
    expect_status("a", STATUS_STOPPED);
    expect_status("deaf", STATUS_STOPPED);
    expect(0, "2 skipped");
    harness_stop(&harness);
}
END_TEST

/* Who comes back by itself after each end of the daemon; the next pass starts the others. */
static const struct {
    int signal;
    enum container_status always, no; /* right after the daemon is back */
} ends[] = {
    {SIGKILL, STATUS_RUNNING, STATUS_RUNNING}, /* processes live on */
    {SIGTERM, STATUS_RUNNING, STATUS_STOPPED},
    {SIGUSR1, STATUS_RUNNING, STATUS_EXITED}, /* a power cut */
};

START_TEST(after_each_end_of_the_daemon_all_run_again)
{
    static const char *const switches[] = {"--images", IMAGES, NULL};
    if (!harness_start(&harness, "ends", switches))
        return;
    write_one("always", "app:1", "always");
    write_one("no", "app:1", "no");
    expect(0, "2 deployed");
    harness_restart(&harness, ends[_i].signal, switches);
    expect_status("always", ends[_i].always);
    expect_status("no", ends[_i].no);
    expect(0, "2 containers");
    expect_status("always", STATUS_RUNNING);
    expect_status("no", STATUS_RUNNING);
    harness_stop(&harness);
}
END_TEST

/* 100 ms, doubled up to a minute: an hour of it takes no time. */
START_TEST(an_hour_of_a_crash_loop_passes_at_once)
{
    static const char *const switches[] = {"--images", IMAGES, "--clock-by-hand", NULL};
    if (!harness_start(&harness, "crash-loop", switches))
        return;
    write_one("loop", "app:crashes", "always");
    expect(0, "1 deployed");
    harness_tell(&harness, "advance %d", HOUR);
    Kanto__Container *container = get("loop");
    ck_assert_int_ge(container->restart_count, 60);
    ck_assert_int_le(container->restart_count, 75);
    ck_assert_int_eq(container->state->exit_code, 3);
    struct kanto_answer answer = harness_call(
        &harness, &(struct kanto_request){.method = KANTO_LOGS, .id = container->id, .tail = -1});
    ck_assert_msg(answer.log && strstr(answer.log, "boom"), "found %s", answer.log);
    kanto_answer_finish(&answer);
    container_free(container);
    harness_stop(&harness);
}
END_TEST

START_TEST(a_process_that_ends_behind_the_daemons_back_is_started)
{
    static const char *const switches[] = {"--images", IMAGES, NULL};
    if (!harness_start(&harness, "outside", switches))
        return;
    write_one("a", "app:1", "no");
    expect(0, "1 deployed");
    scoped_free char *id = harness_id(&harness, "a");
    harness_tell(&harness, "kill-process %s SIGKILL", id);
    harness_tell(&harness, "advance 100");
    expect_status("a", STATUS_EXITED);
    expect(0, "1 deployed");
    expect_status("a", STATUS_RUNNING);
    harness_stop(&harness);
}
END_TEST

/* The daemon misses an end: the container is Running for ever, until the way out is taken. */
START_TEST(a_missed_exit_is_kept_running_until_it_is_removed)
{
    static const char *const switches[] = {"--images", IMAGES, "--with", "missed-exits=100", NULL};
    if (!harness_start(&harness, "missed", switches))
        return;
    write_one("a", "app:1", "no");
    expect(0, "1 deployed");
    ck_assert_int_eq(stop("a", 1), KANTO_REFUSED);
    expect_status("a", STATUS_RUNNING);
    Kanto__StopOptions options = KANTO__STOP_OPTIONS__INIT;
    options.signal = (char *)"SIGTERM";
    scoped_free char *id = harness_id(&harness, "a");
    struct kanto_answer answer = harness_call(&harness,
        &(struct kanto_request){.method = KANTO_REMOVE, .id = id, .force = true, .stop = &options});
    ck_assert_msg(answer.outcome == KANTO_OK, "%s", answer.message);
    kanto_answer_finish(&answer);
    expect(0, "1 deployed"); /* under another id: the old one cannot be created again */
    expect_status("a", STATUS_RUNNING);
    harness_stop(&harness);
}
END_TEST

/* An Update replaces the policy and starts what that policy wants started. */
START_TEST(an_update_of_the_policy_starts_what_was_stopped)
{
    static const char *const switches[] = {"--images", IMAGES, NULL};
    Kanto__RestartPolicy policy = KANTO__RESTART_POLICY__INIT;
    if (!harness_start(&harness, "policy", switches))
        return;
    write_one("a", "app:1", "no");
    expect(0, "1 deployed");
    ck_assert_int_eq(stop("a", 1), KANTO_OK);
    policy.type = (char *)"always";
    scoped_free char *id = harness_id(&harness, "a");
    struct kanto_answer answer = harness_call(
        &harness, &(struct kanto_request){.method = KANTO_UPDATE, .id = id, .policy = &policy});
    ck_assert_int_eq(answer.outcome, KANTO_OK);
    kanto_answer_finish(&answer);
    harness_tell(&harness, "advance 200");
    expect_status("a", STATUS_RUNNING);
    harness_stop(&harness);
}
END_TEST

void add_world_tests(TCase *cases)
{
    tcase_add_test(cases, what_a_person_stopped_is_left_alone);
    tcase_add_loop_test(cases, after_each_end_of_the_daemon_all_run_again, 0, countof(ends));
    tcase_add_test(cases, an_hour_of_a_crash_loop_passes_at_once);
    tcase_add_test(cases, a_process_that_ends_behind_the_daemons_back_is_started);
    tcase_add_test(cases, a_missed_exit_is_kept_running_until_it_is_removed);
    tcase_add_test(cases, an_update_of_the_policy_starts_what_was_stopped);
}
