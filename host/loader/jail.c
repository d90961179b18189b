#include "loader/jail.h"

#include "frame/frame.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
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

/* `shared`: it runs as its caller, who has other processes. root is not bound by that limit. */
static int set_limits(bool shared, struct error *err)
{
    rlim_t others = shared && geteuid() != 0 ? count_own() : 0;
#ifndef __SANITIZE_ADDRESS__ /* which reserves terabytes of addresses */
    if (limit(RLIMIT_AS, MEMORY_MAX, "memory", err) < 0)
        return -1;
#endif
    if (limit(RLIMIT_CORE, 0, "core dumps", err) < 0 ||
        limit(RLIMIT_NOFILE, FILES_MAX, "open files", err) < 0 ||
        limit(RLIMIT_FSIZE, FILE_BYTES_MAX, "file size", err) < 0)
        return -1;
    return limit(RLIMIT_NPROC, others + OWN_PROCESSES_MAX, "processes", err);
}

static int become(const char *user, struct error *err)
{
    errno = 0;
    const struct passwd *entry = getpwnam(user);
    if (!entry)
        return error_set(err, ERROR_INVALID,
            "there is no system user \"%s\"; make it (systemd-sysusers), or choose another with "
            "user = …",
            user);
    uid_t uid = entry->pw_uid;
    gid_t gid = entry->pw_gid;
    if (uid == geteuid())
        return 0;
    if (initgroups(user, gid) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
        return error_errno(err, errno, "cannot become user \"%s\"", user);
    return 0;
}

int jail_enter(const char *user, struct error *err)
{
    if (close_range(FRAME_FD + 1, ~0U, 0) < 0)
        return error_errno(err, errno, "closing descriptors");
    if (*user && become(user, err) < 0)
        return -1;
    /* A change of identity clears the death signal: so only now. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return error_errno(err, errno, "prctl");
    return set_limits(!*user, err);
}
