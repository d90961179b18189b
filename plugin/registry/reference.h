/* What an artifact is called: oci://HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST]. The grammar is
 * that of the OCI distribution specification 1.1 ("Pulling manifests"). */
#ifndef KD_REGISTRY_REFERENCE_H
#define KD_REGISTRY_REFERENCE_H

#include "base/error.h"
#include "bundle/sha256.h"

#include <stddef.h>

struct reference {
    char host[256]; /* with its port */
    char repository[256];
    char tag[129];            /* "latest" where neither tag nor digest is given */
    char digest[SHA256_TEXT]; /* "": by the tag. A digest wins over a tag */
};

int reference_parse(const char *text, struct reference *ret_reference, struct error *err);

/* The tag or the digest: what is asked for. */
const char *reference_name(const struct reference *reference);

#endif
