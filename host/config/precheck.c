#include "config/precheck.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int check_owner(const char *path, struct error *err)
{
    struct stat info;
    if (stat(path, &info) < 0)
        return error_errno(err, errno, "%s", path);
    if (info.st_uid != 0 && info.st_uid != geteuid())
        return error_set(err, ERROR_CONFIG, "%s: belongs to user %u, expected root or the caller",
            path, (unsigned)info.st_uid);
    if (info.st_mode & (S_IWGRP | S_IWOTH))
        return error_set(err, ERROR_CONFIG,
            "%s: found mode %04o, expected one that only the owner may write "
            "(chmod go-w)",
            path, (unsigned)(info.st_mode & 07777));
    return 0;
}

static int check_lines(const char *path, const char *bytes, size_t length, struct error *err)
{
    size_t line = 1, start = 0;
    for (size_t i = 0; i <= length; i++) {
        if (i < length && bytes[i] == '\0')
            return error_set(
                err, ERROR_CONFIG, "%s:%zu: found a zero byte, expected text", path, line);
        if (i < length && bytes[i] != '\n')
            continue;
        if (i - start > PRECHECK_LINE_MAX)
            return error_set(err, ERROR_CONFIG,
                "%s:%zu: found %zu bytes in a line, expected at most %d", path, line, i - start,
                PRECHECK_LINE_MAX);
        start = i + 1;
        line++;
    }
    return 0;
}

int precheck_read(const char *path, char **ret_bytes, size_t *ret_length, struct error *err)
{
    scoped_free char *bytes = NULL;
    size_t length = 0;
    int result = check_owner(path, err);
    if (result == 0)
        result = file_read(path, PRECHECK_BYTES_MAX, &bytes, &length, err);
    if (result == 0)
        result = check_lines(path, bytes, length, err);
    if (result < 0) {
        if (err)
            err->kind = ERROR_CONFIG;
        return -1;
    }
    *ret_length = length;
    *ret_bytes = steal(&bytes);
    return 0;
}
