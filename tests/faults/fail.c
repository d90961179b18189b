/* Makes one call of the program or of its helpers fail: a library for LD_PRELOAD. Which, the file
 * says that FAIL_VARIABLE names (fail.h). Helpers get no environment from the host: it is handed on
 * to them in posix_spawn. */
#include "fail.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SHOWN       __attribute__((visibility("default")))
#define FDS_MAX     1024
#define FRAME_FD    3
#define TEN_YEARS_S ((time_t)10 * 365 * 86400)

static struct fail *fail;
static enum fail_role role;
static bool frames[FDS_MAX];    /* ends of socket pairs */
static uintptr_t base;          /* where the program's file lies in memory */
static bool inherited[FDS_MAX]; /* open when the program began */

static void *find(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        abort();
    return found;
}

/* The real one of the function that is being defined. */
#define REAL(name)                                                                                 \
    static __typeof__(&(name)) real;                                                               \
    if (!real) {                                                                                   \
        void *found = find(#name);                                                                 \
        memcpy(&real, &found, sizeof(real));                                                       \
    }

static void note(char *to, size_t size, const char *text)
{
    strncpy(to, text ? text : "", size - 1);
}

static void note_callers(void)
{
    void *found[FAIL_FRAMES] = {0};
    int count = backtrace(found, FAIL_FRAMES);
    for (int i = 0; i < count; i++)
        fail->frames[i] = (uintptr_t)found[i] - base;
}

static int note_base(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    base = info->dlpi_addr;
    return 1; /* the program is the first one */
}

/* Whether this call is the one; sets errno, or returns what else is to befall it. */
static int strikes(enum fail_kind kind, const char *name, const char *path)
{
    if (!fail)
        return 0;
    unsigned count = atomic_fetch_add(&fail->counts[role][kind], 1) + 1;
    if (fail->role != role || fail->kind != kind || !fail->nth || count < fail->nth ||
        (count > fail->nth && !fail->for_ever))
        return 0;
    if (atomic_fetch_add(&fail->hits, 1) == 0) {
        note_callers();
        note(fail->name, sizeof(fail->name), name);
        note(fail->path, sizeof(fail->path), path);
    }
    if (fail->error > 0)
        errno = fail->error;
    return fail->error;
}

static void path_of(int fd, char path[256])
{
    char link[64];
    int kept = errno;
    REAL(readlink)
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = real(link, path, 255);
    path[length > 0 ? length : 0] = '\0';
    errno = kept;
}

static int sooner(int wait_ms);

static int strikes_fd(enum fail_kind kind, const char *name, int fd)
{
    char path[256] = "";
    if (!fail)
        return 0;
    if (fail->role == role && fail->kind == kind)
        path_of(fd, path);
    return strikes(kind, name, path);
}

/* ---- the file, and helpers ---- */

/* What stays open in a helper; `inherited` by the program from whoever started it are none of its
 * own, and the helper closes them. */
static void look_for_leaks(int from)
{
    for (int fd = from; fd < FDS_MAX; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (flags < 0 || (role == FAIL_HOST && ((flags & FD_CLOEXEC) || inherited[fd])))
            continue;
        char path[256];
        path_of(fd, path);
        if (atomic_fetch_add(&fail->leaks, 1) == 0)
            snprintf(fail->leaked, sizeof(fail->leaked), "%s: descriptor %d, %.200s",
                role == FAIL_HOST ? "host" : "helper", fd, path);
    }
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv(FAIL_VARIABLE);
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    const char *me = program_invocation_short_name;
    bool host = strcmp(me, "kanto-deployer") == 0, helper = strstr(me, "-loader") != NULL;
    void *map = mmap(NULL, sizeof(*fail), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED || !(host || helper || strstr(me, "_driver")))
        return;
    role = helper ? FAIL_HELPER : FAIL_HOST;
    for (int i = 0; i < FDS_MAX; i++)
        inherited[i] = fcntl(i, F_GETFD) >= 0;
    void *first[1];
    dl_iterate_phdr(note_base, NULL);
    backtrace(first, 1); /* what it allocates, it does now */
    fail = map;
}

SHOWN int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
    const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[])
{
    REAL(posix_spawn)
    char preload[PATH_MAX + 16], file[PATH_MAX + 16], *with[16] = {preload, file};
    size_t count = 2;
    if (!fail)
        return real(pid, path, actions, attributes, arguments, environment);
    look_for_leaks(3);
    if (strikes(FAIL_SPAWN, "posix_spawn", path))
        return fail->error;
    snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", getenv("LD_PRELOAD"));
    snprintf(file, sizeof(file), FAIL_VARIABLE "=%s", getenv(FAIL_VARIABLE));
    for (; *environment && count < 15; environment++)
        with[count++] = *environment;
    return real(pid, path, actions, attributes, arguments, with);
}

