#include "mount.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "sentences.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What every image of the recordings has, and what the daemon puts in. */
static const char *const folders[] = {"/", "/bin", "/dev", "/etc", "/proc", "/sys"};
static const char *const files[] = {
    "/etc/hostname", "/etc/hosts", "/etc/passwd", "/etc/resolv.conf"};

static bool is_among(const char *const *paths, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(paths[i], path) == 0)
            return true;
    return false;
}

/* Has an earlier mount made a folder there? */
static bool is_mounted_folder(
    const Kanto__Container *container, size_t before, const char *destination)
{
    for (size_t i = 0; i < before; i++) {
        struct stat found;
        if (strcmp(container->mounts[i]->destination, destination) == 0 &&
            stat(container->mounts[i]->source, &found) == 0 && S_ISDIR(found.st_mode))
            return true;
    }
    return false;
}

static char *check_one(const Kanto__Container *container, size_t at)
{
    struct stat found;
    const Kanto__MountPoint *mount = container->mounts[at];
    const char *destination = mount->destination;
    scoped_free char *source =
        mount->source[0] == '/'
            ? memory_string(mount->source)
            : memory_format("/run/containerd/io.containerd.runtime.v2.task/kanto-cm/%s/%s",
                  container->id, mount->source);
    if (stat(source, &found) < 0)
        return memory_format(RUNC_START RUNC_INIT
            "error mounting \"%s\" to rootfs at \"%s\": stat %s: %s: unknown",
            source, destination, source,
            errno == ENOTDIR ? "not a directory" : "no such file or directory");
    bool folder = S_ISDIR(found.st_mode);
    if (folder && strcmp(destination, "/") == 0)
        return memory_string(RUNC_START "error closing exec fds: open /proc/self/fd: no such file "
                                        "or directory: unknown");
    if (folder && strcmp(destination, "/etc/passwd") == 0)
        return memory_string(RUNC_START "unable to setup user: unable to find user 0: read "
                                        "/etc/passwd: is a directory: unknown");
    bool on_folder = is_among(folders, countof(folders), destination) ||
                     is_mounted_folder(container, at, destination);
    bool on_file = is_among(files, countof(files), destination);
    if ((folder && on_file) || (!folder && on_folder))
        return memory_format(RUNC_START RUNC_INIT
            "error mounting \"%s\" to rootfs at \"%s\": mount "
            "%s:%s (via /proc/self/fd/6), flags: 0x5000: not "
            "a directory: unknown",
            source, destination, source, destination);
    return NULL;
}

char *mount_check(const Kanto__Container *container)
{
    char *error = NULL;
    for (size_t i = 0; !error && i < container->n_mounts; i++)
        error = check_one(container, i);
    return error;
}
