/* HTTP for the sources that fetch: requests over libcurl, each bounded in time and bytes. An answer
 * is kept in memory whole. Interrupted downloads are taken up where the server's validators allow
 * (RFC 9110, 13.1.5 and 14.2), and where what then comes is the rest of the same file; else they are
 * begun again. One thread.
 *
 * What proves this device (token, password, client certificate) goes to the scheme, host and port of
 * a request's own URL. A redirect that leads elsewhere loses it, for all that follows. */
#ifndef KD_HTTP_HTTP_H
#define KD_HTTP_HTTP_H

#include "http/settings.h"

#include <kanto-deployer/source.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Requests of one reconcile: they share connections, the time that is left, and what was counted.
 */
struct http {
    const struct kd_host *host;
    const struct http_settings *settings;
    void *easy;  /* CURL, of the request that was sent last; NULL: none */
    void *share; /* CURLSH: what the requests have in common */
    int64_t until_ms;
    bool patient;     /* nothing is kept: no network, or a clock that is behind, is a reason to
                         wait, within total_timeout */
    struct error err; /* why http_send failed */
    int64_t retry_after_ms; /* what the last answer of http_send asked for; -1: nothing */
    /* what was done so far, for people; bytes without those of TLS and TCP */
    unsigned requests;
    uint64_t sent, received;
};

struct http_request {
    const char *url;
    bool head;               /* HEAD: headers only */
    const char *accept;      /* NULL: anything */
    const char *bearer;      /* a token; NULL: none */
    const char *credentials; /* USER:PASSWORD for Basic; NULL: none */
    bool stranger;           /* the conf trusts this host with nothing: no client certificate */
    const char *etag;        /* ask whether it is still so; NULL or "": no */
    const char *last_modified;
    bool by_digest; /* the caller knows what the bytes must be: they are taken up without validators
                     */
    uint64_t max_bytes;
    const char *limit; /* the setting that max_bytes comes from, for the message */
};

/* Header fields that are longer than there is room are left out. */
struct http_response {
    long status;
    unsigned char *bytes; /* of a 200; a zero byte is behind them */
    size_t length;
    char etag[256], last_modified[64];
    char digest[128];     /* Docker-Content-Digest */
    char encoding[64];    /* Content-Encoding, which nobody asked for; "": none, or "identity" */
    char challenge[2048]; /* WWW-Authenticate, all of them, joined by ", " */
    bool asked;           /* whether it is still so, by etag or last_modified: a 304 is an answer */
    bool elsewhere; /* another host answered, after a redirect: what it asks for is not given */
    char from[512]; /* who did, for messages; "": the request's URL */
};

/* 0, or -1 with err set: no memory. */
int http_begin(struct http *http, const struct kd_host *host, const struct http_settings *settings,
    bool patient);
void http_end(struct http *http);

/* 0: there is an answer, of any status (206 is made a 200). -1: there is none, and err says
 * why. What may pass is tried again, `attempts` times in all, as long as there is time. */
int http_send(
    struct http *http, const struct http_request *request, struct http_response *ret_response);
void http_response_finish(struct http_response *response);

/* For messages about its bytes: "", or that it came with a Content-Encoding. */
const char *http_encoding_hint(const struct http_response *response, char *text, size_t size);

/* "found 404 Not Found, expected 200" into err. Returns -1. */
int http_refuse_status(struct http *http, const char *url, const struct http_response *response);

#endif
