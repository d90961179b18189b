/* Requests to one repository of a registry, with the authentication that it asks for. */
#ifndef KD_REGISTRY_SESSION_H
#define KD_REGISTRY_SESSION_H

#include "http/http.h"
#include "registry/reference.h"

struct session {
    struct http *http;
    const struct reference *reference;
    const char *auth_hosts;          /* where else tokens may come from; NULL: nowhere */
    char token[HTTP_SECRET_MAX + 1]; /* ""; or what Bearer takes */
    bool basic;                      /* the registry takes the credentials themselves */
};

enum session_part { SESSION_MANIFEST, SESSION_BLOB };

struct session_request {
    enum session_part part;
    const char *name; /* a tag or a digest */
    bool head;
    const char *accept; /* media types; NULL: anything */
    uint64_t max_bytes;
    const char *limit; /* where max_bytes comes from */
};

/* 0, and an answer of any status; -1, and http->err. A 401 of the registry itself is answered by
 * fetching a token, or with the credentials, once; that of a host behind a redirect is not. */
int session_send(struct session *session, const struct session_request *request,
    struct http_response *ret_response);

/* The URL of a request, for messages. */
void session_url(
    const struct session *session, const struct session_request *request, char *url, size_t size);

#endif
