#include "http/transfer.h"

#include "base/clock.h"
#include "http/copy.h"
#include "http/redirect.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define ERROR_BODY_MAX ((curl_off_t)64 << 10)
#define AGENT          "kanto-deployer"

void transfer_refuse(struct transfer *transfer, const char *format, ...)
{
    struct http *http = transfer->http;
    char where[1024];
    va_list args;
    transfer_where(transfer, where, sizeof(where));
    va_start(args, format);
    error_setv(&http->err, ERROR_FAILED, format, args);
    va_end(args);
    error_wrap(&http->err, "%s", where);
    transfer->refused = true;
}

static long status_of(const struct transfer *transfer)
{
    long status = 0;
    curl_easy_getinfo(transfer->http->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* The status and all header fields are there. */
static int begin_body(struct transfer *transfer)
{
    long status = status_of(transfer);
    transfer->begun = true;
    bool rest = status == 206 && transfer->resumed; /* else nobody asked for a part */
    transfer->passed_over = status != 200 && !rest;
    if (rest)
        return transfer_check_part(transfer);
    if (status == 200)
        transfer->response->length = 0; /* it is all of it, whatever was asked for */
    return 0;
}

static int make_room(struct transfer *transfer, size_t more)
{
    struct http_response *response = transfer->response;
    size_t needed = response->length + more + 1;
    if (needed <= transfer->capacity)
        return 0;
    size_t capacity = transfer->capacity ? transfer->capacity : 16384;
    while (capacity < needed)
        capacity *= 2;
    unsigned char *bytes = realloc(response->bytes, capacity);
    if (!bytes) {
        transfer_refuse(transfer, "no memory for %zu bytes", capacity);
        return -1;
    }
    response->bytes = bytes;
    transfer->capacity = capacity;
    return 0;
}

static size_t take_body(char *bytes, size_t one, size_t count, void *ctx)
{
    struct transfer *transfer = ctx;
    struct http_response *response = transfer->response;
    size_t length = one * count;
    if (!transfer->begun && begin_body(transfer) < 0)
        return CURL_WRITEFUNC_ERROR;
    if (transfer->passed_over)
        return length;
    if (length > transfer->request->max_bytes - response->length) {
        transfer_refuse(transfer, "found more than %" PRIu64 " bytes, expected no more (%s)",
            transfer->request->max_bytes, transfer->request->limit);
        return CURL_WRITEFUNC_ERROR;
    }
    if (make_room(transfer, length) < 0)
        return CURL_WRITEFUNC_ERROR;
    memcpy(response->bytes + response->length, bytes, length);
    response->length += length;
    response->bytes[response->length] = '\0';
    return length;
}

static size_t take_header(char *line, size_t one, size_t count, void *ctx)
{
    struct transfer *transfer = ctx;
    /* behind a body there are trailers, which are no part of the header */
    if (transfer->begun || header_take(&transfer->header, line, one * count) == 0)
        return one * count;
    transfer_refuse(
        transfer, "found more than %zu bytes of header fields, expected less", HEADER_BYTES_MAX);
    return 0;
}

static int look_on(
    void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
    const struct transfer *transfer = ctx;
    const struct kd_host *host = transfer->http->host;
    (void)total;
    (void)up_total;
    (void)up_now;
    if (transfer->passed_over && now > ERROR_BODY_MAX)
        return 1; /* the status says enough */
    return host->cancelled(host->ctx) != 0;
}

static void set_blob(CURL *easy, CURLoption option, const struct http_blob *from)
{
    struct curl_blob blob = {.data = from->bytes, .len = from->length, .flags = CURL_BLOB_NOCOPY};
    if (from->bytes)
        curl_easy_setopt(easy, option, &blob);
}

/* The device's certificate is for the URL's own host, as its token is. */
static void set_identity(CURL *easy, const struct http_settings *settings)
{
    set_blob(easy, CURLOPT_SSLCERT_BLOB, &settings->client_certificate);
    /* the key may lie in the certificate's file */
    set_blob(easy, CURLOPT_SSLKEY_BLOB,
        settings->client_key.bytes ? &settings->client_key : &settings->client_certificate);
    if (settings->client_key_password)
        curl_easy_setopt(easy, CURLOPT_KEYPASSWD, settings->client_key_password);
}

static void set_trust(CURL *easy, const struct http_settings *settings)
{
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (settings->ca.bytes) { /* instead of the system's, not beside them */
        curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
        set_blob(easy, CURLOPT_CAINFO_BLOB, &settings->ca);
    }
}

static void set_way(CURL *easy, const struct http_settings *settings)
{
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, settings->accept_http ? "http,https" : "https");
    curl_easy_setopt(
        easy, CURLOPT_FOLLOWLOCATION, 0L); /* redirect.c does, and drops what it must */
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    /* "" keeps the environment's proxies out. */
    curl_easy_setopt(easy, CURLOPT_PROXY, settings->proxy ? settings->proxy : "");
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (settings->no_proxy)
        curl_easy_setopt(easy, CURLOPT_NOPROXY, settings->no_proxy);
    if (settings->proxy_credentials)
        curl_easy_setopt(easy, CURLOPT_PROXYUSERPWD, settings->proxy_credentials);
}

static void set_bounds(CURL *easy, const struct transfer *transfer)
{
    const struct http_settings *settings = transfer->http->settings;
    int64_t left = transfer->http->until_ms - clock_now_ms();
    /* Not CURLOPT_NOSIGNAL: libcurl then leaves SIGPIPE alone, and a peer that is gone while TLS
     * says goodbye would end the process. Its threaded resolver needs no signals for timeouts. */
    /* A name service that does not answer must not hold up the end: its thread is left to itself.
     */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)settings->connect_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(left > 1 ? left : 1));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)settings->min_speed);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)(settings->min_speed_time_ms / 1000));
    /* Of a whole file, which may come in place of the rest; take_body counts what does. */
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)transfer->request->max_bytes);
}

