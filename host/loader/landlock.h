/* Landlock: what this process may still reach of the file system. There is no library of it that is
 * packaged, so its three calls are made here. */
#ifndef KD_LOADER_LANDLOCK_H
#define KD_LOADER_LANDLOCK_H

#include <stdbool.h>

struct landlock {
    int rules; /* -1: none */
    int version;
};

/* Begins a set of rules that allow nothing: neither to read, to write, to make, to run. `serves`: it
 * may listen on ports and speak to abstract sockets; `connects`: to connect by TCP. What the kernel
 * does not know yet is left out. 0, or a negative errno: there is no Landlock. */
int landlock_begin(struct landlock *landlock, bool connects, bool serves);
/* The file, or the folder and all below it, may be read, and listed where `list`. One that is not there is
 * left out. */
void landlock_allow(const struct landlock *landlock, const char *path, bool list);
/* From now on, for this process and all that it makes. 0, or a negative errno. */
int landlock_enforce(struct landlock *landlock);

#endif
