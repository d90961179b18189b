/* Two deployers on one daemon, each with a state folder and manifests of its own. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "harness.h"
#include "parts.h"
#include "suite.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct harness first, second;

/* The second one's things lie below the first one's folder; they share the socket alone. */
static bool start(const char *name)
{
    if (!harness_start(&first, name, NULL))
        return false;
    second = first;
    first.soak = "3s";
    snprintf(second.folder, sizeof(second.folder), "%.50s/second", first.folder);
    second.manifests = memory_format("%s/manifests", second.folder);
    second.state = memory_format("%s/state", second.folder);
    second.trace = memory_format("%s/trace", second.folder);
    ck_assert_int_eq(mkdir(second.folder, 0755), 0);
    ck_assert_int_eq(mkdir(second.manifests, 0755), 0);
    harness_write(&first, "web.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}");
    harness_write(&second, "db.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}");
    return true;
}

static void stop(void)
{
    free(second.manifests);
    free(second.state);
    free(second.trace);
    harness_stop(&first);
}

/* The first one replaces web; this returns in the new one's soak. */
static pid_t replace_web(void)
{
    const char *arguments[] = {"apply", first.manifests, "--existing", "update", NULL};
    const char *now = first.soak;
    first.soak = NULL;
    outcome_expect(harness_run(&first, arguments), 0, "1 deployed", "");
    first.soak = now;
    harness_write(&first, "web.json", "{\"image\": {\"name\": \"localhost:5000/sleeper:2\"}}");
    harness_forget_calls(&first);
    pid_t pid = harness_begin(&first, arguments);
    harness_wait_for_answer(&first, "Start", 1);
    return pid;
}

/* As `apply` of the second one tells it when it does not wait any longer. */
static void expect_refused(pid_t holder)
{
    const char *arguments[] = {"apply", second.manifests, "--connect-timeout", "300ms", NULL};
    scoped_free char *told = memory_format(
        "error: kanto-cm at %s is being worked on by pid %d (kanto-deployer apply, state folder "
        "%s); waited 0.",
        first.socket, (int)holder, first.state);
    outcome_expect(harness_run(&second, arguments), 1, "", told);
    ck_assert_int_eq(harness_calls(&second, "List"), 0);
    ck_assert_int_eq(harness_count(&first, "db", NULL), 0);
}

static void expect_running(const char *name)
{
    int running = 0;
    ck_assert_int_eq(harness_count(&first, name, &running), 1);
    ck_assert_int_eq(running, 1);
}

START_TEST(the_second_is_told_who_works_there)
{
    if (!start("second-refused"))
        return;
    pid_t pid = replace_web();
    const char *plan[] = {"plan", second.manifests, NULL};
    outcome_expect(harness_run(&second, plan), 2, "db", ""); /* a look waits for nobody */
    harness_forget_calls(&second);
    expect_refused(pid);
    outcome_expect(harness_end(&first, pid), 0, "1 replaced", "");
    expect_running("web");
    stop();
}
END_TEST

START_TEST(the_second_waits_and_undoes_nothing)
{
    if (!start("second-waits"))
        return;
    const char *arguments[] = {"apply", second.manifests, "--existing", "update", NULL};
    pid_t pid = replace_web();
    outcome_expect(harness_run(&second, arguments), 0, "1 deployed", "");
    outcome_expect(harness_end(&first, pid), 0, "1 replaced", "");
    expect_running("web");
    expect_running("db");
    stop();
}
END_TEST

/* What its ids say is under way is the first one's to end: the second one has no manifest of that
 * name, and no memory of it. */
START_TEST(the_second_ends_nothing_of_a_first_one_that_was_killed)
{
    int running = 0;
    if (!start("second-after-kill"))
        return;
    const char *arguments[] = {"apply", second.manifests, "--existing", "update", NULL};
    pid_t pid = replace_web();
    kill(pid, SIGKILL);
    struct outcome_of_run killed = harness_end(&first, pid);
    outcome_finish(&killed);
    harness_forget_calls(&second);
    outcome_expect(harness_run(&second, arguments), 0, "1 deployed", "");
    ck_assert_int_eq(harness_calls(&second, "Stop") + harness_calls(&second, "Remove"), 0);
    ck_assert_int_eq(harness_count(&first, "web", &running), 2);
    ck_assert_int_eq(running, 1);
    arguments[1] = first.manifests;
    first.soak = NULL;
    outcome_expect(harness_run(&first, arguments), 0, "1 replaced", "");
    expect_running("web");
    stop();
}
END_TEST

START_TEST(ctrl_c_ends_a_wait_for_the_other_at_once)
{
    if (!start("second-interrupted"))
        return;
    const char *arguments[] = {"apply", second.manifests, NULL};
    pid_t pid = replace_web();
    pid_t waiting = harness_begin(&second, arguments);
    poll(NULL, 0, 500);
    int64_t began = clock_now_ms();
    kill(waiting, SIGINT);
    outcome_expect(harness_end(&second, waiting), 1, "", "; stopped waiting after 0.");
    ck_assert_int_lt(clock_now_ms() - began, 1000);
    outcome_expect(harness_end(&first, pid), 0, "1 replaced", "");
    stop();
}
END_TEST

/* The daemon starts again in mid-pass: the first one finds it, and the second one still not. */
START_TEST(a_daemon_that_starts_again_is_locked_again)
{
    if (!start("second-after-restart"))
        return;
    if (first.real) {
        printf("left out: %s restarts the simulation\n", first.name);
        stop();
        return;
    }
    pid_t pid = replace_web();
    harness_forget_calls(&first);
    harness_restart(&first, SIGKILL, NULL);
    harness_wait_for_answer(&first, "List", 1);
    expect_refused(pid);
    outcome_expect(harness_end(&first, pid), 0, "1 replaced", "kanto-cm went away");
    expect_running("web");
    stop();
}
END_TEST

void add_instances_tests(TCase *cases)
{
    tcase_add_test(cases, the_second_is_told_who_works_there);
    tcase_add_test(cases, the_second_waits_and_undoes_nothing);
    tcase_add_test(cases, the_second_ends_nothing_of_a_first_one_that_was_killed);
    tcase_add_test(cases, ctrl_c_ends_a_wait_for_the_other_at_once);
    tcase_add_test(cases, a_daemon_that_starts_again_is_locked_again);
}