static void set_authorization(CURL *easy, const struct http_request *request)
{
    if (request->bearer) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, request->bearer);
    } else if (request->credentials) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(easy, CURLOPT_USERPWD, request->credentials);
    }
}

static void add_field(struct curl_slist **fields, const char *name, const char *value)
{
    char line[512];
    if (!value || !*value)
        return;
    if (snprintf(line, sizeof(line), "%s: %s", name, value) >= (int)sizeof(line))
        return;
    struct curl_slist *longer = curl_slist_append(*fields, line);
    if (longer) /* else one field less: a condition, at worst all of it comes again */
        *fields = longer;
}

static struct curl_slist *set_fields(CURL *easy, struct transfer *transfer)
{
    const struct http_request *request = transfer->request;
    const struct http_response *response = transfer->response;
    struct curl_slist *fields = NULL;
    char range[32];
    add_field(&fields, "Accept", request->accept);
    /* Lengths, parts and digests are those of the file, not of what a server makes of it. */
    add_field(&fields, "Accept-Encoding", "identity");
    if (transfer->resumed) {
        snprintf(range, sizeof(range), "%zu-", transfer->resumed);
        curl_easy_setopt(easy, CURLOPT_RANGE, range);
        add_field(&fields, "If-Range", *response->etag ? response->etag : response->last_modified);
    } else {
        add_field(&fields, "If-None-Match", request->etag);
        add_field(&fields, "If-Modified-Since", request->last_modified);
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields);
    return fields;
}

static bool is_given(const char *text)
{
    return text && *text;
}

