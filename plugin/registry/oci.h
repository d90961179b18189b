/* OCI image manifests and indexes (image specification 1.1), and Docker's of schema 2, which are
 * the same but for their media types. Bytes of a registry: bounded, and never believed. */
#ifndef KD_REGISTRY_OCI_H
#define KD_REGISTRY_OCI_H

#include "base/error.h"
#include "bundle/sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OCI_BYTES_MAX   ((uint64_t)4 << 20) /* as the distribution specification advises */
#define OCI_ENTRIES_MAX 1000

/* What both are asked for by, for Accept. */
extern const char oci_accept[];

struct oci_descriptor {
    char type[128]; /* media type; "": none, or a longer one */
    char digest[SHA256_TEXT];
    uint64_t size;
    char title[256];    /* annotation org.opencontainers.image.title; "": none */
    char platform[128]; /* os/architecture[/variant], of an index's entry; "": none */
};

struct oci_manifest {
    bool index;
    struct oci_descriptor *entries; /* layers, or manifests of the index */
    size_t count;
};

int oci_parse(
    const void *bytes, size_t length, struct oci_manifest *ret_manifest, struct error *err);
void oci_finish(struct oci_manifest *manifest);

/* The entry of an index for a platform (os/architecture, or with the variant), else the first that
 * is for any; NULL: there is none. */
const struct oci_descriptor *oci_choose(const struct oci_manifest *index, const char *platform);

/* The platform of this machine, as an index calls it. */
const char *oci_this_platform(void);

#endif
