/* What a manifest may ask of this machine: held against what its source was granted.
 *
 * A manifest is a program that somebody else wrote, and kanto-cm runs it with the host's own
 * powers as far as the manifest says so. These are the ways in which it reaches beyond its own
 * container:
 *
 *   privileged          everything below at once                    privileged
 *   network_mode host   the host's interfaces and local services    host_network
 *   hooks               programs of the host, run as root           hooks
 *   mounts              the host's files; so does a log's root_dir,
 *                       where kanto-cm writes as root               mounts
 *   devices             the host's devices                          devices
 *   extra_capabilities  the kernel's privileges                     capabilities
 *   runtime             a program of the host that starts the
 *                       container, run as root; runc is free        runtimes
 *   image               whose code that is                          registries
 *
 * Not covered: what any container may do anyway (ports of the host, names and addresses of peers,
 * use of memory and processor, the keys that decrypt its image). */
#ifndef KD_MODEL_PERMIT_H
#define KD_MODEL_PERMIT_H

#include "model/check.h"

#include <stdbool.h>
#include <stddef.h>

/* Everything, or what is listed. */
struct permit_list {
    bool all;
    const char *const *items; /* borrowed */
    size_t count;
};

struct permit {
    const char *section; /* how a person finds it: "[source bundle]"; borrowed */
    bool privileged, host_network, hooks;
    struct permit_list mounts;       /* absolute folders; what lies below is meant too */
    struct permit_list registries;   /* HOST[:PORT][/PATH]; repositories below are meant too */
    struct permit_list devices;      /* as mounts */
    struct permit_list capabilities; /* CAP_… */
    struct permit_list runtimes;     /* io.containerd.… */
};

/* Tells a SEVERITY_ERROR for each thing that is asked for and not granted, with the line of the
 * configuration that would grant it. Paths are compared as they are written, component by
 * component; a path that is not absolute, or has a "..", is in no list. A mount source that is
 * there is also followed through its links, and must still lie below one of the list: that is how
 * it stands now, and no promise about the moment when the container starts. */
void permit_check(const struct permit *permit, const Kanto__Container *container,
    check_report *report, void *context);

#endif
