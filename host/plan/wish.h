/* What is wished for: one container a name, from whatever source said it first, and what the
 * configuration says of how that is brought about. */
#ifndef KD_PLAN_WISH_H
#define KD_PLAN_WISH_H

#include "model/digest.h"
#include "proto/containers.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Another manifest for a name that was taken already: it is not applied. */
struct wish_claim {
    char *source;
    char *key;
    char *origin;
};

struct wish {
    Kanto__Container *container; /* owned; name set, id NULL unless the manifest names one */
    struct digest digest;
    char *source; /* [source NAME], or the folder's path */
    char *key;    /* the item's key in its source */
    char *origin; /* the file */
    struct wish_claim *claims;
    size_t claim_count, claim_capacity;

    /* wishes_add leaves these zero. */
    int64_t soak_ms;  /* how long a new one must run before the old one is removed; 0: off */
    bool start_first; /* a new one starts before the old one stops; else it is only created */
    bool critical;
    char *restart_with; /* name of another one whose replacement restarts this one, or NULL */
    char **after;       /* names that it waits for; wished for or not */
    size_t after_count;
};

/* One source of the wishes: whether it may say, by silence, that a container is to go. */
struct wish_source {
    char *name; /* as in wish.source */
    bool prune; /* the configuration's word */
    size_t prune_limit;
    bool prune_empty;
    bool whole;   /* its set is complete, and nothing of it was wrong, refused, or there twice:
                     what is not in it is not wished for */
    size_t items; /* manifests in it that are applied, or would be but for another source's claim;
                     0: it is empty, and removes something only with prune_empty */
};

struct wishes {
    struct wish *items;
    size_t count;
    size_t capacity;
    struct wish_source *sources; /* in the order of the configuration */
    size_t source_count, source_capacity;
};

/* Adds a copy of the container. The first one of a name wins; a later one is not added but noted
 * among the winner's claims, and the winner's index comes back in *ret_first (may be NULL). Returns
 * whether it was added. */
bool wishes_add(struct wishes *wishes, const Kanto__Container *container, const char *source,
    const char *key, const char *origin, size_t *ret_first);

/* The wish of that name, or NULL. */
const struct wish *wishes_find(const struct wishes *wishes, const char *name);

/* A copy of the name; the rest is zero. The pointer lives until the next one is added. */
struct wish_source *wishes_add_source(struct wishes *wishes, const char *name);

void wishes_finish(struct wishes *wishes);

#endif
