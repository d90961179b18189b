#include "capability.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULTS 0xa80425fbULL /* what every container has */

/* In the order of linux/capability.h. */
static const char *const names[] = {"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID",
    "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST",
    "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT",
    "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME",
    "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE",
    "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
    "CHECKPOINT_RESTORE"};

static bool prints(const Kanto__ContainerConfiguration *config)
{
    for (size_t i = 0; config && i < config->n_cmd; i++)
        if (strstr(config->cmd[i], "grep Cap /proc/self/status"))
            return true;
    return false;
}

/* A name that is not CAP_… counts for nothing. */
static unsigned long long extra(const Kanto__HostConfig *host)
{
    unsigned long long bits = 0;
    for (size_t i = 0; host && i < host->n_extra_capabilities; i++)
        for (size_t k = 0; k < countof(names); k++)
            if (strncmp(host->extra_capabilities[i], "CAP_", 4) == 0 &&
                strcmp(host->extra_capabilities[i] + 4, names[k]) == 0)
                bits |= 1ULL << k;
    return bits;
}

void capability_log(struct box *box)
{
    static const char *const sets[] = {"Inh", "Prm", "Eff", "Bnd", "Amb"};
    const Kanto__HostConfig *host = box->container->host_config;
    if (!prints(box->container->config))
        return;
    for (size_t i = 0; i < countof(sets); i++) {
        bool granted = i >= 1 && i <= 3;
        scoped_free char *line =
            memory_format("Cap%s:\t%016llx", sets[i], granted ? DEFAULTS | extra(host) : 0ULL);
        box_add_log(box, "stdout", line);
    }
}
