#include "folder.h"
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What one file is read into. */
struct content {
    char *bytes;
    size_t length;
    char problem[PROBLEM_SIZE]; /* an error item; "" : none */
};

static bool same(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void read_bytes(int fd, const struct stat *info, struct content *content)
{
    size_t size = (size_t)info->st_size;
    struct stat after;
    content->bytes = malloc(size + 1);
    if (!content->bytes) {
        snprintf(content->problem, sizeof(content->problem), "no memory for %zu bytes", size);
        return;
    }
    while (content->length < size + 1) {
        ssize_t got = read(fd, content->bytes + content->length, size + 1 - content->length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            snprintf(content->problem, sizeof(content->problem), "%s", strerror(errno));
            return;
        }
        if (got == 0)
            break;
        content->length += (size_t)got;
    }
    /* It belongs to the set: were it passed over, the set would look smaller than it is. */
    if (content->length != size || fstat(fd, &after) < 0 || !same(info, &after))
        snprintf(content->problem, sizeof(content->problem),
            "half written: it changed while it was read");
    else if (size == 0)
        snprintf(content->problem, sizeof(content->problem), "half written: it is empty");
}

/* O_NONBLOCK: a FIFO that is called x.json must not hold the boot up. */
static void open_and_read(
    const struct source *source, int folder, const char *name, struct content *content)
{
    int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = openat(folder, name, source->symlinks == SYMLINKS_REFUSE ? flags | O_NOFOLLOW : flags);
    struct stat info;
    if (fd < 0) {
        if (errno == ELOOP && source->symlinks == SYMLINKS_REFUSE)
            snprintf(
                content->problem, sizeof(content->problem), "a symbolic link (symlinks = refuse)");
        else if (errno == EACCES)
            folder_explain(source, folder, name, errno, content->problem);
        else
            snprintf(content->problem, sizeof(content->problem), "%s", strerror(errno));
        return;
    }
    if (fstat(fd, &info) < 0)
        snprintf(content->problem, sizeof(content->problem), "%s", strerror(errno));
    else if (!S_ISREG(info.st_mode))
        snprintf(content->problem, sizeof(content->problem), "no regular file");
    else if (source->symlinks == SYMLINKS_INSIDE && !folder_holds(source, fd))
        snprintf(content->problem, sizeof(content->problem),
            "a symbolic link that leaves the folder (symlinks = inside)");
    else if ((uint64_t)info.st_size > source->max_bytes)
        snprintf(content->problem, sizeof(content->problem),
            "found %lld bytes, expected at most %llu (max_bytes)", (long long)info.st_size,
            (unsigned long long)source->max_bytes);
    else
        read_bytes(fd, &info, content);
    close(fd);
}

int32_t read_file(
    struct source *source, int folder, const char *name, const char *key, struct kd_out *out)
{
    struct content content = {0};
    char origin[PATH_MAX + NAME_MAX + 2];
    int32_t refused = 0;
    open_and_read(source, folder, name, &content);
    snprintf(origin, sizeof(origin), "%s/%s", source->path, key);
    if (content.problem[0]) {
        source->failed = true;
        out->error(out->ctx, key, origin, content.problem);
    } else {
        struct kd_item item = {.size = sizeof(item),
            .key = key,
            .origin = origin,
            .revision = "",
            .bytes = content.bytes,
            .length = content.length};
        refused = out->put(out->ctx, &item);
    }
    free(content.bytes);
    return refused;
}
