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
    *http =
        (struct http){.host = host, .settings = settings, .patient = patient, .retry_after_ms = -1};
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

/* How often it was tried. */
struct tries {
    unsigned attempts; /* with the present one */
    unsigned waits;    /* for a network, or a clock: no attempts */
};

/* How long before the next one; -1: there is no use, or no time. */
static int64_t next_attempt(const struct transfer *transfer, CURLcode code, struct tries *tries)
{
    const struct http *http = transfer->http;
    int64_t left = http->until_ms - clock_now_ms(), delay;
    if (transfer_is_cut_off(transfer, code) || transfer_clock_is_behind(transfer, code)) {
        /* To the last second, as nothing else is there. */
        delay = pace_patience_ms(++tries->waits);
        if (!http->patient || left <= PACE_LAST_MS)
            return -1;
        return delay < left - PACE_LAST_MS ? delay : left - PACE_LAST_MS;
    }
    if (transfer->refused ? !transfer->unusable : !may_pass(transfer, code))
        return -1;
    if (tries->attempts >= (unsigned)http->settings->attempts)
        return -1;
    delay = pace_attempt_ms(tries->attempts++);
    if (code == CURLE_OK && http->retry_after_ms > delay)
        delay = http->retry_after_ms;
    return delay < left ? delay : -1;
}

/* How much of what came can be built on. A weak ETag says nothing about bytes (RFC 9110, 8.8.1), and
 * bytes that the server made up for this answer are no file's. */
static size_t keeps(const struct transfer *transfer)
{
    const struct http_response *response = transfer->response;
    if (transfer->unusable || *response->encoding)
        return 0;
    if (transfer->request->by_digest)
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

/* Until there is an answer, or no use in asking. */
static CURLcode ask(struct transfer *transfer)
{
    struct http *http = transfer->http;
    struct tries tries = {.attempts = 1};
    bool whole = false; /* parts are no use with this server */
    for (;;) {
        CURLcode code = transfer_perform(transfer);
        int64_t delay = next_attempt(transfer, code, &tries);
        if (delay < 0)
            return code;
        whole = whole || transfer->unusable;
        transfer->resumed = whole ? 0 : keeps(transfer);
        log_attempt(transfer, code, delay);
        transfer->response->length = transfer->resumed;
        if (pace_wait(http->host, delay) < 0) {
            transfer->refused = false;
            return CURLE_ABORTED_BY_CALLBACK;
        }
    }
}

int http_send(
    struct http *http, const struct http_request *request, struct http_response *ret_response)
{
    struct http_response response = {0};
    struct transfer transfer = {.http = http, .request = request, .response = &response};
    http->err = (struct error){0};
    http->retry_after_ms = -1;
    CURLcode code = ask(&transfer);
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

const char *http_encoding_hint(const struct http_response *response, char *text, size_t size)
{
    *text = '\0';
    if (*response->encoding)
        snprintf(text, size,
            " (it came with Content-Encoding: %s, though asked for as it is: the server packs it)",
            response->encoding);
    return text;
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
    const char *words = status_words(response->status), *from = response->from;
    const char *hint = response->status == 401 && response->elsewhere
                           ? " (another host is sent no password and no token)"
                       : response->status == 401 ? " (bearer_token or credentials)"
                       : response->status == 407 ? " (proxy_credentials)"
                                                 : "";
    url_plain(url, where, sizeof(where));
    return error_set(&http->err, ERROR_FAILED, "%s%s%s%s: found status %ld%s%s, expected 200%s",
        where, *from ? " (redirected to " : "", from, *from ? ")" : "", response->status,
        *words ? " " : "", words, hint);
}
