/* One reconcile of the cloud source. */
#ifndef KD_CLOUD_FETCH_H
#define KD_CLOUD_FETCH_H

#include "http/source.h"

struct cloud {
    struct http_source source;
    char *url;
    char *signature; /* NULL: none */
};

/* Asks the server whether what is kept is still right, else fetches and states it. Returns what
 * reconcile returns. */
int32_t cloud_fetch(const struct cloud *cloud, const struct kd_have *have, struct kd_out *out);

#endif