/* ---- the heap ---- */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *at, size_t size);

SHOWN void *malloc(size_t size)
{
    return strikes(FAIL_ALLOCATION, "malloc", NULL) ? NULL : __libc_malloc(size);
}

SHOWN void *calloc(size_t count, size_t size)
{
    return strikes(FAIL_ALLOCATION, "calloc", NULL) ? NULL : __libc_calloc(count, size);
}

SHOWN void *realloc(void *at, size_t size)
{
    return size && strikes(FAIL_ALLOCATION, "realloc", NULL) ? NULL : __libc_realloc(at, size);
}

/* ---- files ---- */

static bool makes(int flags)
{
    return flags & O_CREAT;
}

#define MODE_OF(flags)                                                                             \
    mode_t mode = 0;                                                                               \
    if (makes(flags)) {                                                                            \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        mode = va_arg(args, mode_t);                                                               \
        va_end(args);                                                                              \
    }

SHOWN int open(const char *path, int flags, ...)
{
    REAL(open)
    MODE_OF(flags)
    if (strikes(makes(flags) ? FAIL_CREATE : FAIL_OPEN, "open", path))
        return -1;
    return real(path, flags, mode);
}

SHOWN int openat(int folder, const char *path, int flags, ...)
{
    REAL(openat)
    MODE_OF(flags)
    if (strikes(makes(flags) ? FAIL_CREATE : FAIL_OPEN, "openat", path))
        return -1;
    return real(folder, path, flags, mode);
}

extern int __openat_2(int folder, const char *path, int flags);
SHOWN int __openat_2(int folder, const char *path, int flags)
{
    REAL(__openat_2)
    return strikes(FAIL_OPEN, "openat", path) ? -1 : real(folder, path, flags);
}

SHOWN FILE *fopen(const char *path, const char *mode)
{
    REAL(fopen)
    bool writes = strpbrk(mode, "wa+");
    return strikes(writes ? FAIL_CREATE : FAIL_OPEN, "fopen", path) ? NULL : real(path, mode);
}

SHOWN DIR *opendir(const char *path)
{
    REAL(opendir)
    return strikes(FAIL_FOLDER, "opendir", path) ? NULL : real(path);
}

SHOWN int scandir(const char *path, struct dirent ***list, int (*filter)(const struct dirent *),
    int (*compare)(const struct dirent **, const struct dirent **))
{
    REAL(scandir)
    return strikes(FAIL_FOLDER, "scandir", path) ? -1 : real(path, list, filter, compare);
}

SHOWN int scandirat(int folder, const char *path, struct dirent ***list,
    int (*filter)(const struct dirent *),
    int (*compare)(const struct dirent **, const struct dirent **))
{
    REAL(scandirat)
    return strikes(FAIL_FOLDER, "scandirat", path) ? -1 : real(folder, path, list, filter, compare);
}

/* The kind of a read or write, or FAIL_KINDS for what is not counted. */
static enum fail_kind kind_of(int fd, enum fail_kind file, enum fail_kind wire)
{
    struct stat info;
    REAL(fstat)
    if (!fail || fd <= STDERR_FILENO || real(fd, &info) < 0)
        return FAIL_KINDS;
    if (S_ISSOCK(info.st_mode))
        return wire;
    return S_ISREG(info.st_mode) || S_ISFIFO(info.st_mode) || S_ISDIR(info.st_mode) ? file
                                                                                    : FAIL_KINDS;
}

static size_t part_of(size_t length)
{
    return length > 1 ? length / 2 : length;
}

SHOWN ssize_t read(int fd, void *bytes, size_t length)
{
    REAL(read)
    enum fail_kind kind = kind_of(fd, FAIL_READ, FAIL_WIRE_RECEIVE);
    int struck = kind == FAIL_KINDS ? 0 : strikes_fd(kind, "read", fd);
    return struck > 0 ? -1 : real(fd, bytes, struck ? 1 : length);
}

