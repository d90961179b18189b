#include "loader/user.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SHARED_GROUP "kanto-deployer"

int user_become(const char *name, struct error *err)
{
    errno = 0;
    const struct passwd *entry = getpwnam(name);
    if (!entry)
        return error_set(err, ERROR_INVALID,
            "there is no system user \"%s\"; make it (systemd-sysusers), or choose another with "
            "user = …",
            name);
    uid_t uid = entry->pw_uid;
    gid_t gid = entry->pw_gid;
    if (uid == geteuid())
        return 0;
    if (initgroups(name, gid) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
        return error_errno(err, errno, "cannot become user \"%s\"", name);
    return 0;
}

int user_become_number(uint32_t uid, struct error *err)
{
    const struct group *shared = getgrnam(SHARED_GROUP);
    gid_t group = shared ? shared->gr_gid : 0;
    if (setgroups(shared ? 1 : 0, &group) == 0 && setresgid(uid, uid, uid) == 0 &&
        setresuid(uid, uid, uid) == 0)
        return 0;
    return error_errno(err, errno,
        "cannot become user %u, expected a number that this machine may use: choose others with "
        "source_users = …, or a system user with user = …",
        uid);
}

/* Beyond the last that the kernel knows it says EINVAL. */
static void drop_bounds(void)
{
    for (unsigned long capability = 0; capability < 64; capability++)
        if (capability != CAP_DAC_READ_SEARCH && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 &&
            errno == EINVAL)
            return;
}

int user_drop_capabilities(struct error *err)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    drop_bounds();
    if (syscall(SYS_capget, &header, data) < 0)
        return error_errno(err, errno, "capget");
    for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++) {
        uint32_t left = i == 0 ? data[i].permitted & (1u << CAP_DAC_READ_SEARCH) : 0;
        data[i].effective = data[i].permitted = left;
        data[i].inheritable = 0;
    }
    if (syscall(SYS_capset, &header, data) < 0)
        return error_errno(err, errno, "capset");
    return 0;
}
