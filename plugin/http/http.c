#include "http/http.h"

#include "base/clock.h"
#include "bundle/log.h"
#include "http/pace.h"
#include "http/transfer.h"
#include "http/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Other flavours take no certificates as bytes, and some pass them over without a word. */
static bool takes_blobs(const struct http_settings *settings)
{
    const char *tls = curl_version_info(CURLVERSION_NOW)->ssl_version;
    return (!settings->ca.bytes && !settings->client_certificate.bytes) ||
           (tls && (strstr(tls, "OpenSSL") || strstr(tls, "LibreSSL") || strstr(tls, "BoringSSL")));
}

/* One thread: no locks. */
static CURLSH *share_connections(void)
{
    CURLSH *share = curl_share_init();
    if (share && curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) == CURLSHE_OK &&
        curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS) == CURLSHE_OK &&
        curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK)
        return share;
    curl_share_cleanup(share);
    return NULL;
}

int http_begin(struct http *http, const struct kd_host *host, const struct http_settings *settings,
    bool patient)
{
    *http = (struct http){.host = host, .settings = settings, .patient = patient};
    http->until_ms = clock_now_ms() + settings->total_timeout_ms;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(&http->err, ERROR_FAILED, "libcurl cannot start");
    if (!takes_blobs(settings))
        error_set(&http->err, ERROR_FAILED,
            "found libcurl without OpenSSL, which ca and client_certificate need");
    else if ((http->share = share_connections()))
        return 0;
    else
        error_set(&http->err, ERROR_FAILED, "no memory for a request");
    curl_global_cleanup();
    return -1;
}

void http_end(struct http *http)
{
    curl_easy_cleanup(http->easy);
    curl_share_cleanup(http->share);
    curl_global_cleanup();
    http->easy = http->share = NULL;
}

void http_response_finish(struct http_response *response)
{
    free(response->bytes);
    *response = (struct http_response){0};
}

/* What another attempt may mend: the server or the way to it stumbled. Not: what this device or the
 * conf decides (certificates, limits, redirects). */
static bool may_pass(const struct transfer *transfer, CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        break;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
        return transfer->http->patient;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_HTTP3:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_OPERATION_TIMEDOUT:
        return true;
    default:
        return false;
    }
    long status = transfer->response->status;
    return status == 408 || status == 429 || status == 500 || (status >= 502 && status <= 504);
}

/* How long before the next attempt; -1: there is no use, or no time. */
static int64_t next_attempt(const struct transfer *transfer, CURLcode code, unsigned attempt)
{
    const struct http *http = transfer->http;
    if (attempt >= (unsigned)http->settings->attempts || !may_pass(transfer, code))
        return -1;
    int64_t delay = pace_attempt_ms(attempt);
    if (code == CURLE_OK && transfer->response->retry_after_ms > delay)
        delay = transfer->response->retry_after_ms;
    return clock_now_ms() + delay < http->until_ms ? delay : -1;
}

/* How much of what came can be built on. A weak ETag says nothing about bytes (RFC 9110, 8.8.1). */
static size_t keeps(const struct http_request *request, const struct http_response *response)
{
    if (request->by_digest)
        return response->length;
    bool strong = *response->etag && strncmp(response->etag, "W/", 2) != 0;
    return strong || (!*response->etag && *response->last_modified) ? response->length : 0;
}

static void log_attempt(struct transfer *transfer, CURLcode code, int64_t delay)
{
    if (code == CURLE_OK)
        http_refuse_status(transfer->http, transfer->request->url, transfer->response);
    else
        transfer_explain(transfer, code);
    bundle_log(transfer->http->host, KD_LOG_INFO, "%.900s; again in %lld ms%s",
        transfer->http->err.text, (long long)delay, transfer->resumed ? ", from there on" : "");
}

int http_send(
    struct http *http, const struct http_request *request, struct http_response *ret_response)
{
    struct http_response response = {.retry_after_ms = -1};
    struct transfer transfer = {.http = http, .request = request, .response = &response};
    CURLcode code;
    http->err = (struct error){0};
    for (unsigned attempt = 1;; attempt++) {
        transfer.begun = transfer.passed_over = transfer.refused = false;
        code = transfer_perform(&transfer);
        int64_t delay = transfer.refused ? -1 : next_attempt(&transfer, code, attempt);
        if (delay < 0)
            break;
        transfer.resumed = keeps(request, &response);
        log_attempt(&transfer, code, delay);
        response.length = transfer.resumed;
        if (pace_wait(http->host, delay) < 0) {
            code = CURLE_ABORTED_BY_CALLBACK;
            break;
        }
    }
    if (code != CURLE_OK) {
        transfer_explain(&transfer, code);
        http_response_finish(&response);
        return -1;
    }
    if (response.status == 206 && transfer.resumed)
        response.status = 200;
    *ret_response = response;
    return 0;
}

static const char *status_words(long status)
{
    static const struct {
        long status;
        const char *words;
    } table[] = {{200, "OK"}, {204, "No Content"}, {206, "Partial Content"}, {304, "Not Modified"},
        {400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"},
        {405, "Method Not Allowed"}, {407, "Proxy Authentication Required"},
        {408, "Request Timeout"}, {410, "Gone"}, {416, "Range Not Satisfiable"},
        {429, "Too Many Requests"}, {500, "Internal Server Error"}, {502, "Bad Gateway"},
        {503, "Service Unavailable"}, {504, "Gateway Timeout"}};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].status == status)
            return table[i].words;
    return "";
}

int http_refuse_status(struct http *http, const char *url, const struct http_response *response)
{
    char where[512];
    const char *words = status_words(response->status);
    const char *hint = response->status == 401   ? " (bearer_token or credentials)"
                       : response->status == 407 ? " (proxy_credentials)"
                                                 : "";
    url_plain(url, where, sizeof(where));
    return error_set(&http->err, ERROR_FAILED, "%s: found status %ld%s%s, expected 200%s", where,
        response->status, *words ? " " : "", words, hint);
}
