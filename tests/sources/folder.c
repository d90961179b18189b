#include "folder.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"

#include <check.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void folder_make(char folder[FOLDER_NAME])
{
    snprintf(folder, FOLDER_NAME, "/tmp/kd-fetch-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    /* a plugin that gave up its rights comes through it */
    ck_assert_int_eq(chmod(folder, 0755), 0);
}

void folder_remove(const char *folder)
{
    scoped_free char *command = memory_format("rm -rf %s", folder);
    if (system(command) != 0)
        printf("%s is left\n", folder);
}

const char *folder_path(const char *folder, const char *name)
{
    static char paths[8][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return path;
}

void folder_write(
    const char *folder, const char *name, const void *bytes, size_t length, mode_t mode)
{
    struct error err = {0};
    ck_assert_msg(file_write_atomic(folder_path(folder, name), bytes, length, mode, &err) == 0,
        "%s", err.text);
}

void folder_write_text(const char *folder, const char *name, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    ck_assert_int_ge(length, 0);
    folder_write(folder, name, text, (size_t)length, 0644);
    free(text);
}

char *folder_read(const char *folder, const char *name, size_t *ret_length)
{
    char *bytes = NULL;
    size_t length = 0;
    if (file_read(folder_path(folder, name), (size_t)64 << 20, &bytes, &length, NULL) < 0)
        bytes = memory_string("");
    if (ret_length)
        *ret_length = length;
    return bytes;
}

void folder_run(const char *folder, const char *format, ...)
{
    char *wanted = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&wanted, format, args);
    va_end(args);
    ck_assert_int_ge(length, 0);
    scoped_free char *command = memory_format("cd %s && { %s ; } >run.log 2>&1", folder, wanted);
    if (system(command) != 0) {
        scoped_free char *said = folder_read(folder, "run.log", NULL);
        ck_abort_msg("%s: %s", wanted, said);
    }
    free(wanted);
}
