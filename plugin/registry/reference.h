/* What an artifact is called: oci://HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST]. The grammar is
 * that of the OCI distribution specification 1.1 ("Pulling manifests"). */
#ifndef KD_REGISTRY_REFERENCE_H
#define KD_REGISTRY_REFERENCE_H

#include "bundle/sha256.h"

#include <stddef.h>

struct reference {
    char host[256]; /* with its port */
    char repository[256];
    char tag[129];            /* "latest" where neither tag nor digest is given */
    char digest[SHA256_TEXT]; /* "": by the tag. A digest wins over a tag */
};

/* 0, or -1 and a sentence. */
int reference_parse(const char *text, struct reference *ret_reference, char *sentence, size_t size);

/* The tag or the digest: what is asked for. */
const char *reference_name(const struct reference *reference);

#endif
