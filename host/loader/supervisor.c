#include "loader/supervisor.h"

#include "frame/frame.h"
#include "loader/filter.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOLD_MAX 64 /* different calls that are told */

struct supervisor {
    pid_t holder, plugin; /* holder 0: no namespace */
    int signals, talk, listener;
    char told[TOLD_MAX][FILTER_NAME_MAX];
    size_t told_count;
};

/* The first process of a namespace: all others there end with it. What they leave behind becomes its
 * children, which nobody waits for. */
_Noreturn static void hold(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGCHLD, SIG_IGN);
    close_range(0, ~0U, 0);
    for (;;)
        pause();
}

/* A line among what the plugin prints; once for each call. Never waits: nobody may read, and a line
 * that is lost is less than a helper that hangs. */
static void tell(struct supervisor *supervisor, const char *name)
{
    char line[FILTER_NAME_MAX + 32];
    struct pollfd output = {.fd = STDERR_FILENO, .events = POLLOUT};
    for (size_t i = 0; i < supervisor->told_count; i++)
        if (strcmp(supervisor->told[i], name) == 0)
            return;
    if (supervisor->told_count == TOLD_MAX)
        return;
    snprintf(supervisor->told[supervisor->told_count++], FILTER_NAME_MAX, "%s", name);
    int length = snprintf(line, sizeof(line), "\n" FRAME_STOPPED "%s\n", name);
    if (poll(&output, 1, 0) > 0 && (output.revents & POLLOUT) &&
        write(STDERR_FILENO, line, (size_t)length) < 0)
        return;
}

static void answer(struct supervisor *supervisor)
{
    char name[FILTER_NAME_MAX];
    if (filter_answer(supervisor->listener, name))
        tell(supervisor, name);
}

static void take_listener(struct supervisor *supervisor)
{
    char byte, control[CMSG_SPACE(sizeof(int))];
    struct iovec vector = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof(control)};
    ssize_t got = recvmsg(supervisor->talk, &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *header = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (header && header->cmsg_type == SCM_RIGHTS)
        memcpy(&supervisor->listener, CMSG_DATA(header), sizeof(supervisor->listener));
    close(supervisor->talk);
    supervisor->talk = -1;
}

/* Dies of what it died of. */
_Noreturn static void end_as(int status)
{
    sigset_t none;
    sigemptyset(&none);
    if (WIFSIGNALED(status)) {
        struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        signal(WTERMSIG(status), SIG_DFL);
        sigprocmask(SIG_SETMASK, &none, NULL);
        kill(getpid(), WTERMSIG(status));
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

static void take_signal(struct supervisor *supervisor)
{
    struct signalfd_siginfo info;
    int status = 0;
    if (read(supervisor->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return;
    if (info.ssi_signo == SIGTERM)
        kill(supervisor->plugin, SIGKILL);
    if (waitpid(supervisor->plugin, &status, WNOHANG) != supervisor->plugin)
        return;
    if (supervisor->holder) { /* the kernel ends all that is left there before this one is gone */
        kill(supervisor->holder, SIGKILL);
        waitpid(supervisor->holder, NULL, 0);
    }
    end_as(status);
}

_Noreturn static void supervise(struct supervisor *supervisor)
{
    /* Neither looked into nor traced, where the plugin has the same user. */
    prctl(PR_SET_DUMPABLE, 0);
    /* The host sees by the frames' descriptor that the plugin's process is gone. */
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(FRAME_FD);
    for (;;) {
        struct pollfd polls[] = {{.fd = supervisor->signals, .events = POLLIN},
            {.fd = supervisor->talk, .events = POLLIN},
            {.fd = supervisor->listener, .events = POLLIN}};
        if (poll(polls, 3, -1) < 0)
            continue;
        if (polls[0].revents)
            take_signal(supervisor);
        if (polls[1].revents)
            take_listener(supervisor);
        if (polls[2].revents & POLLIN) {
            answer(supervisor);
        } else if (polls[2].revents) { /* nobody is left to ask */
            close(supervisor->listener);
            supervisor->listener = -1;
        }
    }
}

/* 0, or an errno. What is forked after it lives in the new namespace; this process does not. */
static int enter_namespace(struct supervisor *supervisor)
{
    if (unshare(CLONE_NEWPID) < 0)
        return errno;
    supervisor->holder = fork();
    if (supervisor->holder == 0)
        hold();
    return supervisor->holder < 0 ? errno : 0;
}

int supervisor_start(struct supervised *ret_supervised, struct error *err)
{
    static struct supervisor supervisor = {.listener = -1};
    sigset_t watched, former;
    int talk[2];
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigprocmask(SIG_BLOCK, &watched, &former);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    supervisor.signals = signalfd(-1, &watched, SFD_CLOEXEC);
    if (supervisor.signals < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, talk) < 0)
        return error_errno(err, errno, "cannot watch over the plugin");
    int no_namespace = enter_namespace(&supervisor);
    if (no_namespace && supervisor.holder < 0)
        return error_errno(err, no_namespace, "fork");
    supervisor.plugin = fork();
    if (supervisor.plugin < 0)
        return error_errno(err, errno, "fork");
    supervisor.talk = talk[supervisor.plugin == 0];
    close(talk[supervisor.plugin != 0]);
    if (supervisor.plugin > 0)
        supervise(&supervisor);
    close(supervisor.signals);
    sigprocmask(SIG_SETMASK, &former, NULL);
    *ret_supervised =
        (struct supervised){.supervisor = supervisor.talk, .no_namespace = no_namespace};
    return 0;
}

void supervisor_hand_over(struct supervised *supervised, int listener)
{
    char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec vector = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof(control)};
    if (listener >= 0) {
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &listener, sizeof(int));
        sendmsg(supervised->supervisor, &message, MSG_NOSIGNAL);
        close(listener);
    }
    close(supervised->supervisor);
    supervised->supervisor = -1;
}
