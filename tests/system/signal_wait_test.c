/* A signal while the program waits for something, and nothing is done yet: it ends at once. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SOON_MS                                                                                    \
    3000 /* the waits take 4 s and more: this tells an end from a wait, not how quick it is */
#define SAMPLES 20 /* one after the other, 5 ms apart */

static const int signals[] = {SIGTERM, SIGINT};
static const char *const commands[] = {"apply", "plan"};

/* ---- what is measured ---- */

static bool is_in_poll(pid_t pid)
{
    char path[64], bytes[64] = "";
    snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
    scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes) - 1);
    long number = got > 0 ? strtol(bytes, NULL, 10) : -1;
#ifdef SYS_poll
    if (number == SYS_poll)
        return true;
#endif
    return number == SYS_ppoll;
}

/* It sleeps in poll() for longer than anything else but the wait takes. */
static void wait_until_it_waits(pid_t pid)
{
    int64_t until = clock_now_ms() + 10000;
    for (int found = 0; found < SAMPLES; found = is_in_poll(pid) ? found + 1 : 0) {
        ck_assert_msg(clock_now_ms() < until, "it does not wait");
        poll(NULL, 0, 5);
    }
}

static void expect_soon(pid_t pid, int signal)
{
    int64_t began = clock_now_ms();
    kill(pid, signal);
    int code = trial_run_end(pid);
    int64_t elapsed = clock_now_ms() - began;
    ck_assert_msg(code == 1, "exit status %d\n%s", code, trial_output());
    ck_assert_msg(elapsed < SOON_MS, "it took %d ms\n%s", (int)elapsed, trial_output());
    trial_expect_told(WORDS_INTERRUPTED);
}

static void expect_unchanged(pid_t pid, int signal)
{
    expect_soon(pid, signal);
    trial_expect_told(WORDS_UNCHANGED);
}

/* ---- locks ---- */

static const char *const slow_create[] = {"--latency", "Create=4000", NULL};

START_TEST(a_wait_for_another_pass)
{
    bool other_state = _i >= (int)countof(signals);
    if (!trial_begin("wait-lock", slow_create))
        return;
    scoped_free char *other = memory_format("%s/other", trial.folder);
    char *state = trial.state;
    trial_write("app:1", "");
    pid_t first = trial_run_begin("apply", NULL);
    ck_assert(trial_wait_for_call(first, "Create", 1));
    trial.state = other_state ? other : state; /* then only the daemon's lock is in the way */
    pid_t second = trial_run_begin("apply", NULL);
    trial.state = state;
    wait_until_it_waits(second);
    expect_unchanged(second, signals[_i % (int)countof(signals)]);
    trial_expect_told(other_state ? "is being worked on by" : "pid");
    ck_assert_int_eq(trial_run_end(first), 0);
    trial_end();
}
END_TEST

/* ---- the daemon ---- */

START_TEST(a_wait_for_the_socket)
{
    if (!trial_begin("wait-socket", NULL))
        return;
    trial_write("app:1", "");
    hand_crash(&trial);
    pid_t pid = trial_run_begin(commands[_i / 2], "--connect-timeout", "20s", NULL);
    wait_until_it_waits(pid);
    expect_unchanged(pid, signals[_i % 2]);
    hand_revive(&trial, NULL);
    trial_end();
}
END_TEST

/* An empty List of a young daemon is not believed while the journal knows of containers. */
START_TEST(a_wait_for_a_daemon_to_settle)
{
    if (!trial_begin("wait-settle", NULL))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    hand_call(&trial, KANTO_REMOVE, "web");
    trial.settle = "1h";
    pid_t pid = trial_run_begin(commands[_i / 2], "--connect-timeout", "20s", NULL);
    wait_until_it_waits(pid);
    expect_unchanged(pid, signals[_i % 2]);
    trial_end();
}
END_TEST

START_TEST(a_wait_for_a_list_that_is_not_answered)
{
    static const char *const fault[] = {"--fault", "List#2=hang", NULL};
    if (!trial_begin("wait-list", fault)) /* which looks whether it is there: the first List */
        return;
    trial_write("app:1", "");
    pid_t pid = trial_run_begin(commands[_i / 2], NULL);
    ck_assert(trial_wait_for_call(pid, "List", 2));
    expect_unchanged(pid, signals[_i % 2]);
    trial_end();
}
END_TEST

