#include "model/reach.h"

#include "base/memory.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as many as the kernel follows */

struct walk {
    char done[PATH_MAX]; /* "" is the root */
    size_t length;
    char rest[PATH_MAX];
    unsigned links;
};

static void go_up(struct walk *walk)
{
    while (walk->length > 0 && walk->done[--walk->length] != '/')
        ;
    walk->done[walk->length] = '\0';
}

static int go_down(struct walk *walk, const char *name, size_t length)
{
    if (walk->length + 1 + length >= sizeof(walk->done)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    walk->done[walk->length++] = '/';
    memcpy(walk->done + walk->length, name, length);
    walk->length += length;
    walk->done[walk->length] = '\0';
    return 0;
}

/* What the link says takes its place before the rest. */
static int follow(struct walk *walk, const char *rest)
{
    char target[PATH_MAX], joined[PATH_MAX];
    ssize_t length = readlink(walk->done, target, sizeof(target) - 1);
    if (length < 0)
        return -1;
    target[length] = '\0';
    if (++walk->links > LINKS_MAX) {
        errno = ELOOP;
        return -1;
    }
    if (snprintf(joined, sizeof(joined), "%s/%s", target, rest) >= (int)sizeof(joined)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    go_up(walk);
    if (*target == '/')
        walk->done[walk->length = 0] = '\0';
    memcpy(walk->rest, joined, strlen(joined) + 1);
    return 1;
}

/* One component of the rest. 0: there is none; negative: errno. */
static int step(struct walk *walk)
{
    const char *name = walk->rest + strspn(walk->rest, "/");
    size_t length = strcspn(name, "/");
    const char *rest = name + length;
    struct stat info;
    if (length == 0)
        return 0;
    bool up = length == 2 && name[0] == '.' && name[1] == '.';
    bool stay = length == 1 && *name == '.';
    if (up)
        go_up(walk);
    else if (!stay && go_down(walk, name, length) < 0)
        return -1;
    if (!up && !stay && lstat(walk->done, &info) < 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return -1;
    } else if (!up && !stay && S_ISLNK(info.st_mode)) {
        return follow(walk, rest);
    }
    memmove(walk->rest, rest, strlen(rest) + 1);
    return 1;
}

char *reach_resolve(const char *path)
{
    struct walk walk = {0};
    size_t length = strlen(path);
    int more = 1;
    if (*path != '/' || length >= sizeof(walk.rest)) {
        errno = *path == '/' ? ENAMETOOLONG : EINVAL;
        return NULL;
    }
    memcpy(walk.rest, path, length + 1);
    while (more > 0)
        more = step(&walk);
    if (more < 0)
        return NULL;
    return memory_string(walk.length ? walk.done : "/");
}
