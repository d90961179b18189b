#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "source/intake.h"
#include "source/kept.h"
#include "source/reach.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAST_MOMENT_MS 50
#define PIPE_BYTES_MAX ((size_t)64 << 10) /* what a pipe holds */

/* A session of its own, so that whatever the plugin forks can be killed with it; default signals;
 * no environment but this. No LeakSanitizer: it would start a process and trace it, which no plugin may;
 * what is leaked, `plugin check` counts. A probe measures the heap: freed blocks that the C library holds back
 * for a thread count as used there, and fill up over hundreds of reconciles, so none are held. */
static int spawn(const struct source_options *options, int frames, int output, pid_t *ret_pid)
{
    const char *loader = options->loader;
    char *const environment[] = {
        (char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
#ifdef __SANITIZE_ADDRESS__
        (char *)"ASAN_OPTIONS=handle_segv=0:handle_abort=0:detect_leaks=0",
#endif
        options->probe ? (char *)"GLIBC_TUNABLES=glibc.malloc.tcache_count=0" : NULL, NULL};
    char *const arguments[] = {(char *)loader, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&actions, frames, FRAME_FD);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    int failed = posix_spawn(ret_pid, loader, &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

static void put_have(struct frame_out *out, const struct kept *kept)
{
    const struct source_set *have = kept ? &kept->set : NULL;
    frame_put_text(out, have ? have->revision : "");
    frame_put(out, have && have->memo ? have->memo : "", have ? have->memo_size : 0);
}

_Static_assert((int)SOURCE_NETWORK_NONE == (int)FRAME_NETWORK_NONE &&
                   (int)SOURCE_NETWORK_INTERNET == (int)FRAME_NETWORK_INTERNET &&
                   (int)SOURCE_NETWORK_ALL == (int)FRAME_NETWORK_ALL,
    "the same numbers");

/* Who is not root stays who they are. */
static void put_user(struct frame_out *out, const struct source_options *options)
{
    frame_put_text(out, geteuid() != 0  ? ""
                        : options->user ? options->user
                        : !options->uid ? SOURCE_DEFAULT_USER
                                        : "");
}

static void put_sandbox(struct frame_out *out, const struct source_options *options)
{
    frame_put_text(out, options->no_sandbox ? "" : "1");
    frame_put_number(out, options->network);
    frame_put_number(out, geteuid() == 0 && !options->user ? options->uid : 0);
    reach_put(out, options);
}

static int send_job(struct intake *intake)
{
    const struct source_options *options = intake->options;
    scoped(frame_out_finish) struct frame_out out = {0};
    frame_begin(&out, FRAME_JOB);
    frame_put_text(&out, FRAME_BUILD);
    frame_put_text(&out, options->plugin);
    put_user(&out, options);
    frame_put_text(&out, intake->describe_only ? "1" : "");
    put_have(&out, intake->kept);
    frame_put_text(&out, options->probe);
    frame_put_text(&out, intake->stay ? "1" : "");
    put_sandbox(&out, options);
    return frame_send(&out, intake->frames, -1);
}

int helper_start(struct intake *intake)
{
    int pair[2] = {-1, -1}, pipes[2] = {-1, -1};
    intake->frames = intake->output = intake->process = -1;
    intake->began_ms = clock_now_ms();
    intake->until_ms = intake->began_ms + intake->options->deadline_ms;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 ||
        pipe2(pipes, O_CLOEXEC) < 0) {
        intake_fail(intake, SOURCE_RETRY, "cannot start its helper: %s", strerror(errno));
        if (pair[0] >= 0) {
            close(pair[0]);
            close(pair[1]);
        }
        return -1;
    }
    int failed = spawn(intake->options, pair[1], pipes[1], &intake->pid);
    close(pair[1]);
    close(pipes[1]);
    intake->frames = pair[0];
    intake->output = pipes[0];
    if (failed) {
        intake->pid = 0;
        intake_fail(intake, SOURCE_RETRY, "cannot start its helper %s: %s", intake->options->loader,
            strerror(failed));
        return -1;
    }
    intake->process = pidfd_open(intake->pid, 0);
    fcntl(intake->frames, F_SETFL, O_NONBLOCK);
    fcntl(intake->output, F_SETFL, O_NONBLOCK);
    int sent = send_job(intake);
    if (sent >= 0 || sent == -EPIPE || sent == -ECONNRESET) /* its end is seen at the first read */
        return 0;
    intake_fail(intake, SOURCE_RETRY, "cannot start its helper: %s",
        sent == -EMSGSIZE || sent == -EAGAIN ? "its job is too large, for want of memory or for "
                                               "its paths"
                                             : strerror(-sent));
    return -1;
}

int helper_ask_again(struct intake *intake)
{
    scoped(frame_out_finish) struct frame_out out = {0};
    intake->began_ms = clock_now_ms();
    intake->until_ms = intake->began_ms + intake->options->deadline_ms;
    intake->waits = intake->changed = false;
    intake->total_bytes = intake->output_bytes = intake->idle_frames = 0;
    index_finish(&intake->keys);
    frame_begin(&out, FRAME_AGAIN);
    put_have(&out, intake->kept);
    return frame_send(&out, intake->frames, -1);
}

/* An end that no frame announced. */
static void find_reason(struct intake *intake, int status)
{
    const char *where = intake_phase_words(intake->phase);
    scoped_free char *reason = NULL;
    if (intake->done || intake->set.reason)
        return;
    if (WIFSIGNALED(status))
        reason = memory_format("crashed %s: SIG%s%s", where, sigabbrev_np(WTERMSIG(status)),
            WTERMSIG(status) == SIGSYS ? " (a system call of another architecture)" : "");
    else
        reason =
            memory_format("ended the process with exit status %d %s", WEXITSTATUS(status), where);
    /* What it stated was complete before that: it is used, and the fault is reported. */
    if (intake->settled)
        intake_fault(intake, "%s", reason);
    else
        intake_fail(intake, SOURCE_FATAL, "%s", reason);
}

/* What it printed last. A process that escaped may go on printing for ever, and is not listened to. */
static void drain_output(struct intake *intake)
{
    char bytes[4096];
    ssize_t got;
    for (size_t drained = 0; intake->output >= 0 && drained < PIPE_BYTES_MAX;
         drained += (size_t)got) {
        got = read(intake->output, bytes, sizeof(bytes));
        if (got <= 0)
            return;
        intake_output(intake, bytes, (size_t)got);
    }
}

/* It may be gone by itself: then its own end is the reason. A short time is given to it, as its
 * descriptor closes a moment before. */
static bool is_gone(const struct intake *intake)
{
    struct pollfd process = {.fd = intake->process, .events = POLLIN};
    siginfo_t info = {0};
    poll(&process, 1, LAST_MOMENT_MS);
    return waitid(P_PID, (id_t)intake->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid;
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* The supervisor ends what it has begun, and then itself: nothing of it is left once it is gone. One
 * that does not is killed, after two seconds. */
static int stop(pid_t pid)
{
    int status = 0;
    useconds_t pause = 50;
    kill(pid, SIGTERM);
    for (useconds_t waited = 0; waited < 2000000; waited += pause, pause += pause / 4) {
        pid_t got = waitpid(pid, &status, WNOHANG);
        if (got == pid || (got < 0 && errno != EINTR))
            return status;
        usleep(pause);
    }
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

void helper_end(struct intake *intake)
{
    if (intake->pid > 0) {
        int status = 0;
        if (!intake->set.reason && !intake->done && !is_gone(intake))
            intake_fail(intake, SOURCE_FATAL, "closed the descriptor of its helper %s",
                intake_phase_words(intake->phase));
        status = stop(intake->pid);
        /* The group outlives its leader when the plugin forked. */
        kill(-intake->pid, SIGKILL);
        intake->pid = 0;
        drain_output(intake);
        find_reason(intake, status);
    }
    close_one(&intake->frames);
    close_one(&intake->output);
    close_one(&intake->process);
    intake->set.elapsed_ms = clock_now_ms() - intake->began_ms;
    intake->over = true;
}