SHOWN ssize_t pread(int fd, void *bytes, size_t length, off_t at)
{
    REAL(pread)
    int struck = strikes_fd(FAIL_READ, "pread", fd);
    return struck > 0 ? -1 : real(fd, bytes, struck ? part_of(length) : length, at);
}

SHOWN ssize_t write(int fd, const void *bytes, size_t length)
{
    REAL(write)
    enum fail_kind kind = kind_of(fd, FAIL_WRITE, FAIL_WIRE_SEND);
    int struck = kind == FAIL_KINDS ? 0 : strikes_fd(kind, "write", fd);
    return struck > 0 ? -1 : real(fd, bytes, struck ? part_of(length) : length);
}

SHOWN ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at)
{
    REAL(pwrite)
    int struck = strikes_fd(FAIL_WRITE, "pwrite", fd);
    return struck > 0 ? -1 : real(fd, bytes, struck ? part_of(length) : length, at);
}

SHOWN int ftruncate(int fd, off_t length)
{
    REAL(ftruncate)
    return strikes_fd(FAIL_WRITE, "ftruncate", fd) > 0 ? -1 : real(fd, length);
}

SHOWN int fsync(int fd)
{
    REAL(fsync)
    return strikes_fd(FAIL_SYNC, "fsync", fd) ? -1 : real(fd);
}

SHOWN int rename(const char *from, const char *to)
{
    REAL(rename)
    return strikes(FAIL_RENAME, "rename", to) ? -1 : real(from, to);
}

SHOWN int mkdir(const char *path, mode_t mode)
{
    REAL(mkdir)
    return strikes(FAIL_MKDIR, "mkdir", path) ? -1 : real(path, mode);
}

SHOWN int unlink(const char *path)
{
    REAL(unlink)
    return strikes(FAIL_UNLINK, "unlink", path) ? -1 : real(path);
}

SHOWN int unlinkat(int folder, const char *path, int flags)
{
    REAL(unlinkat)
    return strikes(FAIL_UNLINK, "unlinkat", path) ? -1 : real(folder, path, flags);
}

SHOWN int stat(const char *path, struct stat *info)
{
    REAL(stat)
    return strikes(FAIL_STAT, "stat", path) ? -1 : real(path, info);
}

SHOWN int lstat(const char *path, struct stat *info)
{
    REAL(lstat)
    return strikes(FAIL_STAT, "lstat", path) ? -1 : real(path, info);
}

SHOWN int fstat(int fd, struct stat *info)
{
    REAL(fstat)
    return strikes_fd(FAIL_STAT, "fstat", fd) ? -1 : real(fd, info);
}

SHOWN int fstatat(int folder, const char *path, struct stat *info, int flags)
{
    REAL(fstatat)
    return strikes(FAIL_STAT, "fstatat", path) ? -1 : real(folder, path, info, flags);
}

SHOWN int access(const char *path, int mode)
{
    REAL(access)
    return strikes(FAIL_STAT, "access", path) ? -1 : real(path, mode);
}

SHOWN ssize_t readlink(const char *path, char *target, size_t size)
{
    REAL(readlink)
    return strikes(FAIL_STAT, "readlink", path) ? -1 : real(path, target, size);
}

SHOWN char *realpath(const char *path, char *resolved)
{
    REAL(realpath)
    return strikes(FAIL_STAT, "realpath", path) ? NULL : real(path, resolved);
}

extern char *__realpath_chk(const char *path, char *resolved, size_t size);
SHOWN char *__realpath_chk(const char *path, char *resolved, size_t size)
{
    REAL(__realpath_chk)
    return strikes(FAIL_STAT, "realpath", path) ? NULL : real(path, resolved, size);
}

SHOWN int flock(int fd, int operation)
{
    REAL(flock)
    return strikes_fd(FAIL_FLOCK, "flock", fd) ? -1 : real(fd, operation);
}

/* ---- processes and descriptors ---- */

SHOWN int socketpair(int domain, int type, int protocol, int pair[2])
{
    REAL(socketpair)
    if (strikes(FAIL_SOCKETPAIR, "socketpair", NULL) || real(domain, type, protocol, pair) < 0)
        return -1;
    for (int i = 0; i < 2; i++)
        if (pair[i] < FDS_MAX)
            frames[pair[i]] = true;
    return 0;
}

SHOWN int close(int fd)
{
    REAL(close)
    if (fd >= 0 && fd < FDS_MAX)
        frames[fd] = false;
    return real(fd);
}

