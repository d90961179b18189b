/* A folder of a test's own, and files in it. */
#ifndef KD_TESTS_FOLDER_H
#define KD_TESTS_FOLDER_H

#include <stddef.h>
#include <sys/types.h>

#define FOLDER_NAME 32

void folder_make(char folder[FOLDER_NAME]);
void folder_remove(const char *folder);

/* FOLDER/NAME; static storage, of which the last 8 results stay. */
const char *folder_path(const char *folder, const char *name);
void folder_write(
    const char *folder, const char *name, const void *bytes, size_t length, mode_t mode);
void folder_write_text(const char *folder, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The whole file, "" where there is none; free() it. */
char *folder_read(const char *folder, const char *name, size_t *ret_length);
/* Runs a shell command in the folder; fails the test when it fails. */
void folder_run(const char *folder, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
