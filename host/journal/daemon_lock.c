#include "journal/daemon_lock.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder of the socket itself, where links lead to; free() it. */
static char *folder_beside(const char *socket)
{
    char *real = memory_realpath(socket);
    char *slash = real ? strrchr(real, '/') : NULL;
    if (slash)
        slash[slash == real] = '\0';
    return real;
}

static char *path_in(const char *folder, const struct stat *socket)
{
    return memory_format("%s/kanto-deployer-%llx-%llx.lock", folder,
        (unsigned long long)socket->st_dev, (unsigned long long)socket->st_ino);
}

/* The first place where a file can be made; what keeps it from being made goes to `why`. */
static int take_anywhere(struct lock *lock, char *const paths[2], const char *what,
    const struct lock_options *options, struct text *why, struct error *err)
{
    for (size_t i = 0; i < 2; i++) {
        struct error here = {0};
        if (!paths[i])
            continue;
        if (lock_take(lock, paths[i], what, options, &here) == 0) {
            lock->path = memory_string(paths[i]);
            return 0;
        }
        if (here.kind == ERROR_TIMEOUT)
            return error_set(err, ERROR_TIMEOUT, "%s", here.text);
        text_add_format(why, "%s; ", here.text);
    }
    text_add(why, "another deployer on this kanto-cm would not be noticed");
    return 0;
}

int daemon_lock_take(struct lock *lock, const char *socket, const struct lock_options *options,
    char **ret_notice, struct error *err)
{
    struct stat info;
    *ret_notice = NULL;
    if (stat(socket, &info) < 0) {
        lock_release(lock);
        return 0;
    }
    scoped_free char *what = memory_format("kanto-cm at %s is being worked on by", socket);
    scoped_free char *beside = folder_beside(socket);
    scoped_free char *in_run = path_in(DAEMON_LOCK_FOLDER, &info);
    scoped_free char *there = beside ? path_in(beside, &info) : NULL;
    scoped_text struct text why = {0};
    if (lock_holds(lock, in_run) || (there && lock_holds(lock, there)))
        return 0;
    lock_release(lock);
    mkdir(DAEMON_LOCK_FOLDER, 0755); /* if it cannot be made, no file can be made in it */
    if (take_anywhere(lock, (char *const[]){in_run, there}, what, options, &why, err) < 0)
        return -1;
    if (why.length > 0 && lock->fd < 0)
        *ret_notice = text_steal(&why);
    return 0;
}
