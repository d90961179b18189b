#include "base/file.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, char *bytes, size_t max, size_t *ret_length)
{
    size_t length = 0;
    while (length < max) {
        ssize_t got = read(fd, bytes + length, max - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    *ret_length = length;
    return 0;
}

int file_read(const char *path, size_t max, char **ret_bytes, size_t *ret_length, struct error *err)
{
    scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_errno(err, errno, "%s", path);
    return file_read_open(fd, path, max, ret_bytes, ret_length, err);
}

int file_read_open(
    int fd, const char *path, size_t max, char **ret_bytes, size_t *ret_length, struct error *err)
{
    struct stat info;
    if (fstat(fd, &info) < 0)
        return error_errno(err, errno, "%s", path);
    if (!S_ISREG(info.st_mode))
        return error_set(err, ERROR_INVALID, "%s: not a regular file", path);
    if (info.st_size > 0 && (size_t)info.st_size > max)
        return error_set(err, ERROR_LIMIT, "%s: %lld bytes, expected at most %zu", path,
            (long long)info.st_size, max);
    size_t length = 0;
    scoped_free char *bytes = memory_zeroed((size_t)info.st_size + 2, 1);
    int failed = read_all(fd, bytes, (size_t)info.st_size + 1, &length);
    if (failed)
        return error_errno(err, -failed, "%s", path);
    if (length > (size_t)info.st_size)
        return error_set(err, ERROR_FAILED, "%s: grew while it was read", path);
    bytes[length] = '\0';
    *ret_length = length;
    *ret_bytes = steal(&bytes);
    return 0;
}

static int write_all(int fd, const char *bytes, size_t length)
{
    while (length) {
        ssize_t put = write(fd, bytes, length);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -errno;
        bytes += put;
        length -= (size_t)put;
    }
    return 0;
}

static int sync_folder_of(const char *path, struct error *err)
{
    scoped_free char *copy = memory_string(path);
    const char *folder = dirname(copy);
    scoped_fd int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        return error_errno(err, errno, "%s", folder);
    return 0;
}

int file_write_atomic(
    const char *path, const void *bytes, size_t length, unsigned mode, struct error *err)
{
    scoped_free char *temporary = memory_format("%s.new", path);
    scoped_fd int fd =
        open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
    if (fd < 0)
        return error_errno(err, errno, "%s", temporary);
    int failed = write_all(fd, bytes, length);
    if (!failed && fsync(fd) < 0)
        failed = -errno;
    if (!failed && rename(temporary, path) < 0)
        failed = -errno;
    if (failed) {
        unlink(temporary);
        return error_errno(err, -failed, "%s", temporary);
    }
    return sync_folder_of(path, err);
}
