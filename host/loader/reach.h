/* What a plugin may read: what any program needs to run here, and what its source's settings name. */
#ifndef KD_LOADER_REACH_H
#define KD_LOADER_REACH_H

#include "loader/landlock.h"

#include <stdbool.h>
#include <stddef.h>

struct reach {
    const char *plugin;
    char *const *paths; /* of the conf */
    size_t count;
    bool network;
};

/* Adds them to the rules. As the user that the plugin runs as. */
void reach_allow(const struct reach *reach, const struct landlock *landlock);

#endif
