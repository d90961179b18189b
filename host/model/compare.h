/* What differs between a running container and the desired one, field by field. */
#ifndef KD_MODEL_COMPARE_H
#define KD_MODEL_COMPARE_H

#include "proto/containers.pb-c.h"

#include <stdbool.h>
#include <stddef.h>

struct difference {
    char *path; /* host_config.restart_policy.type, config.env */
    char *live; /* as JSON text; "" where the field is absent */
    char *desired;
    bool in_place; /* Update can change it; everything else needs a new container */
};

struct differences {
    struct difference *items;
    size_t count;
    size_t capacity;
};

/* Both sides normalised copies are made inside; the arguments stay as they are. Sets (mounts, env,
 * …) are compared without order, lists (cmd) with it. Result fields are left out. */
void container_compare(const Kanto__Container *live, const Kanto__Container *desired,
    struct differences *ret_differences);
void differences_finish(struct differences *differences);

#endif
