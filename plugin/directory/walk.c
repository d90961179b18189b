#include "alike.h"
#include "base/natural.h"
#include "folder.h"
#include "name.h"
#include "source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return natural_compare((*a)->d_name, (*b)->d_name);
}

static int not_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

#define TOLD_MAX 100 /* entries that are passed over, one by one */

/* One pass over the folder. */
struct pass {
    struct source *source;
    struct kd_out *out;
    struct folders folders; /* that were read */
    unsigned manifests;     /* files by name, read or not */
    unsigned passed_over;
    struct alike alike;
    bool away; /* its folder cannot be read */
};

static int32_t walk_folder(struct pass *pass, int folder, const char *prefix, unsigned depth);

/* Something of the set that cannot be read: were it passed over, the set would look smaller than it
 * is. */
static int32_t fail(const struct pass *pass, const char *key, const char *problem)
{
    char origin[2 * PATH_MAX];
    pass->source->failed = true;
    snprintf(origin, sizeof(origin), "%s/%s", pass->source->path, key);
    pass->out->error(pass->out->ctx, key, origin, problem);
    return 0;
}

/* The host keeps a few hundred lines: the last ones are not to be lost for want of room. */
static int32_t pass_over(struct pass *pass, const char *key, const char *reason)
{
    if (pass->passed_over++ < TOLD_MAX)
        say(pass->source, KD_LOG_INFO, "%s: passed over: %s", key, reason);
    return 0;
}

static int32_t walk_below(
    struct pass *pass, int folder, const char *name, const char *key, unsigned depth)
{
    char problem[PROBLEM_SIZE] = "";
    int below = -1;
    if (*name == '.')
        return pass_over(pass, key, "hidden");
    if (!pass->source->recursive) {
        if (alike_is_folder(folder, name))
            alike_add(&pass->alike, key, "a folder, and recursive = no");
        return pass_over(pass, key, "a folder (recursive = no)");
    }
    switch (folder_open(pass->source, folder, name, depth + 1, &pass->folders, &below, problem)) {
    case OPENED_ALREADY:
        return pass_over(pass, key, "a folder that is read already");
    case OPENED_NOT:
        return fail(pass, key, problem);
    case OPENED:
        break;
    }
    int32_t result = walk_folder(pass, below, key, depth + 1);
    close(below);
    return result;
}

/* With `recursive` it may be a folder: one on a disk that is not there now. */
static int32_t take_broken(struct pass *pass, int folder, const char *name, const char *key)
{
    char problem[PROBLEM_SIZE] = "";
    int fd = -1;
    pass->source->broken = true;
    /* It can be there by now: then it is read the next time. */
    if (folder_open(pass->source, folder, name, 0, &pass->folders, &fd, problem) == OPENED)
        close(fd);
    return fail(pass, key, *problem ? problem : "it changed while it was read");
}

static int32_t take(
    struct pass *pass, int folder, const char *prefix, const char *name, unsigned depth)
{
    char key[PATH_MAX];
    const char *reason = name_reason(name);
    enum entry entry = folder_entry(folder, name);
    snprintf(key, sizeof(key), "%s%s%s", prefix, *prefix ? "/" : "", name);
    if (entry == ENTRY_FOLDER)
        return walk_below(pass, folder, name, key, depth);
    pass->manifests += !reason;
    if (!reason)
        return read_file(pass->source, folder, name, key, pass->out);
    if (entry == ENTRY_BROKEN && pass->source->recursive && !*reason)
        return take_broken(pass, folder, name, key);
    if (!*reason && name_is_alike(name))
        alike_add(&pass->alike, key, "its name does not end in .json");
    return pass_over(pass, key, *reason ? reason : "its name does not end in .json");
}

static int32_t walk_folder(struct pass *pass, int folder, const char *prefix, unsigned depth)
{
    struct dirent **entries = NULL;
    int32_t refused = 0;
    int count = scandirat(folder, ".", &entries, not_dots, by_name);
    if (count < 0 && depth == 0) { /* as when it cannot be opened: nothing is known of the set */
        say(pass->source, KD_LOG_ERROR, "%s: %s", pass->source->path, strerror(errno));
        pass->away = true;
        return 0;
    }
    if (count < 0)
        return fail(pass, prefix, strerror(errno));
    for (int i = 0; i < count; i++) {
        if (!refused)
            refused = take(pass, folder, prefix, entries[i]->d_name, depth);
        free(entries[i]);
    }
    free(entries);
    return refused;
}

int32_t walk(struct source *source, struct kd_out *out)
{
    struct pass pass = {.source = source, .out = out};
    int folder = open(source->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        /* Not there, or not mounted yet: never the same as an empty folder. */
        int error = errno;
        say(source, KD_LOG_ERROR, "%s: %s", source->path, strerror(error));
        return error == ENOTDIR ? KD_FATAL : KD_RETRY;
    }
    source->broken = source->failed = false;
    folders_add(&pass.folders, folder);
    int32_t refused = walk_folder(&pass, folder, "", 0);
    folders_finish(&pass.folders);
    close(folder);
    if (pass.passed_over > TOLD_MAX)
        say(source, KD_LOG_INFO, "%u more were passed over", pass.passed_over - TOLD_MAX);
    if (!refused && pass.manifests == 0 && pass.alike.count > 0)
        say(source, KD_LOG_WARNING,
            "%s: found no manifest, expected files NAME.json; passed over: %s", source->path,
            pass.alike.text);
    return pass.away ? KD_RETRY : refused ? KD_FATAL : KD_COMPLETE;
}
