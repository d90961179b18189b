/* What an artifact is called: oci://HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST]. The grammar is
 * that of the OCI distribution specification 1.1 ("Pulling manifests"). */
#ifndef KD_REGISTRY_REFERENCE_H
#define KD_REGISTRY_REFERENCE_H

#include "base/error.h"
#include "bundle/sha256.h"

#include <stdbool.h>
#include <stddef.h>

struct reference {
    char host[256]; /* with its port */
    char repository[256];
    char tag[129];            /* "latest" where neither tag nor digest is given */
    char digest[SHA256_TEXT]; /* "": by the tag. A digest wins over a tag */
};

/* An error shows nothing of a text that has a user, and perhaps a password, in it. */
int reference_parse(const char *text, struct reference *ret_reference, struct error *err);

/* The tag or the digest: what is asked for. */
const char *reference_name(const struct reference *reference);

/* Whether it is HOST or HOST:PORT. */
bool reference_is_host(const char *text);

/* Where it is known that this registry has its tokens, without a word of its own: HOST, or "". */
const char *reference_auth_host(const struct reference *reference);

#endif
