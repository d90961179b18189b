/* What is wished for: one container a name, from whatever source said it first. */
#ifndef KD_PLAN_WISH_H
#define KD_PLAN_WISH_H

#include "model/digest.h"
#include "proto/containers.pb-c.h"

#include <stdbool.h>
#include <stddef.h>

struct wish {
    Kanto__Container *container; /* owned; name set, id NULL unless the manifest names one */
    struct digest digest;
    char *source; /* [source NAME], or the folder's path */
    char *key;    /* the item's key in its source */
    char *origin; /* the file */
};

struct wishes {
    struct wish *items;
    size_t count;
    size_t capacity;
};

/* Adds a copy of the container. The first one of a name wins; a later one is not added, and the
 * index of the winner comes back in *ret_first (may be NULL). Returns whether it was added. */
bool wishes_add(struct wishes *wishes, const Kanto__Container *container, const char *source,
    const char *key, const char *origin, size_t *ret_first);
void wishes_finish(struct wishes *wishes);

#endif
