/* WWW-Authenticate of a registry: which token to fetch, and where (the token authentication of the
 * "distribution" project, RFC 6750 and RFC 9110, 11.6.1). */
#ifndef KD_REGISTRY_CHALLENGE_H
#define KD_REGISTRY_CHALLENGE_H

#include <stdbool.h>
#include <stddef.h>

struct challenge {
    bool basic;
    bool bearer;
    char realm[1024], service[256], scope[512]; /* of Bearer; "": not given */
};

/* Takes the first Bearer and the first Basic of all challenges in the field's value; what is too
 * long or makes no sense is left out. */
void challenge_parse(const char *value, struct challenge *ret_challenge);

/* The token in a token service's answer, {"token": …} or {"access_token": …}. -1: there is none that
 * can be part of a header line, or it has no room. */
int challenge_token(const void *bytes, size_t length, char *token, size_t size);

#endif
