#include "kanto/connection.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PROBE_FIRST_MS 20
#define PROBE_MOST_MS  250

/* The kernel answers ECONNREFUSED for a path that is there and no socket. */
static bool is_other_file(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && !S_ISSOCK(found.st_mode);
}

/* Non-blocking from the start: a daemon that hangs stops accepting, and connect() would wait for it
 * without end. */
static int try_once(const struct sockaddr_un *address, int *ret_fd)
{
    scoped_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0) {
        int error = errno;
        return error == ECONNREFUSED && is_other_file(address->sun_path) ? -ENOTSOCK : -error;
    }
    *ret_fd = steal_fd(&fd);
    return 0;
}

/* Reasons that a little patience can cure: the daemon is not there yet, or too busy to accept. */
static bool worth_waiting(int error)
{
    return error == ENOENT || error == ECONNREFUSED || error == EAGAIN || error == EINTR;
}

static const char *hint_for(int error)
{
    switch (error) {
    case ENOENT:
        return "; does container-management run, and is this its socket?";
    case ECONNREFUSED:
        return "; a socket is there, and nobody listens: did container-management end?";
    case EAGAIN:
        return "; it listens and accepts nobody: does container-management hang?";
    case ENOTSOCK:
        return "; found another kind of file, expected kanto-cm's unix socket";
    case EACCES:
    case EPERM:
        return "; kanto-cm's socket is root's: run this as root";
    default:
        return "";
    }
}

static int unreachable(
    const struct kanto_options *options, int error, int64_t waited_ms, struct error *err)
{
    scoped(text_finish) struct text waited = {0};
    if (waited_ms > 0) {
        text_add(&waited, " (waited ");
        duration_print(&waited, waited_ms);
        text_add(&waited, ")");
    }
    return error_set(err, ERROR_UNREACHABLE, "kanto-cm is not reachable at %s: %s%s%s",
        options->socket, strerror(error), text_get(&waited), hint_for(error));
}

int connection_open(const struct kanto_options *options, int *ret_fd, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(options->socket);
    if (length == 0 || length >= sizeof(address.sun_path))
        return error_set(err, ERROR_UNREACHABLE,
            "socket path \"%s\": found %zu bytes, expected 1 to %zu", options->socket, length,
            sizeof(address.sun_path) - 1);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", options->socket);
    int64_t began = clock_now_ms();
    int pause = PROBE_FIRST_MS;
    for (;;) {
        int failed = try_once(&address, ret_fd);
        if (!failed)
            return 0;
        int64_t waited = clock_now_ms() - began;
        bool cancelled = options->cancelled && options->cancelled(options->context);
        if (!worth_waiting(-failed) || waited >= options->connect_timeout_ms || cancelled)
            return unreachable(options, -failed, waited, err);
        int64_t left = options->connect_timeout_ms - waited;
        poll(NULL, 0, (int)(left < pause ? left : pause));
        pause = pause * 2 < PROBE_MOST_MS ? pause * 2 : PROBE_MOST_MS;
    }
}

/* Field 22 of /proc/PID/stat: start time in clock ticks after boot. The second field is a name in
 * parentheses that may hold anything. */
static int64_t start_ticks(pid_t pid)
{
    char path[64], bytes[1024];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes) - 1);
    if (got <= 0)
        return -1;
    bytes[got] = '\0';
    const char *at = strrchr(bytes, ')');
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    return at ? (int64_t)strtoll(at, NULL, 10) : -1;
}

int64_t connection_peer_age_ms(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    long ticks_a_second = sysconf(_SC_CLK_TCK);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.pid <= 0 ||
        ticks_a_second <= 0)
        return -1;
    if (peer.pid == 1) /* the service manager listens for a daemon that it will start */
        return -1;
    int64_t ticks = start_ticks(peer.pid);
    if (ticks < 0)
        return -1;
    int64_t age = clock_now_ms() - ticks * 1000 / ticks_a_second;
    return age < 0 ? 0 : age; /* a tick is ten milliseconds */
}
