/* What a manifest may ask of this machine: held against what its source was granted.
 *
 * A manifest is a program that somebody else wrote, and kanto-cm runs it with the host's own
 * powers as far as the manifest says so. These are the ways in which it reaches beyond its own
 * container:
 *
 *   privileged          everything below at once                    privileged
 *   network_mode host   the host's interfaces and local services    host_network
 *   hooks               programs of the host, run as root           hooks
 *   mounts              the host's files                            mounts
 *   devices             the host's devices                          devices
 *   extra_capabilities  the kernel's privileges                     capabilities
 *   runtime             a program of the host that starts the
 *                       container, run as root; runc is free        runtimes
 *   image               whose code that is                          registries
 *   decrypt_config      files that kanto-cm reads as root           decrypt
 *   log_config          a folder in which kanto-cm writes as root,
 *                       and how much of its memory it uses          logs
 *
 * docs/configuration.md has every field with its grant, or why it needs none. */
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
    struct permit_list decrypt;      /* files, or folders of them */
    struct permit_list logs; /* folders, outside of what mounts reach; all: large buffers too */
};

#define PERMIT_BUFFER_MAX (16.0 * 1024 * 1024) /* a log's max_buffer_size without all logs */

/* Tells a SEVERITY_ERROR for each thing that is asked for and not granted, with the line of the
 * configuration that would grant it. Paths are compared as they are written, component by
 * component; a path that is not absolute, or has a "..", is in no list. Each is also followed
 * through its links, as far as anything of it is there, and must still lie below one of the list:
 * that is how it stands now, and no promise about the moment when the container starts. */
void permit_check(const struct permit *permit, const Kanto__Container *container,
    check_report *report, void *context);

#endif
