/* The machine under a real daemon: what happens to its processes behind its back. */
#ifndef KD_REPLAY_HOST_H
#define KD_REPLAY_HOST_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct host_process {
    char *id;
    pid_t pid, shim; /* 0: none */
};

struct host {
    struct host_process *processes;
    size_t count, capacity;
};

/* Those of a List, in place of the former ones. `containers` may be NULL. */
void host_remember(struct host *host, const cJSON *containers);
void host_finish(struct host *host);

/* False: it has no such process. */
bool host_kill(const struct host *host, const char *id, const char *signal);
/* All of them, and the shims above them. */
void host_power_cut(const struct host *host);

#endif
