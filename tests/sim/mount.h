/* Mounts at a start: what is not there, and what cannot lie on what. */
#ifndef KD_SIM_MOUNT_H
#define KD_SIM_MOUNT_H

#include "proto/containers.pb-c.h"

/* NULL, or the daemon's sentence (free() it). */
char *mount_check(const Kanto__Container *container);

#endif
