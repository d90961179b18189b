/* What a look at all sources gave: the desired set, what became of each source, which manifests are
 * not applied, and what is to be reported about it. */
#ifndef KD_GATHER_GATHERED_H
#define KD_GATHER_GATHERED_H

#include "gather/findings.h"
#include "plan/desired.h"
#include "source/source.h"

#include <stddef.h>
#include <stdint.h>

/* How a source did, in words. All strings are owned. */
struct gathered_source {
    char *name;
    char *plugin; /* path of its .so */
    char *result; /* complete, unchanged, retry, fatal */
    char *reason; /* why not complete, or NULL */
    char *serves; /* where its items come from: nothing, fresh, unchanged, kept */
    char *age;    /* of a kept set, or NULL */
    size_t items, faults;
    int64_t elapsed_ms;
};

/* A manifest that is not applied: invalid, or refused for what its source was not granted. It holds
 * its name: its source is not whole. All strings are owned. */
struct rejected {
    char *source;
    char *key;    /* the item's key in its source */
    char *origin; /* the file */
    char *name;   /* the container's, or NULL where that could not be read */
    char *text;   /* the first error */
    bool refused; /* it is valid: a grant is missing */
};

/* Zero-initialised is empty. */
struct gathered {
    struct desired_set desired;
    struct gathered_source *sources; /* in the order of the configuration */
    size_t source_count, source_capacity;
    struct rejected *rejected; /* in the order of sources and items */
    size_t rejected_count, rejected_capacity;
    struct gather_findings findings;
};

/* Adds how the source did, and findings for what it logged, could not read, or failed at. Copies all
 * it needs. */
void gathered_add_source(
    struct gathered *gathered, const struct source_options *options, const struct source_set *set);

/* Adds one; copies of the strings. */
struct rejected *gathered_reject(struct gathered *gathered, const struct rejected *rejected);

void gathered_finish(struct gathered *gathered);

#endif
