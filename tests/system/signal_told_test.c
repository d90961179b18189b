/* What a person is told of a signal in the middle of a pass: by the first one what is finished, by
 * the second one what it cuts. On a terminal the live view leaves both alone. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "parts.h"
#include "screen.h"
#include "trial.h"
#include "words.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define ROWS    24
#define COLUMNS 100
#define SOON_MS                                                                                    \
    2000 /* what it cuts takes 3 s: this tells an end from a wait, not how quick it is */
#define CTRL_C "\003"

static const int signals[] = {SIGTERM, SIGINT};
static const char *const slow_stop[] = {"--latency", "Stop=1500", NULL};
static const char *const slow_create[] = {"--latency", "Create=3000", NULL};

/* Web is being replaced, and its old one is being stopped. */
static bool begin(const char *name, struct screen **ret_screen, pid_t *ret_pid)
{
    if (!trial_begin(name, slow_stop))
        return false;
    trial_write("app:1", "");
    trial_put("manifests", "quiet", "app:1", "");
    TRIAL_APPLY(0);
    trial_write("app:2", "");
    if (ret_screen) {
        *ret_screen = screen_open(ROWS, COLUMNS);
        screen_lend(*ret_screen, &trial);
    }
    *ret_pid = trial_run_begin("apply", NULL);
    ck_assert(trial_wait_for_call(*ret_pid, "Stop", 1));
    return true;
}

static void interrupt(struct screen *screen, pid_t pid)
{
    screen_type(screen, CTRL_C);
    kill(pid, SIGINT);
}

/* Nobody is as quick as a second one right behind the last letter. */
static void interrupt_again(pid_t pid, int signal)
{
    poll(NULL, 0, 30);
    kill(pid, signal);
}

START_TEST(on_a_terminal_the_first_one_stays_to_be_seen)
{
    struct screen *screen;
    pid_t pid;
    if (!begin("told-screen", &screen, &pid))
        return;
    screen_wait_for(screen, "stopping");
    interrupt(screen, pid);
    screen_wait_for(screen, "finishing: Stop of web");
    screen_let_go(&trial);
    ck_assert_int_eq(trial_run_end(pid), 1);
    screen_wait_for(screen, "containers:");
    screen_wait_for(screen, WORDS_INTERRUPTED ": nothing new begins");
    screen_wait_for(screen, "finishing: Stop of web");
    ck_assert_msg(screen_count(screen, "web  ") == 1, "%s", screen_text(screen));
    ck_assert_msg(screen_count(screen, "quiet  ") == 1, "%s", screen_text(screen));
    ck_assert_msg(screen_count(screen, "^C") == 0, "%s", screen_text(screen));
    screen_close(screen);
    trial_end();
}
END_TEST

