#include "watch.h"

#include "base/clock.h"
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUIET_MS   200  /* so long nothing happens before it is passed on: a copy is many events */
#define LONGEST_MS 2000 /* but no later than this */
#define STEPS_MAX  256
#define FOLDER_MASK                                                                                \
    (IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB |            \
        IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
/* Of the folders above, only what happens to the entry that leads on. IN_MASK_ADD: one of them may
 * be two steps, or be watched in full. */
#define STEP_MASK                                                                                  \
    (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |         \
        IN_MASK_ADD)

/* An entry of a folder on the way to ours. */
struct step {
    int wd;
    const char *name; /* in `path` or `resolved` */
    size_t length;
};

struct watch {
    const struct source *source;
    pthread_t thread;
    int stop;   /* eventfd */
    int mounts; /* /proc/self/mountinfo: readable out of band when something is mounted; -1 */
    int events; /* inotify; -1 */
    struct step steps[STEPS_MAX];
    unsigned step_count;
    char resolved[PATH_MAX];
    uint64_t identity; /* which folders were there when the events were asked for */
    bool complained;
    atomic_bool sees;
};

static bool add(struct watch *watch, const char *path, uint32_t mask, int *ret_wd)
{
    *ret_wd = inotify_add_watch(watch->events, path, mask);
    if (*ret_wd >= 0)
        return true;
    /* What is not there, or not ours to read, is the reconcile's to tell. */
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
        atomic_store(&watch->sees, false);
    return false;
}

/* The folders above `path`, down to the last that is there. */
static void add_steps(struct watch *watch, const char *path)
{
    char above[PATH_MAX];
    for (const char *at = path; *at == '/' && watch->step_count < STEPS_MAX;) {
        size_t length = at == path ? 1 : (size_t)(at - path);
        const char *name = at + strspn(at, "/");
        struct step step = {.name = name, .length = strcspn(name, "/")};
        if (step.length == 0)
            return;
        memcpy(above, path, length);
        above[length] = '\0';
        if (!add(watch, above, STEP_MASK, &step.wd))
            return;
        watch->steps[watch->step_count++] = step;
        at = name + step.length;
    }
}

/* Sums up which folders there are: what is mounted over one is another. */
static uint64_t identity_of(int fd)
{
    struct stat info;
    if (fstat(fd, &info) < 0)
        return 0;
    return ((uint64_t)info.st_dev * 1000003 + (uint64_t)info.st_ino) *
               UINT64_C(0x9e3779b97f4a7c15) |
           1;
}

/* What `look` sums up. `watch` NULL: only the identity is wanted. */
struct look {
    const struct source *source;
    struct watch *watch;
    struct folders folders;
};

static bool leads_on(const struct dirent *entry)
{
    return entry->d_name[0] != '.' &&
           (entry->d_type == DT_DIR || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN);
}

/* The folder and, with `recursive`, those below it that a walk would read. */
static uint64_t add_folders(struct look *look, int fd, unsigned depth)
{
    uint64_t identity = identity_of(fd);
    char path[64], problem[PROBLEM_SIZE];
    int wd, below = -1;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (look->watch)
        add(look->watch, path, FOLDER_MASK, &wd);
    int again = look->source->recursive ? dup(fd) : -1;
    DIR *entries = again < 0 ? NULL : fdopendir(again);
    if (!entries && again >= 0)
        close(again);
    if (!entries && look->watch && look->source->recursive) /* what is below goes unwatched */
        atomic_store(&look->watch->sees, false);
    for (const struct dirent *entry; entries && (entry = readdir(entries));) {
        if (!leads_on(entry) || folder_entry(fd, entry->d_name) != ENTRY_FOLDER ||
            folder_open(look->source, fd, entry->d_name, depth + 1, &look->folders, &below,
                problem) != OPENED)
            continue;
        identity += add_folders(look, below, depth + 1);
        close(below);
    }
    if (entries)
        closedir(entries);
    return identity;
}

static uint64_t identify(const struct source *source, struct watch *watch)
{
    int fd = open(source->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    struct look look = {.source = source, .watch = watch};
    folders_add(&look.folders, fd);
    uint64_t identity = add_folders(&look, fd, 0);
    folders_finish(&look.folders);
    close(fd);
    return identity;
}

static void complain(struct watch *watch)
{
    if (watch->complained || atomic_load(&watch->sees))
        return;
    watch->complained = true;
    say(watch->source, KD_LOG_WARNING,
        "%s: cannot be watched (are fs.inotify.max_user_watches or max_user_instances used up?); "
        "it is read every %d s",
        watch->source->path, WATCH_BLIND_MS / 1000);
}

/* All from the beginning: what happened while nothing was watched is found by the reconcile that
 * follows. So there is no state of former watches that could be wrong. From the top down, so that
 * what appears meanwhile is seen by the watch above it. */
static void arm(struct watch *watch)
{
    if (watch->events >= 0)
        close(watch->events);
    watch->step_count = 0;
    watch->events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    atomic_store(&watch->sees, watch->events >= 0);
    if (watch->events >= 0) {
        add_steps(watch, watch->source->path);
        if (realpath(watch->source->path, watch->resolved) &&
            strcmp(watch->resolved, watch->source->path) != 0)
            add_steps(watch, watch->resolved);
    }
    watch->identity = identify(watch->source, watch->events >= 0 ? watch : NULL);
    complain(watch);
}

/* Whether the event is on the way to our folder, or in it. */
static bool matters(const struct watch *watch, const struct inotify_event *event)
{
    bool above = false;
    for (unsigned i = 0; i < watch->step_count; i++) {
        const struct step *step = &watch->steps[i];
        if (step->wd != event->wd)
            continue;
        above = true;
        if (event->len == 0 || (strncmp(event->name, step->name, step->length) == 0 &&
                                   event->name[step->length] == '\0'))
            return true;
    }
    return !above; /* also the overflow of the queue, which has no folder */
}

static bool drain(struct watch *watch)
{
    _Alignas(struct inotify_event) char bytes[4096];
    bool found = false;
    ssize_t got;
    while ((got = read(watch->events, bytes, sizeof(bytes))) > 0)
        for (const char *at = bytes; at < bytes + got;) {
            const struct inotify_event *event = (const struct inotify_event *)at;
            found = found || matters(watch, event);
            at += sizeof(*event) + event->len;
        }
    return found;
}

/* Waits for the next sign that matters: 1; 0: the time is over; -1: the end. */
static int wait_for_sign(struct watch *watch, int timeout)
{
    struct pollfd polls[] = {{.fd = watch->stop, .events = POLLIN},
        {.fd = watch->events, .events = POLLIN}, {.fd = watch->mounts, .events = POLLPRI}};
    int got = poll(polls, 3, timeout);
    if (polls[0].revents)
        return -1;
    bool found = got > 0 && polls[1].revents && drain(watch);
    if (got > 0 && polls[2].revents && identify(watch->source, NULL) != watch->identity)
        found = true;
    return found;
}

static void *run(void *argument)
{
    struct watch *watch = argument;
    const struct kd_host *host = watch->source->host;
    int64_t first = 0, last = 0; /* of the signs that were not passed on yet; 0: none */
    for (;;) {
        int64_t until = first + LONGEST_MS < last + QUIET_MS ? first + LONGEST_MS : last + QUIET_MS;
        int64_t wait = first ? until - clock_now_ms() : -1;
        int sign = first && wait <= 0 ? 0 : wait_for_sign(watch, (int)wait);
        if (sign < 0)
            return NULL;
        if (sign > 0) {
            last = clock_now_ms();
            first = first ? first : last;
        } else if (first && clock_now_ms() >= until) {
            arm(watch);
            host->changed(host->ctx);
            first = last = 0;
        }
    }
}

/* Signals are the process's, not this thread's. */
static int start_thread(struct watch *watch)
{
    sigset_t all, former;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    int failed = pthread_create(&watch->thread, NULL, run, watch);
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    return failed;
}

static void finish(struct watch *watch)
{
    if (watch->events >= 0)
        close(watch->events);
    if (watch->mounts >= 0)
        close(watch->mounts);
    if (watch->stop >= 0)
        close(watch->stop);
    free(watch);
}

struct watch *watch_start(const struct source *source)
{
    struct watch *watch = calloc(1, sizeof(*watch));
    if (!watch)
        return NULL;
    watch->source = source;
    watch->events = -1;
    watch->stop = eventfd(0, EFD_CLOEXEC);
    watch->mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    if (watch->stop >= 0)
        arm(watch);
    if (watch->stop < 0 || start_thread(watch) != 0) {
        finish(watch);
        return NULL;
    }
    return watch;
}

void watch_stop(struct watch *watch)
{
    if (!watch)
        return;
    uint64_t one = 1;
    while (write(watch->stop, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
    pthread_join(watch->thread, NULL);
    finish(watch);
}

bool watch_sees(const struct watch *watch)
{
    return watch && atomic_load(&watch->sees);
}