SHOWN int pipe2(int pair[2], int flags)
{
    REAL(pipe2)
    return strikes(FAIL_PIPE, "pipe2", NULL) ? -1 : real(pair, flags);
}

SHOWN int pthread_create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*begin_at)(void *), void *argument)
{
    REAL(pthread_create)
    if (strikes(FAIL_THREAD, "pthread_create", NULL))
        return fail->error;
    return real(thread, attributes, begin_at, argument);
}

SHOWN pid_t waitpid(pid_t pid, int *status, int options)
{
    REAL(waitpid)
    return strikes(FAIL_WAIT, "waitpid", NULL) ? -1 : real(pid, status, options);
}

SHOWN int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
    REAL(waitid)
    return strikes(FAIL_WAIT, "waitid", NULL) ? -1 : real(type, id, info, options);
}

SHOWN int poll(struct pollfd *polls, nfds_t count, int wait)
{
    REAL(poll)
    return strikes(FAIL_POLL, "poll", NULL) ? -1 : real(polls, count, sooner(wait));
}

SHOWN int epoll_wait(int epoll, struct epoll_event *events, int most, int wait)
{
    REAL(epoll_wait)
    return strikes(FAIL_EPOLL, "epoll_wait", NULL) ? -1 : real(epoll, events, most, sooner(wait));
}

static bool is_frames(int fd)
{
    return role == FAIL_HELPER ? fd == FRAME_FD : fd >= 0 && fd < FDS_MAX && frames[fd];
}

/* The same message with at most half of its first part. */
static struct msghdr shortened(const struct msghdr *message, struct iovec *part)
{
    struct msghdr copy = *message;
    if (copy.msg_iovlen > 0) {
        *part = copy.msg_iov[0];
        part->iov_len = part_of(part->iov_len);
        copy.msg_iov = part;
        copy.msg_iovlen = 1;
    }
    return copy;
}

SHOWN ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    REAL(recvmsg)
    struct iovec part;
    int struck = strikes(is_frames(fd) ? FAIL_FRAME_RECEIVE : FAIL_WIRE_RECEIVE, "recvmsg", NULL);
    if (struck > 0)
        return -1;
    if (!struck)
        return real(fd, message, flags);
    struct msghdr copy = shortened(message, &part);
    ssize_t got = real(fd, &copy, flags);
    message->msg_controllen = copy.msg_controllen;
    message->msg_flags = copy.msg_flags;
    return got;
}

SHOWN ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    REAL(sendmsg)
    struct iovec part;
    int struck = strikes(is_frames(fd) ? FAIL_FRAME_SEND : FAIL_WIRE_SEND, "sendmsg", NULL);
    if (struck > 0)
        return -1;
    struct msghdr copy = struck ? shortened(message, &part) : *message;
    return real(fd, &copy, flags);
}

SHOWN int socket(int domain, int type, int protocol)
{
    REAL(socket)
    return strikes(FAIL_SOCKET, "socket", NULL) ? -1 : real(domain, type, protocol);
}

SHOWN int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    REAL(connect)
    return strikes(FAIL_CONNECT, "connect", NULL) ? -1 : real(fd, address, length);
}

SHOWN int eventfd(unsigned count, int flags)
{
    REAL(eventfd)
    return strikes(FAIL_EVENT, "eventfd", NULL) ? -1 : real(count, flags);
}

SHOWN int epoll_create1(int flags)
{
    REAL(epoll_create1)
    return strikes(FAIL_EVENT, "epoll_create1", NULL) ? -1 : real(flags);
}

SHOWN int inotify_init1(int flags)
{
    REAL(inotify_init1)
    return strikes(FAIL_INOTIFY, "inotify_init1", NULL) ? -1 : real(flags);
}

SHOWN int inotify_add_watch(int fd, const char *path, uint32_t mask)
{
    REAL(inotify_add_watch)
    return strikes(FAIL_INOTIFY, "inotify_add_watch", path) ? -1 : real(fd, path, mask);
}

/* ---- what a helper does to itself ---- */

SHOWN int close_range(unsigned first, unsigned last, int flags)
{
    REAL(close_range)
    if (strikes(FAIL_JAIL, "close_range", NULL) || real(first, last, flags) < 0)
        return -1;
    if (fail && role == FAIL_HELPER)
        look_for_leaks(FRAME_FD + 1);
    return 0;
}

