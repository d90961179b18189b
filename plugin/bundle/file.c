#include "bundle/bundle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool same(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* One byte more than it should have is asked for, to see that it grew. */
static int read_bytes(int fd, char *bytes, size_t size, struct error *err)
{
    size_t length = 0;
    while (length < size + 1) {
        ssize_t got = read(fd, bytes + length, size + 1 - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, ERROR_LATER, "%s", strerror(errno));
        if (got == 0)
            break;
        length += (size_t)got;
    }
    return length == size ? 0 : error_set(err, ERROR_LATER, "it changed while it was read");
}

int bundle_file_read(
    int fd, uint64_t max, const char *key, void **ret_bytes, size_t *ret_length, struct error *err)
{
    struct stat before, after;
    if (fstat(fd, &before) < 0)
        return error_set(err, ERROR_LATER, "%s", strerror(errno));
    if (!S_ISREG(before.st_mode))
        return error_set(err, ERROR_INVALID, "found no regular file");
    if ((uint64_t)before.st_size > max)
        return error_set(err, ERROR_INVALID, "found %lld bytes, expected at most %llu (%s)",
            (long long)before.st_size, (unsigned long long)max, key);
    size_t size = (size_t)before.st_size;
    char *bytes = malloc(size + 1);
    if (!bytes)
        return error_set(err, ERROR_LATER, "no memory for %zu bytes", size);
    int result = read_bytes(fd, bytes, size, err);
    if (result == 0 && (fstat(fd, &after) < 0 || !same(&before, &after)))
        result = error_set(err, ERROR_LATER, "it changed while it was read");
    if (result < 0) {
        free(bytes);
        return -1;
    }
    bytes[size] = '\0';
    *ret_bytes = bytes;
    *ret_length = size;
    return 0;
}
