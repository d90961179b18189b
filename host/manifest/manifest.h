/* Manifests: bytes → containers with diagnostics, and containers → JSON, in both of kanto-cm's
 * dialects. */
#ifndef KD_MANIFEST_MANIFEST_H
#define KD_MANIFEST_MANIFEST_H

#include "base/text.h"
#include "manifest/diagnostic.h"
#include "model/field.h"
#include "model/permit.h"
#include "proto/containers.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct document;

struct manifest_limits {
    size_t bytes;   /* of one file */
    size_t nesting; /* levels of objects and arrays */
    size_t items;   /* manifests in one file's array */
};
extern const struct manifest_limits manifest_default_limits; /* 1 MiB, 32, 1024 */

struct manifest {
    /* As written; name always set, id NULL where it was absent or "". Result fields (state,
     * created, …) are there as far as they could be read, and are no part of what is desired. */
    Kanto__Container *container;
    enum dialect dialect;
    bool valid;   /* false: there is at least one error about it; never deploy it */
    bool refused; /* for whoever checks what it is granted: neither deploy this one */

    struct document *document; /* where it stands; lives as long as its struct manifests */
    uint32_t root;             /* its object in there */
};

struct manifests {
    struct manifest *items;
    size_t count;
    size_t capacity;
    struct document **documents;
    size_t document_count;
    size_t document_capacity;
};

/* Parses one file: an object, or an array of objects. `key` is the item's key (a file name): its
 * stem is the name of a manifest that has none; an array's nameless members after the first such
 * are errors. `origin` is what diagnostics call the file. Adds to *manifests and *diagnostics (all
 * mistakes, not just the first, in the order of the file; the model's container_check is among
 * them). A file that is no JSON has one diagnostic and no manifest. Returns 0 when every manifest
 * in it is valid, negative otherwise; the valid ones are there all the same. */
int manifest_parse(const char *key, const char *origin, const char *bytes, size_t length,
    const struct manifest_limits *limits, struct manifests *manifests,
    struct diagnostics *diagnostics);

/* What this machine lacks for the manifest (mount sources, devices; model/check.h), with positions.
 * Adds to *diagnostics, in order among those about the same file that are last in there. `valid`
 * stays as it is: a source may appear before the container starts. */
void manifest_check_host(const struct manifest *manifest, struct diagnostics *diagnostics);

/* What the manifest asks for and its source was not granted (model/permit.h), as errors with their
 * positions, sorted as above. Negative when there is one: never deploy it. */
int manifest_check_permit(
    const struct manifest *manifest, const struct permit *permit, struct diagnostics *diagnostics);

void manifests_finish(struct manifests *manifests);

/* JSON text of a container in a dialect, for people: two blanks a level, fields in the order of the
 * proto, what is absent left out. Ends with a newline. */
void manifest_print(const Kanto__Container *container, enum dialect dialect, struct text *out);

#endif
