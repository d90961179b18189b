/* What the library that makes calls fail (fail.c, by LD_PRELOAD) and the tests share: a file that
 * both have mapped. */
#ifndef KD_TESTS_FAIL_H
#define KD_TESTS_FAIL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define FAIL_VARIABLE "KD_FAIL" /* of the environment: the file's path */

enum fail_role { FAIL_HOST, FAIL_HELPER, FAIL_ROLES };

/* Calls that are counted together. FILES are regular ones, WIRE is every socket but the frames. */
enum fail_kind {
    FAIL_ALLOCATION,
    FAIL_OPEN,   /* of what is there */
    FAIL_CREATE, /* open with O_CREAT */
    FAIL_FOLDER, /* opendir, scandir */
    FAIL_READ,   /* of files and pipes */
    FAIL_WRITE,  /* of files, and ftruncate */
    FAIL_SYNC,   /* fsync */
    FAIL_RENAME,
    FAIL_MKDIR,
    FAIL_UNLINK,
    FAIL_STAT, /* stat and its siblings, access, readlink, realpath */
    FAIL_FLOCK,
    FAIL_SOCKETPAIR,
    FAIL_PIPE,
    FAIL_SPAWN, /* fork and exec */
    FAIL_THREAD,
    FAIL_WAIT,
    FAIL_POLL,
    FAIL_EPOLL,
    FAIL_FRAME_RECEIVE,
    FAIL_FRAME_SEND,
    FAIL_WIRE_RECEIVE,
    FAIL_WIRE_SEND,
    FAIL_SOCKET,
    FAIL_CONNECT,
    FAIL_JAIL, /* close_range, prctl, setrlimit, setresuid, setresgid, initgroups */
    FAIL_INOTIFY,
    FAIL_EVENT, /* eventfd, epoll_create1 */
    FAIL_CLOCK, /* clock_gettime(CLOCK_REALTIME), gettimeofday, time: they jump, for good */
    FAIL_KINDS,
};

/* Instead of an errno: a read or write takes a part, a clock jumps. */
#define FAIL_SHORT   (-1)
#define FAIL_FORWARD (-2) /* ten years */
#define FAIL_BACK    (-3) /* to 1970 */

#define FAIL_FRAMES 12

struct fail {
    /* What is to fail: the nth call of that kind in that role; 0: none, they are counted. */
    uint32_t role, kind, nth;
    int32_t error;
    bool for_ever;  /* all after it too */
    uint32_t hurry; /* time passes so many times as fast for the program; 0: as it does */
    /* What was seen. */
    atomic_uint counts[FAIL_ROLES][FAIL_KINDS];
    atomic_uint hits;
    char name[64]; /* the call that failed first, and of which file */
    char path[256];
    uint64_t frames[FAIL_FRAMES]; /* who called it: addresses in the program's file; 0: no more */
    atomic_uint leaks;            /* descriptors that a helper would have got, or got */
    char leaked[256];
};

#endif
