/* One request on the wire, with the redirects that it is sent on by. Private to the room. */
#ifndef KD_HTTP_TRANSFER_H
#define KD_HTTP_TRANSFER_H

#include "http/header.h"
#include "http/http.h"

#include <curl/curl.h>

#define TRANSFER_URL_MAX 4096

struct transfer {
    struct http *http;
    const struct http_request *request;
    struct http_response *response; /* an earlier attempt's bytes are in it when resuming */
    size_t capacity;                /* of response->bytes */
    size_t resumed;                 /* the answer begins here; 0: at its beginning */
    uint64_t total;                 /* bytes of the whole file, as the server said; 0: it did not */
    char url[TRANSFER_URL_MAX];     /* of the request on the wire: the last redirect's */
    struct header header;           /* of its answer */
    bool begun;                     /* the first byte of a body came */
    bool passed_over;               /* the body is of no use */
    bool refused;                   /* http->err says why it was broken off */
    bool unusable;                  /* the same of the answer to a resumed request: what there is
                                       of the file is worth nothing */
    char words[CURL_ERROR_SIZE];    /* libcurl's */
};

/* Performs it. What there was of an answer is in response. */
CURLcode transfer_perform(struct transfer *transfer);

/* part.c: whether the 206 that begins is the rest of what the response has: the same file, from
 * transfer->resumed on. Else -1, and unusable. */
int transfer_check_part(struct transfer *transfer);

/* Breaks it off with a sentence: refused. */
void transfer_refuse(struct transfer *transfer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Why it failed, as a sentence, into http->err. */
void transfer_explain(struct transfer *transfer, CURLcode code);
/* The request's URL and who answered it, for messages. */
void transfer_where(const struct transfer *transfer, char *text, size_t size);
/* There is no way to the host; or the host's certificate is not valid yet. */
bool transfer_is_cut_off(const struct transfer *transfer, CURLcode code);
bool transfer_clock_is_behind(const struct transfer *transfer, CURLcode code);

#endif
