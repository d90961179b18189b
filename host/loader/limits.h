/* Bounds of this process: memory, descriptors, sizes of files, processes; no core dumps. */
#ifndef KD_LOADER_LIMITS_H
#define KD_LOADER_LIMITS_H

#include "base/error.h"

/* As the user that the plugin will run as: its other processes do not count. */
int limits_set(struct error *err);

#endif