START_TEST(on_a_terminal_the_second_one_says_what_it_cuts)
{
    struct screen *screen;
    pid_t pid;
    if (!begin("told-screen-twice", &screen, &pid))
        return;
    screen_wait_for(screen, "stopping");
    interrupt(screen, pid);
    screen_wait_for(screen, "finishing: Stop of web");
    interrupt_again(pid, SIGINT);
    screen_let_go(&trial);
    ck_assert_int_eq(trial_run_end(pid), 1);
    screen_wait_for(screen, "left in the middle of Stop of web");
    screen_wait_for(screen, "the next pass mends");
    screen_close(screen);
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

/* ---- in a pipe, and as JSON ---- */

static void wait_until_told(const char *text)
{
    scoped_free char *path = memory_format("%s/err", trial.folder);
    int64_t until = clock_now_ms() + 10000;
    for (;; poll(NULL, 0, 5)) {
        scoped_free char *bytes = NULL;
        size_t length;
        if (file_read(path, (size_t)1 << 20, &bytes, &length, NULL) == 0 && strstr(bytes, text))
            return;
        ck_assert_msg(clock_now_ms() < until, "\"%s\" is not told: %s", text, bytes ? bytes : "");
    }
}

START_TEST(in_a_pipe_the_second_one_counts_after_the_first_was_told)
{
    pid_t pid;
    if (!begin("told-pipe", NULL, &pid))
        return;
    kill(pid, signals[_i]);
    wait_until_told("finishing: Stop of web;");
    int64_t began = clock_now_ms();
    interrupt_again(pid, signals[_i]);
    ck_assert_int_eq(trial_run_end(pid), 1);
    int64_t elapsed = clock_now_ms() - began;
    ck_assert_msg(elapsed < SOON_MS, "it took %d ms\n%s", (int)elapsed, trial_output());
    trial_expect_told("left in the middle of Stop of web");
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

START_TEST(a_pull_is_told_with_the_time_that_it_gets)
{
    static const char *const outputs[] = {"text", "json"};
    if (!trial_begin("told-pull", slow_create))
        return;
    trial_write("app:1", "");
    pid_t pid = trial_run_begin("apply", "--output", outputs[_i], NULL);
    ck_assert(trial_wait_for_call(pid, "Create", 1));
    kill(pid, SIGTERM);
    wait_until_told("finishing: Create of web (pulling; given up after 20.0 s)");
    interrupt_again(pid, SIGTERM);
    ck_assert_int_eq(trial_run_end(pid), 1);
    trial_expect_told("left in the middle of Create of web");
    trial_end();
}
END_TEST

/* ---- the picture itself ---- */

START_TEST(a_narrow_terminal_has_one_line_for_each)
{
    if (!trial_begin("told-narrow", slow_create))
        return;
    trial_write("app:1", "");
    trial_put("manifests", "a-rather-long-name", "app:1", "");
    struct screen *screen = screen_open(ROWS, 28);
    screen_lend(screen, &trial);
    pid_t pid = trial_run_begin("apply", NULL);
    ck_assert(trial_wait_for_call(pid, "Create", 2));
    screen_wait_for(screen, "2.");
    ck_assert_msg(screen_count(screen, "web ") == 1, "%s", screen_text(screen));
    ck_assert_msg(screen_count(screen, "a-r") == 1, "%s", screen_text(screen));
    screen_let_go(&trial);
    ck_assert_int_eq(trial_run_end(pid), 0);
    screen_close(screen);
    trial_end();
}
END_TEST

START_TEST(what_is_told_in_the_middle_leaves_the_picture_whole)
{
    static const char *const fault[] = {
        "--latency", "Create=500", "--fault", "Create#2=drop-during", NULL};
    if (!trial_begin("told-middle", fault))
        return;
    trial_write("app:1", "");
    trial_put("manifests", "other", "app:1", "");
    struct screen *screen = screen_open(ROWS, COLUMNS);
    screen_lend(screen, &trial);
    pid_t pid = trial_run_begin("apply", NULL);
    screen_wait_for(screen, "went away in the middle");
    screen_let_go(&trial);
    ck_assert_int_eq(trial_run_end(pid), 0);
    screen_wait_for(screen, "containers:");
    ck_assert_msg(
        strstr(screen_text(screen), "went away in the middle"), "%s", screen_text(screen));
    ck_assert_msg(screen_count(screen, "other  running") == 1, "%s", screen_text(screen));
    screen_close(screen);
    trial_end();
}
END_TEST

void add_signal_told_tests(TCase *cases)
{
    tcase_add_test(cases, on_a_terminal_the_first_one_stays_to_be_seen);
    tcase_add_test(cases, on_a_terminal_the_second_one_says_what_it_cuts);
    tcase_add_loop_test(
        cases, in_a_pipe_the_second_one_counts_after_the_first_was_told, 0, countof(signals));
    tcase_add_loop_test(cases, a_pull_is_told_with_the_time_that_it_gets, 0, 2);
    tcase_add_test(cases, a_narrow_terminal_has_one_line_for_each);
    tcase_add_test(cases, what_is_told_in_the_middle_leaves_the_picture_whole);
}
