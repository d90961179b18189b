#include "loader/limits.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY_MAX        ((rlim_t)1 << 30)
#define FILES_MAX         256
#define OWN_PROCESSES_MAX 64
#define FILE_BYTES_MAX    ((rlim_t)256 << 20)

static int limit(int resource, rlim_t most, const char *what, struct error *err)
{
    struct rlimit former;
    if (getrlimit(resource, &former) == 0 && former.rlim_max != RLIM_INFINITY &&
        former.rlim_max < most)
        most = former.rlim_max;
    struct rlimit now = {most, most};
    if (setrlimit(resource, &now) == 0)
        return 0;
    return error_errno(err, errno, "limit of %s", what);
}

/* Processes and threads of this user, which RLIMIT_NPROC counts all together. */
static rlim_t count_own(void)
{
    rlim_t count = 0;
    DIR *processes = opendir("/proc");
    for (const struct dirent *entry; processes && (entry = readdir(processes));) {
        char path[300];
        struct stat info;
        snprintf(path, sizeof(path), "/proc/%s/task", entry->d_name);
        if (isdigit((unsigned char)entry->d_name[0]) && stat(path, &info) == 0 &&
            info.st_uid == geteuid())
            count += info.st_nlink > 2 ? info.st_nlink - 2 : 1;
    }
    if (processes)
        closedir(processes);
    return count;
}

int limits_set(struct error *err)
{
    rlim_t others = geteuid() != 0 ? count_own() : 0; /* root is not bound by that limit */
/* They reserve terabytes of addresses. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    if (limit(RLIMIT_AS, MEMORY_MAX, "memory", err) < 0)
        return -1;
#endif
    if (limit(RLIMIT_CORE, 0, "core dumps", err) < 0 ||
        limit(RLIMIT_NOFILE, FILES_MAX, "open files", err) < 0 ||
        limit(RLIMIT_FSIZE, FILE_BYTES_MAX, "file size", err) < 0)
        return -1;
    return limit(RLIMIT_NPROC, others + OWN_PROCESSES_MAX, "processes", err);
}