/* ---- sources ---- */

static void use_moody(const char *mood)
{
    const struct passwd *me = getpwuid(geteuid());
    scoped_free char *lines = memory_format("[source slow]\nplugin = " KD_BUILD_DIR
                                            "/hostile/moody.so\nuser = %s\npath = %s/mood\n"
                                            "timeout = 1500ms\n",
        me->pw_name, trial.folder);
    trial_conf(lines);
    harness_write(&trial, "/mood", "%s - 0\n", mood);
}

/* One that ends when it is asked to, and one that does not. */
static const char *const moods[] = {"wait", "hang"};

START_TEST(a_wait_for_a_source)
{
    if (!trial_begin("wait-source", NULL))
        return;
    use_moody(moods[_i / 4]);
    pid_t pid = trial_run_begin(commands[_i / 2 % 2], NULL);
    wait_until_it_waits(pid);
    expect_unchanged(pid, signals[_i % 2]);
    trial_end();
}
END_TEST

/* ---- the pause between two tries of a pull ---- */

START_TEST(a_pause_between_pulls)
{
    if (!trial_begin("wait-pull", NULL))
        return;
    trial_write("app:9", "");
    trial_registry("app:9",
        "failed to resolve reference \"localhost:5000/app:9\": unexpected status from HEAD request "
        "to http://localhost:5000/v2/app/manifests/9: 503 Service Unavailable");
    pid_t pid = trial_run_begin("apply", NULL);
    ck_assert(trial_wait_for_call(pid, "Create", 3)); /* the next one comes after seconds */
    expect_soon(pid, signals[_i]);
    trial_expect_count("web", 0);
    trial_end();
}
END_TEST

/* ---- without a signal: whoever looks on is told ---- */

START_TEST(a_long_wait_for_the_socket_is_told)
{
    if (!trial_begin("wait-told-socket", NULL))
        return;
    trial_write("app:1", "");
    hand_crash(&trial);
    trial_expect_exit(trial_run(commands[_i], "--connect-timeout", "1500ms", NULL), 3);
    trial_expect_told("note: waiting for kanto-cm at");
    hand_revive(&trial, NULL);
    trial_end();
}
END_TEST

START_TEST(a_long_wait_for_a_lock_is_told)
{
    if (!trial_begin("wait-told-lock", slow_create))
        return;
    trial_write("app:1", "");
    pid_t first = trial_run_begin("apply", NULL);
    ck_assert(trial_wait_for_call(first, "Create", 1));
    TRIAL_APPLY(1, "--connect-timeout", "1500ms");
    trial_expect_told("note: waiting for the lock of the state folder");
    ck_assert_int_eq(trial_run_end(first), 0);
    trial_end();
}
END_TEST

START_TEST(a_long_wait_for_a_source_is_told)
{
    if (!trial_begin("wait-told-source", NULL))
        return;
    use_moody("wait");
    trial_run(commands[_i], NULL);
    trial_expect_told("note: waiting for the sources");
    trial_end();
}
END_TEST

void add_signal_wait_tests(TCase *cases)
{
    tcase_add_loop_test(cases, a_wait_for_another_pass, 0, 2 * countof(signals));
    tcase_add_loop_test(cases, a_wait_for_the_socket, 0, 4);
    tcase_add_loop_test(cases, a_wait_for_a_daemon_to_settle, 0, 4);
    tcase_add_loop_test(cases, a_wait_for_a_list_that_is_not_answered, 0, 4);
    tcase_add_loop_test(cases, a_wait_for_a_source, 0, 8);
    tcase_add_loop_test(cases, a_pause_between_pulls, 0, countof(signals));
    tcase_add_loop_test(cases, a_long_wait_for_the_socket_is_told, 0, countof(commands));
    tcase_add_test(cases, a_long_wait_for_a_lock_is_told);
    tcase_add_loop_test(cases, a_long_wait_for_a_source_is_told, 0, countof(commands));
}
