#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_link(int folder, const char *name)
{
    struct stat info;
    return fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode);
}

enum entry folder_entry(int folder, const char *name)
{
    struct stat info;
    if (fstatat(folder, name, &info, 0) < 0)
        return errno != ENOENT || is_link(folder, name) ? ENTRY_BROKEN : ENTRY_OTHER;
    return S_ISDIR(info.st_mode) ? ENTRY_FOLDER : ENTRY_OTHER;
}

bool folder_holds(const struct source *source, int fd)
{
    char link[64], target[PATH_MAX], root[PATH_MAX];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, target, sizeof(target) - 1);
    if (length < 0 || !realpath(source->path, root))
        return false;
    target[length] = '\0';
    size_t prefix = strlen(root);
    return strncmp(target, root, prefix) == 0 &&
           (target[prefix] == '/' || target[prefix] == '\0' || prefix == 1);
}

static bool has(const struct folders *folders, const struct stat *info)
{
    for (size_t i = 0; i < folders->count; i++)
        if (folders->items[i].inode == info->st_ino && folders->items[i].device == info->st_dev)
            return true;
    return false;
}

static bool grow(struct folders *folders)
{
    if (folders->count < folders->capacity)
        return true;
    size_t capacity = folders->capacity ? 2 * folders->capacity : 16;
    struct folder *items = realloc(folders->items, capacity * sizeof(*items));
    if (!items)
        return false;
    folders->items = items;
    folders->capacity = capacity;
    return true;
}

bool folders_add(struct folders *folders, int fd)
{
    struct stat info;
    if (fstat(fd, &info) < 0 || has(folders, &info) || folders->count >= FOLDERS_MAX ||
        !grow(folders))
        return false;
    folders->items[folders->count++] = (struct folder){.device = info.st_dev, .inode = info.st_ino};
    return true;
}

void folders_finish(struct folders *folders)
{
    free(folders->items);
    *folders = (struct folders){0};
}

/* Whether it leads out of the folder. */
static bool leads_out(const struct source *source, int folder, const char *name)
{
    int fd = openat(folder, name, O_PATH | O_CLOEXEC);
    bool out = fd >= 0 && !folder_holds(source, fd);
    if (fd >= 0)
        close(fd);
    return out;
}

void folder_explain(const struct source *source, int folder, const char *name, int error,
    char problem[PROBLEM_SIZE])
{
    bool link = is_link(folder, name);
    if (link && (error == ENOENT || error == ENOTDIR))
        snprintf(problem, PROBLEM_SIZE, "a symbolic link to nothing that is there now");
    else if (!link || error != EACCES || !leads_out(source, folder, name))
        snprintf(problem, PROBLEM_SIZE, "%s", strerror(error));
    else if (source->symlinks == SYMLINKS_INSIDE)
        snprintf(
            problem, PROBLEM_SIZE, "a symbolic link that leaves the folder (symlinks = inside)");
    else
        snprintf(problem, PROBLEM_SIZE,
            "%s: a symbolic link that leaves the folder; \"read\" in the source's section names "
            "what else it may read",
            strerror(error));
}

static int open_checked(
    const struct source *source, int folder, const char *name, char problem[PROBLEM_SIZE])
{
    bool link = is_link(folder, name);
    if (link && source->symlinks == SYMLINKS_REFUSE) {
        snprintf(problem, PROBLEM_SIZE, "a symbolic link (symlinks = refuse)");
        return -1;
    }
    int fd = openat(
        folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (link ? 0 : O_NOFOLLOW));
    if (fd < 0) {
        folder_explain(source, folder, name, errno, problem);
    } else if (link && source->symlinks == SYMLINKS_INSIDE && !folder_holds(source, fd)) {
        snprintf(
            problem, PROBLEM_SIZE, "a symbolic link that leaves the folder (symlinks = inside)");
        close(fd);
        fd = -1;
    }
    return fd;
}

enum opened folder_open(const struct source *source, int folder, const char *name, unsigned depth,
    struct folders *folders, int *ret_fd, char problem[PROBLEM_SIZE])
{
    struct stat info;
    int fd = open_checked(source, folder, name, problem);
    if (fd < 0)
        return OPENED_NOT;
    enum opened opened = OPENED_NOT;
    if (fstat(fd, &info) == 0 && has(folders, &info))
        opened = OPENED_ALREADY;
    else if (depth > DEPTH_MAX)
        snprintf(
            problem, PROBLEM_SIZE, "folders are nested too deeply, expected at most %d", DEPTH_MAX);
    else if (!folders_add(folders, fd))
        snprintf(problem, PROBLEM_SIZE, "found more than %d folders, or no memory", FOLDERS_MAX);
    else
        opened = OPENED;
    if (opened == OPENED)
        *ret_fd = fd;
    else
        close(fd);
    return opened;
}
