/* A file that one process at a time holds, by flock(2): the kernel lets go of it when the holder
 * dies. The file says who holds it, for those who wait. */
#ifndef KD_JOURNAL_LOCK_H
#define KD_JOURNAL_LOCK_H

#include "base/error.h"

#include <stdbool.h>

struct lock {
    int fd;     /* -1: not held */
    char *path; /* removed when it is let go; NULL: the file stays */
};

#define LOCK_NONE ((struct lock){.fd = -1})

struct lock_options {
    const char *holder; /* shown to others beside the pid: "kanto-deployer apply, state folder X" */
    long wait_ms;
    bool (*cancelled)(void *context); /* a true ends the wait at once, as a signal wakes it; NULL */
    void *context;
};

/* Waits for the file and takes it. `what` begins the sentence of ERROR_TIMEOUT: "WHAT pid N
 * (HOLDER); waited 30.0 s". A file of somebody else than root or this user is none of ours:
 * nobody can make us wait for what he put there. `options` NULL: no wait, no name. */
int lock_take(struct lock *lock, const char *path, const char *what,
    const struct lock_options *options, struct error *err);
/* Whether it is held, and is still what others find at that path. */
bool lock_holds(const struct lock *lock, const char *path);
void lock_release(struct lock *lock);

#endif
