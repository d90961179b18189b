/* HTTP for the sources that fetch: requests over libcurl, each bounded in time and bytes. An answer
 * is kept in memory whole. Interrupted downloads are taken up where the server's validators allow
 * (RFC 9110, 13.1.5 and 14.2), else begun again. One thread. */
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
    bool patient;     /* nothing is kept: no network is a reason to wait, within
                                      attempts and total_timeout */
    struct error err; /* why http_send failed */
    /* what was done so far, for people; bytes without those of TLS and TCP */
    unsigned requests;
    uint64_t sent, received;
};

struct http_request {
    const char *url;
    bool head;               /* HEAD: headers only */
    const char *accept;      /* NULL: anything */
    const char *bearer;      /* a token; NULL: none. Never sent to another host on a redirect */
    const char *credentials; /* USER:PASSWORD for Basic; NULL: none. The same */
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
    char etag[256], last_modified[64], type[128];
    char digest[128];       /* Docker-Content-Digest */
    char challenge[2048];   /* WWW-Authenticate, all of them, joined by ", " */
    int64_t retry_after_ms; /* -1: the server said nothing */
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

/* "found 404 Not Found, expected 200" into err. Returns -1. */
int http_refuse_status(struct http *http, const char *url, const struct http_response *response);

#endif
