#include "base/natural.h"
#include "name.h"
#include "source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return natural_compare((*a)->d_name, (*b)->d_name);
}

static int not_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static bool is_folder(int folder, const char *name)
{
    struct stat info;
    return fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
}

static int32_t walk_folder(const struct source *source, int folder, const char *prefix,
    unsigned depth, struct kd_out *out);

static int32_t walk_below(const struct source *source, int folder, const char *name,
    const char *key, unsigned depth, struct kd_out *out)
{
    if (!source->recursive || *name == '.') {
        say(source, KD_LOG_INFO, "%s: passed over: a folder (recursive = no)", key);
        return 0;
    }
    int below = depth < DEPTH_MAX
                    ? openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
                    : -1;
    if (below < 0) {
        out->error(out->ctx, key, key,
            depth < DEPTH_MAX ? strerror(errno) : "folders are nested too deeply");
        return 0;
    }
    int32_t result = walk_folder(source, below, key, depth + 1, out);
    close(below);
    return result;
}

static int32_t take(const struct source *source, int folder, const char *prefix, const char *name,
    unsigned depth, struct kd_out *out)
{
    char key[PATH_MAX];
    const char *reason = name_reason(name);
    snprintf(key, sizeof(key), "%s%s%s", prefix, *prefix ? "/" : "", name);
    if (is_folder(folder, name))
        return walk_below(source, folder, name, key, depth, out);
    if (!reason)
        return read_file(source, folder, name, key, out);
    say(source, KD_LOG_INFO, "%s: passed over: %s", key,
        *reason ? reason : "its name does not end in .json");
    return 0;
}

static int32_t walk_folder(
    const struct source *source, int folder, const char *prefix, unsigned depth, struct kd_out *out)
{
    struct dirent **entries = NULL;
    int32_t refused = 0;
    int count = scandirat(folder, ".", &entries, not_dots, by_name);
    if (count < 0) {
        out->error(out->ctx, *prefix ? prefix : source->path, source->path, strerror(errno));
        return 0;
    }
    for (int i = 0; i < count; i++) {
        if (!refused)
            refused = take(source, folder, prefix, entries[i]->d_name, depth, out);
        free(entries[i]);
    }
    free(entries);
    return refused;
}

int32_t walk(const struct source *source, struct kd_out *out)
{
    int folder = open(source->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        /* Not there, or not mounted yet: never the same as an empty folder. */
        int error = errno;
        say(source, KD_LOG_ERROR, "%s: %s", source->path, strerror(error));
        return error == ENOTDIR ? KD_FATAL : KD_RETRY;
    }
    int32_t refused = walk_folder(source, folder, "", 0, out);
    close(folder);
    return refused ? KD_FATAL : KD_COMPLETE;
}
