#include "journal/former.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "journal/checksum.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder_of(const struct journal *journal)
{
    return memory_format("%s/former", journal->folder);
}

static int write_one(const char *folder, const struct journal_entry *entry, struct error *err)
{
    scoped_free char *path = memory_format("%s/%s", folder, entry->former_sum);
    struct stat info;
    if (lstat(path, &info) == 0 && S_ISREG(info.st_mode) &&
        (size_t)info.st_size == entry->former_length)
        return 0;
    if (entry->former_length > FORMER_BYTES_MAX)
        return error_set(err, ERROR_LIMIT,
            "%s: the container that %s replaces has %zu bytes, expected at most %zu", path,
            entry->name, entry->former_length, FORMER_BYTES_MAX);
    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        return error_errno(err, errno, "%s", folder);
    return file_write_atomic(path, entry->former, entry->former_length, 0600, err);
}

int former_write(const struct journal *journal, struct error *err)
{
    scoped_free char *folder = folder_of(journal);
    for (size_t i = 0; i < journal->count; i++)
        if (journal->entries[i].former && write_one(folder, &journal->entries[i], err) < 0)
            return -1;
    return 0;
}

int former_read(const char *folder, const char *checksum, void **ret_bytes, size_t *ret_length,
    struct error *err)
{
    char found[CHECKSUM_SIZE];
    size_t length = 0;
    scoped_free char *path = memory_format("%s/former/%s", folder, checksum);
    scoped_free char *bytes = NULL;
    if (file_read(path, FORMER_BYTES_MAX, &bytes, &length, err) < 0)
        return -1;
    checksum_print(bytes, length, found);
    if (strcmp(found, checksum) != 0)
        return error_set(err, ERROR_INVALID, "%s: it is torn: its checksum is %s", path, found);
    *ret_bytes = steal(&bytes);
    *ret_length = length;
    return 0;
}

static bool is_named(const struct journal *journal, const char *checksum)
{
    for (size_t i = 0; i < journal->count; i++)
        if (strcmp(journal->entries[i].former_sum, checksum) == 0)
            return true;
    return false;
}

static void close_folder(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

/* What cannot be removed stays: it costs room, and nothing else. */
void former_sweep(const struct journal *journal)
{
    scoped_free char *path = folder_of(journal);
    scoped(close_folder) DIR *folder = opendir(path);
    for (const struct dirent *file; folder && (file = readdir(folder));)
        if (*file->d_name != '.' && !is_named(journal, file->d_name))
            unlinkat(dirfd(folder), file->d_name, 0);
}
