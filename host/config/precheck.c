#include "config/precheck.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/trusted.h"

#include <stdlib.h>
#include <unistd.h>

int precheck_lines(const char *path, const char *bytes, size_t length, struct error *err)
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
    scoped_fd int fd = -1;
    scoped_free char *bytes = NULL;
    size_t length = 0;
    if (trusted_open(path, geteuid(), &fd, err) < 0 ||
        file_read_open(fd, path, PRECHECK_BYTES_MAX, &bytes, &length, err) < 0) {
        if (err)
            err->kind = ERROR_CONFIG;
        return -1;
    }
    *ret_length = length;
    *ret_bytes = steal(&bytes);
    return 0;
}