static void read_answer(struct transfer *transfer)
{
    struct http_response *response = transfer->response;
    const struct header *header = &transfer->header;
    curl_off_t length = -1;
    response->status = status_of(transfer);
    response->asked = !transfer->resumed && (is_given(transfer->request->etag) ||
                                                is_given(transfer->request->last_modified));
    transfer->http->retry_after_ms = header_retry_after_ms(header, time(NULL));
    copy_text(response->challenge, sizeof(response->challenge), header->challenge);
    if (response->status != 200) /* a 206 is the rest of what is described already */
        return;
    curl_easy_getinfo(transfer->http->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    transfer->total = length > 0 ? (uint64_t)length : 0;
    copy_text(response->etag, sizeof(response->etag), header->torn ? "" : header->etag);
    copy_text(response->last_modified, sizeof(response->last_modified),
        header->torn ? "" : header->last_modified);
    copy_text(response->digest, sizeof(response->digest), header->digest);
    copy_text(response->encoding, sizeof(response->encoding),
        strcasecmp(header->encoding, "identity") == 0 ? "" : header->encoding);
}

/* What libcurl takes for a good end may still not be all of it. */
static CURLcode check_end(struct transfer *transfer, CURLcode code)
{
    struct http_response *response = transfer->response;
    if (response->status == 416 && transfer->resumed) {
        transfer_refuse(transfer,
            "asked for the bytes from %zu on, and was told 416 Range Not "
            "Satisfiable",
            transfer->resumed);
        transfer->unusable = true;
        return CURLE_WRITE_ERROR;
    }
    if (transfer->passed_over)
        return CURLE_OK; /* of an answer that is none only the status matters */
    if (code != CURLE_OK || transfer->request->head)
        return code;
    if (!transfer->begun && (response->status == 200 || response->status == 206) &&
        begin_body(transfer) < 0)
        return CURLE_WRITE_ERROR;
    if (response->status == 206 && transfer->total && response->length != transfer->total)
        return CURLE_PARTIAL_FILE;
    return code;
}

static void count(struct http *http)
{
    long request = 0, header = 0;
    curl_off_t body = 0;
    curl_easy_getinfo(http->easy, CURLINFO_REQUEST_SIZE, &request);
    curl_easy_getinfo(http->easy, CURLINFO_HEADER_SIZE, &header);
    curl_easy_getinfo(http->easy, CURLINFO_SIZE_DOWNLOAD_T, &body);
    http->requests++;
    http->sent += (uint64_t)request;
    http->received += (uint64_t)header + (uint64_t)body;
}

/* A handle for each request, over the connections of all: one that is used again still points at the
 * header fields of the answer before, which are freed, and an answer that begins with a folded line
 * makes it write there (libcurl before 8.1.1). */
static CURL *renew(struct http *http)
{
    curl_easy_cleanup(http->easy);
    http->easy = curl_easy_init();
    if (http->easy)
        curl_easy_setopt(http->easy, CURLOPT_SHARE, http->share);
    return http->easy;
}

static void set_hooks(CURL *easy, struct transfer *transfer)
{
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->words);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, look_on);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, transfer);
}

/* To transfer->url, as it is. */
static CURLcode perform_one(struct transfer *transfer)
{
    CURL *easy = renew(transfer->http);
    const struct http_settings *settings = transfer->http->settings;
    if (!easy)
        return CURLE_OUT_OF_MEMORY;
    transfer->begun = transfer->passed_over = false;
    transfer->header = (struct header){0};
    transfer->words[0] = '\0';
    curl_easy_setopt(easy, CURLOPT_URL, transfer->url);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, AGENT);
    curl_easy_setopt(easy, CURLOPT_NOBODY, transfer->request->head ? 1L : 0L);
    set_hooks(easy, transfer);
    set_trust(easy, settings);
    set_way(easy, settings);
    set_bounds(easy, transfer);
    if (!transfer->response->elsewhere) {
        set_authorization(easy, transfer->request);
        if (!transfer->request->stranger)
            set_identity(easy, settings);
    }
    struct curl_slist *fields = set_fields(easy, transfer);
    CURLcode code = curl_easy_perform(easy);
    read_answer(transfer);
    count(transfer->http);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
    curl_slist_free_all(fields);
    return check_end(transfer, code);
}

CURLcode transfer_perform(struct transfer *transfer)
{
    struct http_response *response = transfer->response;
    int64_t left = transfer->http->settings->redirects;
    response->elsewhere = false;
    response->from[0] = '\0';
    transfer->refused = transfer->unusable = false;
    if (!copy_text(transfer->url, sizeof(transfer->url), transfer->request->url))
        return CURLE_URL_MALFORMAT;
    for (;;) {
        CURLcode code = perform_one(transfer);
        if (code != CURLE_OK || !redirect_is(transfer))
            return code;
        if (left-- <= 0)
            return CURLE_TOO_MANY_REDIRECTS;
        if (redirect_follow(transfer) < 0)
            return CURLE_WRITE_ERROR;
    }
}
