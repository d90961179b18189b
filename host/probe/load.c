/* What loading alone does to the process: constructors run at dlopen, when nobody asked for
 * anything yet. */
#include "loader/relay.h"
#include "probe/probe.h"
#include "probe/state.h"

#include <dirent.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define FDS        256
#define SIGNALS    65
#define LOCALE_MAX 128

extern char **environ;

struct look {
    int threads, children;
    struct {
        bool open;
        dev_t dev;
        ino_t ino;
    } fds[FDS];
    void (*handlers[SIGNALS])(int);
    sigset_t mask;
    struct itimerval timer;
    mode_t umask_bits;
    char folder[PATH_MAX];
    char locale_name[LOCALE_MAX];
    size_t environment;
};

static size_t environment_sum(void)
{
    size_t sum = 0;
    for (char **at = environ; at && *at; at++)
        for (const char *c = *at; *c; c++)
            sum = sum * 31 + (unsigned char)*c;
    return sum;
}

static void look_at(struct look *look)
{
    *look = (struct look){.threads = state_threads(), .children = state_children()};
    for (int fd = 0; fd < FDS; fd++) {
        struct stat info;
        look->fds[fd].open = fstat(fd, &info) == 0;
        if (!look->fds[fd].open)
            continue;
        look->fds[fd].dev = info.st_dev;
        look->fds[fd].ino = info.st_ino;
    }
    for (int number = 1; number < SIGNALS; number++) {
        struct sigaction action = {0};
        sigaction(number, NULL, &action);
        look->handlers[number] = action.sa_handler;
    }
    sigprocmask(SIG_BLOCK, NULL, &look->mask);
    getitimer(ITIMER_REAL, &look->timer);
    look->umask_bits = umask(0);
    umask(look->umask_bits);
    if (!getcwd(look->folder, sizeof(look->folder)))
        look->folder[0] = '\0';
    snprintf(look->locale_name, sizeof(look->locale_name), "%s", setlocale(LC_ALL, NULL));
    look->environment = environment_sum();
}

static void compare_descriptors(const struct look *before, const struct look *after)
{
    for (int fd = 0; fd < FDS; fd++) {
        if (before->fds[fd].open && !after->fds[fd].open)
            found(FOUND_FAILED, "load.descriptors", "descriptor %d was closed", fd);
        else if (!before->fds[fd].open && after->fds[fd].open)
            found(FOUND_FAILED, "load.descriptors", "descriptor %d was opened", fd);
        else if (before->fds[fd].ino != after->fds[fd].ino ||
                 before->fds[fd].dev != after->fds[fd].dev)
            found(FOUND_FAILED, "load.descriptors", "descriptor %d is another file now", fd);
    }
}

static void compare_signals(const struct look *before, const struct look *after)
{
    for (int number = 1; number < SIGNALS; number++) {
        const char *name = sigabbrev_np(number);
        if (before->handlers[number] != after->handlers[number])
            found(FOUND_FAILED, "load.signals", "the handler of SIG%s was changed",
                name ? name : "RT");
        if (sigismember(&before->mask, number) != sigismember(&after->mask, number))
            found(
                FOUND_FAILED, "load.signals", "the mask of SIG%s was changed", name ? name : "RT");
    }
    if (after->timer.it_value.tv_sec || after->timer.it_value.tv_usec)
        found(FOUND_FAILED, "load.signals", "a timer was set");
}

static void compare_process(const struct look *before, const struct look *after)
{
    if (before->umask_bits != after->umask_bits)
        found(FOUND_FAILED, "load.process", "umask is %03o, was %03o", after->umask_bits,
            before->umask_bits);
    if (strcmp(before->folder, after->folder) != 0)
        found(FOUND_FAILED, "load.process", "the folder is %s, was %s", after->folder,
            before->folder);
    if (strcmp(before->locale_name, after->locale_name) != 0)
        found(FOUND_FAILED, "load.process", "the locale is %s, was %s", after->locale_name,
            before->locale_name);
    if (before->environment != after->environment)
        found(FOUND_FAILED, "load.process", "the environment was changed");
}

static void compare(const struct look *before, const struct look *after)
{
    if (after->threads > before->threads)
        found(FOUND_FAILED, "load.threads", "found %d more threads",
            after->threads - before->threads);
    if (after->children > before->children)
        found(FOUND_FAILED, "load.threads", "found %d child processes", after->children);
    compare_descriptors(before, after);
    compare_signals(before, after);
    compare_process(before, after);
}

static void look_for_output(int file)
{
    char text[100] = "";
    struct stat info;
    fflush(NULL);
    if (fstat(file, &info) < 0 || info.st_size == 0)
        return;
    ssize_t got = pread(file, text, sizeof(text) - 1, 0);
    found(FOUND_FAILED, "load.output", "printed %lld bytes: \"%.*s\"", (long long)info.st_size,
        got > 0 ? (int)got : 0, text);
}

static int catch_output(void)
{
    int file = memfd_create("output", MFD_CLOEXEC);
    if (file < 0 || dup2(file, STDOUT_FILENO) < 0 || dup2(file, STDERR_FILENO) < 0)
        _exit(EXIT_FAILURE);
    return file;
}

void probe_load(const struct job *job)
{
    static struct look before, after;
    static const char *const checks[] = {"load.loads", "load.threads", "load.descriptors",
        "load.signals", "load.output", "load.process"};
    int output = catch_output();
    look_at(&before);
    void *handle = job_open(job);
    look_at(&after);
    compare(&before, &after);
    look_for_output(output);
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        found(FOUND_OK, checks[i], "%s", i ? "as it was" : "yes");
    const struct kd_source *source = job_describe(handle);
    probe_table(source, job->plugin); /* before the host looks: it hears no more after a fault */
    relay_describe(source, 0);
    /* kd_source_v1 returns a table, and does no more than that. */
    look_at(&after);
    compare(&before, &after);
    look_for_output(output);
}
