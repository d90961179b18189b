/* Whole files: bounded reading, atomic writing. */
#ifndef KD_BASE_FILE_H
#define KD_BASE_FILE_H

#include "base/error.h"

#include <stddef.h>

/* The file's bytes, at most max, with a zero behind them (not counted). free() *ret_bytes. */
int file_read(
    const char *path, size_t max, char **ret_bytes, size_t *ret_length, struct error *err);

/* The same of a file that is open, at its beginning; path is for messages. */
int file_read_open(
    int fd, const char *path, size_t max, char **ret_bytes, size_t *ret_length, struct error *err);

/* Atomic and durable: a temporary file beside it, fsync, rename, fsync of the folder. After any
 * interruption path holds either the old bytes or the new ones. */
int file_write_atomic(
    const char *path, const void *bytes, size_t length, unsigned mode, struct error *err);

#endif
