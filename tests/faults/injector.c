#include "injector.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct fail *fail;
static char path[] = "/tmp/kd-fail-XXXXXX";

static const char *const kinds[FAIL_KINDS] = {
    [FAIL_ALLOCATION] = "allocation",
    [FAIL_OPEN] = "open",
    [FAIL_CREATE] = "create",
    [FAIL_FOLDER] = "folder",
    [FAIL_READ] = "read",
    [FAIL_WRITE] = "write",
    [FAIL_SYNC] = "sync",
    [FAIL_RENAME] = "rename",
    [FAIL_MKDIR] = "mkdir",
    [FAIL_UNLINK] = "unlink",
    [FAIL_STAT] = "stat",
    [FAIL_FLOCK] = "flock",
    [FAIL_SOCKETPAIR] = "socketpair",
    [FAIL_PIPE] = "pipe",
    [FAIL_SPAWN] = "spawn",
    [FAIL_THREAD] = "thread",
    [FAIL_WAIT] = "wait",
    [FAIL_POLL] = "poll",
    [FAIL_EPOLL] = "epoll",
    [FAIL_FRAME_RECEIVE] = "frame-receive",
    [FAIL_FRAME_SEND] = "frame-send",
    [FAIL_WIRE_RECEIVE] = "wire-receive",
    [FAIL_WIRE_SEND] = "wire-send",
    [FAIL_SOCKET] = "socket",
    [FAIL_CONNECT] = "connect",
    [FAIL_JAIL] = "jail",
    [FAIL_INOTIFY] = "inotify",
    [FAIL_EVENT] = "event",
    [FAIL_CLOCK] = "clock",
};

bool injector_open(void)
{
#ifdef __SANITIZE_ADDRESS__
    printf(
        "left out: calls that are made to fail by LD_PRELOAD (AddressSanitizer must come first)\n");
    return false;
#endif
    int fd = mkstemp(path);
    void *map = fd < 0 || ftruncate(fd, sizeof(*fail)) < 0
                    ? MAP_FAILED
                    : mmap(NULL, sizeof(*fail), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (map == MAP_FAILED) {
        printf("left out: no file to share with the program could be made\n");
        return false;
    }
    fail = map;
    return true;
}

void injector_close(void)
{
    munmap(fail, sizeof(*fail));
    unlink(path);
}

void injector_arm(
    enum fail_role role, enum fail_kind kind, int32_t error, unsigned nth, bool for_ever)
{
    memset(fail, 0, sizeof(*fail));
    injector_aim(role, kind, error, nth, for_ever);
    setenv("LD_PRELOAD", KD_FAIL_LIBRARY, 1);
    setenv(FAIL_VARIABLE, path, 1);
}

void injector_aim(
    enum fail_role role, enum fail_kind kind, int32_t error, unsigned nth, bool for_ever)
{
    fail->role = role;
    fail->kind = kind;
    fail->error = error;
    fail->nth = nth;
    fail->for_ever = for_ever;
}

void injector_hurry(unsigned hurry)
{
    injector_arm(FAIL_HOST, FAIL_ALLOCATION, 0, 0, false);
    fail->hurry = hurry;
}

void injector_disarm(void)
{
    unsetenv("LD_PRELOAD");
    unsetenv(FAIL_VARIABLE);
}

unsigned injector_hits(void)
{
    return atomic_load(&fail->hits);
}

unsigned injector_count(enum fail_role role, enum fail_kind kind)
{
    return atomic_load(&fail->counts[role][kind]);
}

const struct fail *injector_seen(void)
{
    return fail;
}

bool injector_was_grpc(const char *program)
{
    char line[1024];
    bool found = false;
    scoped_text struct text command = {0};
    text_add_format(&command, "addr2line -f -e %s", program);
    for (int i = 0; i < FAIL_FRAMES && fail->frames[i]; i++)
        text_add_format(&command, " 0x%" PRIx64, fail->frames[i]);
    FILE *names = popen(text_get(&command), "re");
    while (names && fgets(line, sizeof(line), names)) {
        if (getenv("KD_TELL"))
            printf("   %s", line);
        found = found || strstr(line, "grpc") || strstr(line, "gpr_") || strstr(line, "absl");
    }
    if (names)
        pclose(names);
    return found;
}

const char *injector_kind(enum fail_kind kind)
{
    return kinds[kind];
}

const char *injector_error(int32_t error)
{
    return error == FAIL_SHORT     ? "short"
           : error == FAIL_FORWARD ? "forward"
           : error == FAIL_BACK    ? "back"
                                   : strerrorname_np(error);
}
