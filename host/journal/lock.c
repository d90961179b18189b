#include "journal/lock.h"

#include "base/cleanup.h"
#include "base/duration.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLL_MS    100
#define HOLDER_MAX 1000

static int open_file(const char *path, struct error *err)
{
    scoped_fd int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) < 0)
        return error_errno(err, errno, "%s", path);
    if (!S_ISREG(info.st_mode))
        return error_set(err, ERROR_INVALID, "%s: not a regular file", path);
    if (info.st_uid != 0 && info.st_uid != geteuid())
        return error_set(err, ERROR_INVALID, "%s: found a file of user %u, expected root's or %u's",
            path, (unsigned)info.st_uid, (unsigned)geteuid());
    return steal_fd(&fd);
}

static bool is_at(int fd, const char *path)
{
    struct stat held, found;
    return fstat(fd, &held) == 0 && lstat(path, &found) == 0 && held.st_dev == found.st_dev &&
           held.st_ino == found.st_ino;
}

bool lock_holds(const struct lock *lock, const char *path)
{
    return lock->fd >= 0 && is_at(lock->fd, path);
}

/* 1: taken; 0: somebody else has it. The one before may have removed the file in between. */
static int try_once(const char *path, int *ret_fd, struct error *err)
{
    for (;;) {
        scoped_fd int fd = open_file(path, err);
        if (fd < 0)
            return -1;
        int taken = flock(fd, LOCK_EX | LOCK_NB) == 0;
        if (!taken && errno != EWOULDBLOCK && errno != EINTR)
            return error_errno(err, errno, "%s", path);
        if (taken && !is_at(fd, path))
            continue;
        if (taken)
            *ret_fd = steal_fd(&fd);
        return taken;
    }
}

static int say_holder(
    const char *path, const char *what, int64_t waited_ms, bool cancelled, struct error *err)
{
    char line[HOLDER_MAX] = "";
    scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    scoped_text struct text waited = {0};
    ssize_t got = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
    line[got > 0 ? strcspn(line, "\n") : 0] = '\0';
    duration_print(&waited, waited_ms);
    return error_set(err, ERROR_TIMEOUT, "%s %s; %s %s", what,
        *line ? line : "a process that did not say which",
        cancelled ? "stopped waiting after" : "waited", text_get(&waited));
}

/* A full disk keeps nobody from holding it: then it is held without a name. */
static void write_holder(int fd, const struct lock_options *options)
{
    bool named = options && options->holder;
    scoped_free char *line = memory_format("pid %d%s%s%s\n", (int)getpid(), named ? " (" : "",
        named ? options->holder : "", named ? ")" : "");
    ssize_t ignored = ftruncate(fd, 0) == 0 ? pwrite(fd, line, strlen(line), 0) : 0;
    (void)ignored;
}

/* flock(2) knows no timeout, and an alarm signal would disturb the caller's own: so it is asked
 * again. */
int lock_take(struct lock *lock, const char *path, const char *what,
    const struct lock_options *options, struct error *err)
{
    int64_t began = duration_now_ms();
    int taken = 0, fd = -1;
    while ((taken = try_once(path, &fd, err)) == 0) {
        int64_t waited_ms = duration_now_ms() - began;
        bool cancelled = options && options->cancelled && options->cancelled(options->context);
        if (cancelled || !options || waited_ms >= options->wait_ms)
            return say_holder(path, what, waited_ms, cancelled, err);
        poll(NULL, 0, POLL_MS);
    }
    if (taken < 0)
        return -1;
    write_holder(fd, options);
    *lock = (struct lock){.fd = fd};
    return 0;
}

void lock_release(struct lock *lock)
{
    if (lock->fd >= 0) {
        if (lock->path && is_at(lock->fd, lock->path))
            unlink(lock->path);
        close(lock->fd);
    }
    free(lock->path);
    *lock = LOCK_NONE;
}
