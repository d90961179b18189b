/* One reconcile of the registry source. */
#ifndef KD_REGISTRY_PULL_H
#define KD_REGISTRY_PULL_H

#include "http/source.h"
#include "registry/oci.h"
#include "registry/reference.h"
#include "registry/session.h"

struct registry {
    struct http_source source;
    struct reference reference;
    char *url;
    char *platform;   /* NULL: this machine's */
    char *auth_hosts; /* NULL: none */
};

/* Asks which digest the tag has now; the same as before: KD_UNCHANGED. Else fetches and states what
 * the artifact holds. Returns what reconcile returns. */
int32_t registry_pull(
    const struct registry *registry, const struct kd_have *have, struct kd_out *out);

/* layer.c: fetches the layers, checks each against size and digest, and states them. Returns what
 * reconcile returns; next_ms was called where it is KD_RETRY. */
int32_t registry_layers(const struct registry *registry, struct session *session,
    const struct oci_manifest *manifest, struct bundle_state *state, struct kd_out *out);

/* Says "URL: SENTENCE" as an error, and asks to be called again later. KD_RETRY. */
int32_t registry_refuse(const struct registry *registry, struct session *session,
    const struct session_request *request, struct kd_out *out, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
