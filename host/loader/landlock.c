#include "loader/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As the kernel's header has them, which on the machine that builds may be older than the kernel of
 * the one that runs. */
#define CREATE_VERSION 1u
#define RULE_PATH      1

#define READ_FILE (UINT64_C(1) << 2)
#define READ_DIR  (UINT64_C(1) << 3)

#define BIND_TCP    (UINT64_C(1) << 0)
#define CONNECT_TCP (UINT64_C(1) << 1)

#define SCOPE_ABSTRACT (UINT64_C(1) << 0)
#define SCOPE_SIGNAL   (UINT64_C(1) << 1)

struct attributes {
    uint64_t files, network, scoped;
};

struct path_rule {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

/* How many rights of files each version knows: refer, truncate and ioctl of devices came later. */
static uint64_t all_of_files(int version)
{
    unsigned count = version >= 5 ? 16 : version >= 3 ? 15 : version >= 2 ? 14 : 13;
    return (UINT64_C(1) << count) - 1;
}

static size_t size_for(int version)
{
    return version >= 6   ? sizeof(struct attributes)
           : version >= 4 ? offsetof(struct attributes, scoped)
                          : offsetof(struct attributes, network);
}

int landlock_begin(struct landlock *landlock, bool connects, bool serves)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, CREATE_VERSION);
    landlock->rules = -1;
    if (version < 0)
        return -errno;
    landlock->version = (int)version;
    struct attributes attributes = {
        .files = all_of_files((int)version),
        .network = serves     ? 0
                   : connects ? BIND_TCP
                              : BIND_TCP | CONNECT_TCP,
        .scoped = serves ? SCOPE_SIGNAL : SCOPE_SIGNAL | SCOPE_ABSTRACT,
    };
    long rules =
        syscall(SYS_landlock_create_ruleset, &attributes, size_for((int)version), (uint32_t)0);
    if (rules < 0)
        return -errno;
    landlock->rules = (int)rules;
    return 0;
}

void landlock_allow(const struct landlock *landlock, const char *path, bool list)
{
    struct stat info;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fstat(fd, &info) == 0) {
        bool lists = list && S_ISDIR(info.st_mode);
        struct path_rule rule = {.allowed = READ_FILE | (lists ? READ_DIR : 0), .parent = fd};
        syscall(SYS_landlock_add_rule, landlock->rules, RULE_PATH, &rule, (uint32_t)0);
    }
    close(fd);
}

int landlock_enforce(struct landlock *landlock)
{
    long result = syscall(SYS_landlock_restrict_self, landlock->rules, (uint32_t)0);
    int error = errno;
    close(landlock->rules);
    landlock->rules = -1;
    return result < 0 ? -error : 0;
}