extern int prctl(int option, ...);
extern long syscall(long number, ...);
SHOWN int prctl(int option, ...)
{
    static int (*real)(int, ...);
    unsigned long more[4];
    va_list args;
    va_start(args, option);
    for (int i = 0; i < 4; i++)
        more[i] = va_arg(args, unsigned long);
    va_end(args);
    if (!real) {
        void *found = find("prctl");
        memcpy(&real, &found, sizeof(real));
    }
    return strikes(FAIL_JAIL, "prctl", NULL) ? -1
                                             : real(option, more[0], more[1], more[2], more[3]);
}

SHOWN int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
    REAL(setrlimit)
    return strikes(FAIL_JAIL, "setrlimit", NULL) ? -1 : real(resource, limit);
}

SHOWN int setresuid(uid_t a, uid_t b, uid_t c)
{
    REAL(setresuid)
    return strikes(FAIL_JAIL, "setresuid", NULL) ? -1 : real(a, b, c);
}

SHOWN int setresgid(gid_t a, gid_t b, gid_t c)
{
    REAL(setresgid)
    return strikes(FAIL_JAIL, "setresgid", NULL) ? -1 : real(a, b, c);
}

extern int initgroups(const char *user, gid_t group);
SHOWN int initgroups(const char *user, gid_t group)
{
    REAL(initgroups)
    return strikes(FAIL_JAIL, "initgroups", NULL) ? -1 : real(user, group);
}

/* ---- clocks ---- */

#define SECOND_NS INT64_C(1000000000)

static bool hurries(void)
{
    return fail && fail->hurry > 1 && role == FAIL_HOST;
}

static int64_t ns_of(const struct timespec *time)
{
    return time->tv_sec * SECOND_NS + time->tv_nsec;
}

static struct timespec time_of(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / SECOND_NS, .tv_nsec = ns % SECOND_NS};
}

static time_t jump(void)
{
    static time_t by;
    if (by == 0 && fail) {
        struct timespec now;
        REAL(clock_gettime)
        int struck = strikes(FAIL_CLOCK, "clock", NULL);
        real(CLOCK_REALTIME, &now);
        if (struck)
            by = struck == FAIL_FORWARD ? TEN_YEARS_S : -now.tv_sec;
    }
    return by;
}

/* Fast from the first look on. */
static void hasten(clockid_t clock, struct timespec *now)
{
    static _Atomic int64_t first[CLOCK_BOOTTIME + 1];
    int64_t none = 0, ns = ns_of(now);
    if (clock < 0 || clock > CLOCK_BOOTTIME)
        return;
    atomic_compare_exchange_strong(&first[clock], &none, ns);
    int64_t began = atomic_load(&first[clock]);
    *now = time_of(began + (ns - began) * fail->hurry);
}

SHOWN int clock_gettime(clockid_t clock, struct timespec *now)
{
    REAL(clock_gettime)
    int result = real(clock, now);
    if (clock == CLOCK_REALTIME)
        now->tv_sec += jump();
    else if (hurries())
        hasten(clock, now);
    return result;
}

SHOWN int gettimeofday(struct timeval *now, void *zone)
{
    REAL(gettimeofday)
    int result = real(now, zone);
    now->tv_sec += jump();
    return result;
}

SHOWN time_t time(time_t *at)
{
    REAL(time)
    time_t now = real(NULL) + jump();
    if (at)
        *at = now;
    return now;
}

static int sooner(int wait_ms)
{
    if (!hurries() || wait_ms <= 0)
        return wait_ms;
    return wait_ms / (int)fail->hurry + 1;
}

/* gRPC's threads wait on futexes, until a time of day. */
SHOWN long syscall(long number, ...)
{
    static long (*real)(long, ...);
    long more[6];
    struct timespec now, until;
    va_list args;
    va_start(args, number);
    for (int i = 0; i < 6; i++)
        more[i] = va_arg(args, long);
    va_end(args);
    if (!real) {
        void *found = find("syscall");
        memcpy(&real, &found, sizeof(real));
    }
    if (hurries() && number == SYS_futex && more[3] &&
        (more[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET && (more[1] & FUTEX_CLOCK_REALTIME)) {
        memcpy(&until, (const void *)more[3], sizeof(until));
        clock_gettime(CLOCK_REALTIME, &now);
        int64_t left = ns_of(&until) - ns_of(&now);
        until = time_of(ns_of(&now) + (left > 0 ? left / fail->hurry : left));
        more[3] = (long)&until;
    }
    return real(number, more[0], more[1], more[2], more[3], more[4], more[5]);
}
