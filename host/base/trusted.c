#include "base/trusted.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as the kernel has it */

/* A path that is walked along, name by name. */
struct walk {
    const char *path; /* as it was given */
    uid_t caller;
    int folder;           /* that was reached; -1: none */
    char place[PATH_MAX]; /* what is looked at, with links resolved, for messages; "" is / */
    char rest[PATH_MAX];  /* what is still to be walked */
    unsigned links;
    int file; /* what was found at the end; -1: none yet */
};

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode)    ? "a folder"
           : S_ISFIFO(mode) ? "a FIFO"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

/* Whether nobody else can change what the name stands for. */
static int check_writers(const struct walk *walk, const struct stat *info, struct error *err)
{
    const char *what = S_ISDIR(info->st_mode) ? "folder " : S_ISLNK(info->st_mode) ? "link " : "";
    const char *place = *walk->place ? walk->place : "/";
    bool sticky = S_ISDIR(info->st_mode) && (info->st_mode & S_ISVTX);
    if (info->st_uid != 0 && info->st_uid != walk->caller)
        return error_set(err, ERROR_INVALID,
            "%s: found %s%s of user %u, expected it to belong to root or the caller", walk->path,
            what, place, (unsigned)info->st_uid);
    if (!S_ISLNK(info->st_mode) && (info->st_mode & (S_IWGRP | S_IWOTH)) && !sticky)
        return error_set(err, ERROR_INVALID,
            "%s: found %s%s with mode %04o, expected one that only the owner may write (chmod go-w)",
            walk->path, what, place, (unsigned)(info->st_mode & 07777));
    return 0;
}

static void change_folder(struct walk *walk, int folder)
{
    if (walk->folder >= 0)
        close(walk->folder);
    walk->folder = folder;
}

static int enter(struct walk *walk, const char *name, struct error *err)
{
    struct stat info;
    int folder = openat(walk->folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return error_errno(err, errno, "%s", walk->path);
    change_folder(walk, folder);
    if (fstat(folder, &info) < 0)
        return error_errno(err, errno, "%s", walk->path);
    return check_writers(walk, &info, err);
}

static int begin_at_root(struct walk *walk, struct error *err)
{
    walk->place[0] = '\0';
    return enter(walk, "/", err);
}

/* `before`, and what was still to be walked behind it. */
static int put_before(struct walk *walk, const char *before, struct error *err)
{
    char whole[PATH_MAX];
    int length = snprintf(whole, sizeof(whole), "%s/%s", before, walk->rest);
    if (length < 0 || (size_t)length >= sizeof(whole))
        return error_errno(err, ENAMETOOLONG, "%s", walk->path);
    memcpy(walk->rest, whole, (size_t)length + 1);
    return 0;
}

static void forget_last(struct walk *walk)
{
    char *slash = strrchr(walk->place, '/');
    if (slash)
        *slash = '\0';
}

static int follow(struct walk *walk, const char *name, struct error *err)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(walk->folder, name, target, sizeof(target) - 1);
    if (length < 0 || ++walk->links > LINKS_MAX)
        return error_errno(err, length < 0 ? errno : ELOOP, "%s", walk->path);
    target[length] = '\0';
    forget_last(walk);
    if (put_before(walk, target, err) < 0)
        return -1;
    return target[0] == '/' ? begin_at_root(walk, err) : 0;
}

/* A look first: to open a device may set something off. Nobody else can put another file here
 * meanwhile, and what is opened is looked at once more. */
static int open_file(struct walk *walk, const char *name, struct stat *info, struct error *err)
{
    if (S_ISREG(info->st_mode)) {
        walk->file =
            openat(walk->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (walk->file < 0 || fstat(walk->file, info) < 0)
            return error_errno(err, errno, "%s", walk->path);
    }
    if (!S_ISREG(info->st_mode))
        return error_set(err, ERROR_INVALID, "%s: found %s, expected a regular file", walk->path,
            kind_of(info->st_mode));
    return check_writers(walk, info, err);
}

static int step(struct walk *walk, const char *name, struct error *err)
{
    struct stat info;
    size_t length = strlen(walk->place);
    if (strcmp(name, ".") == 0)
        return 0;
    if (strcmp(name, "..") == 0) {
        forget_last(walk);
        return enter(walk, name, err);
    }
    int put = snprintf(walk->place + length, sizeof(walk->place) - length, "/%s", name);
    if (put < 0 || (size_t)put >= sizeof(walk->place) - length)
        return error_errno(err, ENAMETOOLONG, "%s", walk->path);
    if (fstatat(walk->folder, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
        return error_errno(err, errno, "%s", walk->path);
    if (S_ISLNK(info.st_mode))
        return check_writers(walk, &info, err) < 0 ? -1 : follow(walk, name, err);
    bool last = walk->rest[strspn(walk->rest, "/")] == '\0';
    return last ? open_file(walk, name, &info, err) : enter(walk, name, err);
}

/* The next name of the rest; "" at its end. */
static int take_name(struct walk *walk, char name[NAME_MAX + 1], struct error *err)
{
    const char *at = walk->rest + strspn(walk->rest, "/");
    size_t length = strcspn(at, "/");
    if (length > NAME_MAX)
        return error_errno(err, ENAMETOOLONG, "%s", walk->path);
    memcpy(name, at, length);
    name[length] = '\0';
    memmove(walk->rest, at + length, strlen(at + length) + 1);
    return 0;
}

static int walk_along(struct walk *walk, struct error *err)
{
    char name[NAME_MAX + 1];
    while (walk->file < 0) {
        if (take_name(walk, name, err) < 0)
            return -1;
        if (!*name)
            return error_set(
                err, ERROR_INVALID, "%s: found a folder, expected a regular file", walk->path);
        if (step(walk, name, err) < 0)
            return -1;
    }
    return 0;
}

static int begin(struct walk *walk, struct error *err)
{
    char here[PATH_MAX] = "";
    size_t length = strlen(walk->path);
    if (length == 0 || length >= sizeof(walk->rest))
        return error_errno(err, length ? ENAMETOOLONG : ENOENT, "%s", walk->path);
    if (*walk->path != '/' && !getcwd(here, sizeof(here)))
        return error_errno(err, errno, "%s", walk->path);
    memcpy(walk->rest, walk->path, length + 1);
    if (*here && put_before(walk, here, err) < 0)
        return -1;
    return begin_at_root(walk, err);
}

int trusted_open(const char *path, uid_t caller, int *ret_fd, struct error *err)
{
    struct walk walk = {.path = path, .caller = caller, .folder = -1, .file = -1};
    int result = begin(&walk, err) < 0 ? -1 : walk_along(&walk, err);
    if (walk.folder >= 0)
        close(walk.folder);
    if (result < 0 && walk.file >= 0)
        close(walk.file);
    if (result == 0)
        *ret_fd = walk.file;
    return result;
}
