/* One request on the wire. Private to the room. */
#ifndef KD_HTTP_TRANSFER_H
#define KD_HTTP_TRANSFER_H

#include "http/http.h"

#include <curl/curl.h>

struct transfer {
    struct http *http;
    const struct http_request *request;
    struct http_response *response; /* an earlier attempt's bytes are in it when resuming */
    size_t capacity;                /* of response->bytes */
    size_t resumed;                 /* the answer begins here; 0: at its beginning */
    unsigned long long total;       /* of a resumed one, when the server sent it; else 0 */
    bool begun;                     /* the first byte of a body came */
    bool passed_over;               /* the body is of no use */
    bool refused;                   /* http->err says why it was broken off */
    char words[CURL_ERROR_SIZE];    /* libcurl's */
};

/* Performs it. What there was of an answer is in response. */
CURLcode transfer_perform(struct transfer *transfer);

/* Why it failed, as a sentence, into http->err. */
void transfer_explain(struct transfer *transfer, CURLcode code);

#endif
