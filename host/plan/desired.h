/* What is desired: one container a name, from whatever source stated it first, and what the
 * configuration says of how that is brought about. */
#ifndef KD_PLAN_DESIRED_H
#define KD_PLAN_DESIRED_H

#include "base/index.h"
#include "model/digest.h"
#include "proto/containers.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Another manifest for a name that was taken already: it is not applied. */
struct desired_claim {
    char *source;
    char *key;
    char *origin;
};

struct desired {
    Kanto__Container *container; /* owned; name set, id NULL unless the manifest names one */
    struct digest digest;
    char *source; /* [source NAME], or the folder's path */
    char *key;    /* the item's key in its source */
    char *origin; /* the file */
    struct desired_claim *claims;
    size_t claim_count, claim_capacity;
    /* Why this manifest changes nothing that is there (where nothing is, it is created), or NULL:
     * its own source has two files that have the name, be the other one invalid, refused or not
     * readable. "FILE1 and FILE2 both name it". Owned. */
    char *contested;

    /* desired_add leaves these zero. */
    int64_t soak_ms;  /* how long a new one must run before the old one is removed; 0: off */
    bool start_first; /* a new one starts before the old one stops; else it is only created */
    bool critical;
    char *restart_with; /* name of another one whose replacement restarts this one, or NULL */
    char **after;       /* names that it waits for; desired or not */
    size_t after_count;
};

/* One source of the desired set: whether it may say, by silence, that a container is to go. */
struct desired_source {
    char *name;         /* as in desired.source */
    char *renamed_from; /* the name it had before: what that one owned is its own; or NULL */
    bool prune;         /* the configuration's word */
    size_t prune_limit;
    bool prune_empty;
    bool whole;   /* its set is complete, and nothing of it was wrong, refused, or there twice:
                     what is not in it is not desired */
    size_t items; /* manifests in it that are applied, or would be but for another source's claim;
                     0: it is empty, and removes something only with prune_empty */
};

struct desired_set {
    struct desired *items;
    size_t count;
    size_t capacity;
    struct desired_source *sources; /* in the order of the configuration */
    size_t source_count, source_capacity;
    bool partial; /* the sources are not those of the conf: what they do not name is not orphaned */
    struct index names; /* of the items: their places */
};

/* Adds a copy of the container. The first one of a name wins; a later one is not added but kept
 * among the winner's claims, and the winner's index comes back in *ret_first (may be NULL). A second one of the same
 * source contests it. Returns whether it was added. */
bool desired_add(struct desired_set *desired_set, const Kanto__Container *container,
    const char *source, const char *key, const char *origin, size_t *ret_first);

/* The desired one of that name, or NULL. */
const struct desired *desired_find(const struct desired_set *desired_set, const char *name);

/* The same, to be filled further: all but name, source, key and origin. */
struct desired *desired_change(struct desired_set *desired_set, const char *name);

/* A copy of the name; the rest is zero. The pointer lives until the next one is added. */
struct desired_source *desired_add_source(struct desired_set *desired_set, const char *name);

/* That file (of the same source) has the name too: fills `contested`, where it is not yet. */
void desired_contest(struct desired *desired, const char *origin);

/* The source that has this name, or had it (renamed_from); NULL: none. `desired_set` may be NULL. */
const struct desired_source *desired_source_of(
    const struct desired_set *desired_set, const char *name);

void desired_finish(struct desired_set *desired_set);

#endif
