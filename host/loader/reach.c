#include "loader/reach.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BESIDE_MAX 256 /* files beside one that is named */
#define RESOLVER   "/etc/resolv.conf"

/* Libraries, locales, time zones, certificates, and what libraries look at to know the machine. What
 * is secret lies nowhere in it. */
static const char *const everywhere[] = {
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/locale.alias",
    "/etc/machine-id",
    "/etc/passwd",
    "/etc/group",
    "/etc/nsswitch.conf",
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf",
    "/etc/ssl/engines",
    "/etc/ca-certificates",
    "/etc/ca-certificates.conf",
    "/etc/crypto-policies",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/openssl.cnf",
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/filesystems",
    "/proc/sys/kernel/random",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/crypto",
    "/sys/devices/system/cpu",
    "/sys/kernel/mm/transparent_hugepage",
};

static const char *const for_network[] = {
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/networks",
    RESOLVER,
};

static void allow_all(const struct landlock *landlock, const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        landlock_allow(landlock, paths[i], true);
}

/* Files in the folder of `path` whose name begins with `begin` and holds `part`. */
static void allow_beside(
    const struct landlock *landlock, const char *path, const char *begin, const char *part)
{
    char folder[PATH_MAX], file[PATH_MAX + 300];
    size_t found = 0;
    snprintf(folder, sizeof(folder), "%s", path);
    const char *parent = dirname(folder);
    DIR *entries = opendir(parent);
    for (const struct dirent *entry; entries && found < BESIDE_MAX && (entry = readdir(entries));) {
        if (strncmp(entry->d_name, begin, strlen(begin)) != 0 || !strstr(entry->d_name, part))
            continue;
        struct stat info;
        snprintf(file, sizeof(file), "%s/%s", parent, entry->d_name);
        if (stat(file, &info) == 0 && S_ISREG(info.st_mode))
            landlock_allow(landlock, file, false);
        found++;
    }
    if (entries)
        closedir(entries);
}

/* It, and the libraries beside it ($ORIGIN), also where it is a link. */
static void allow_plugin(const struct landlock *landlock, const char *plugin)
{
    char target[PATH_MAX];
    landlock_allow(landlock, plugin, false);
    allow_beside(landlock, plugin, "", ".so");
    if (realpath(plugin, target) && strcmp(target, plugin) != 0)
        allow_beside(landlock, target, "", ".so");
}

/* A folder with all in it; a file with those that belong to it, as bundle.tar.sig to bundle.tar. */
static void allow_named(const struct landlock *landlock, const char *path)
{
    struct stat info;
    char copy[PATH_MAX], begin[NAME_MAX + 2];
    landlock_allow(landlock, path, true);
    if (stat(path, &info) < 0 || !S_ISREG(info.st_mode) || strlen(path) >= sizeof(copy))
        return;
    snprintf(copy, sizeof(copy), "%s", path);
    snprintf(begin, sizeof(begin), "%s.", basename(copy));
    allow_beside(landlock, path, begin, "");
}

/* Where the network comes up while a plugin waits for it, this file is written or replaced: its
 * folder is allowed, or the nearest one above that is there. Rights of files hold all the same; root
 * is bound by none, and so gets the file alone. */
static void allow_resolver(const struct landlock *landlock)
{
    char link[PATH_MAX], path[PATH_MAX + 8];
    struct stat info;
    if (geteuid() == 0)
        return;
    ssize_t length = readlink(RESOLVER, link, sizeof(link) - 1);
    link[length > 0 ? length : 0] = '\0';
    snprintf(path, sizeof(path), "%s%s", *link == '/' ? "" : "/etc/", *link ? link : "resolv.conf");
    char *parent = path;
    do
        parent = dirname(parent);
    while (parent[1] && stat(parent, &info) < 0);
    if (parent[1]) /* never all there is */
        landlock_allow(landlock, parent, false);
}

void reach_allow(const struct reach *reach, const struct landlock *landlock)
{
    allow_all(landlock, everywhere, sizeof(everywhere) / sizeof(everywhere[0]));
    landlock_allow(landlock, "/proc/self/exe", false); /* for the stack traces of sanitizers */
    allow_plugin(landlock, reach->plugin);
    if (reach->network) {
        allow_all(landlock, for_network, sizeof(for_network) / sizeof(for_network[0]));
        allow_resolver(landlock);
    }
    for (size_t i = 0; i < reach->count; i++)
        allow_named(landlock, reach->paths[i]);
}
