/* Registries that do not answer as they should, and what the daemon says of each: as recorded on
 * the running one, which asks HEAD for the manifest first. */
#ifndef KD_SIM_REGISTRY_H
#define KD_SIM_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct registry;

struct registries {
    struct registry *list;
    size_t count, capacity;
};

/* Why an image cannot be had. */
struct refusal {
    char *message; /* free() it; NULL: it can */
    int status;    /* gRPC */
    int64_t after_ms;
    bool stays; /* what came in the image's place is in the store from now on */
};

/* HOST=ANSWER, HOST being what stands before the first / of a reference, ANSWER one of
 *
 *     ok                        it is well again
 *     401 403 404 429 500 502 503 504
 *     eof reset refused timeout the connection's end
 *     dns                       no such host
 *     x509                      the clock stands before the certificate
 *     login                     a login page in place of the token
 *     html                      a login page in place of all: it stays
 *
 * Negative: it is not of that form. */
int registries_set(struct registries *registries, const char *text);
void registries_finish(struct registries *registries);

struct refusal registries_ask(const struct registries *registries, const char *reference);

#endif
