/* Why there was no answer, in sentences that name what was met and the setting that decides. */
#include "base/clock.h"
#include "http/transfer.h"
#include "http/url.h"

#include <inttypes.h>
#include <openssl/x509_vfy.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

__attribute__((format(printf, 3, 4))) static void explain(
    struct http *http, const char *where, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_setv(&http->err, ERROR_FAILED, format, args);
    va_end(args);
    error_wrap(&http->err, "%s", where);
}

void transfer_where(const struct transfer *transfer, char *text, size_t size)
{
    char url[512];
    const char *from = transfer->response->from;
    url_plain(transfer->request->url, url, sizeof(url));
    snprintf(text, size, "%s%s%s%s", url, *from ? " (redirected to " : "", from, *from ? ")" : "");
}

bool transfer_is_cut_off(const struct transfer *transfer, CURLcode code)
{
    curl_off_t connected = 0;
    if (code == CURLE_OPERATION_TIMEDOUT)
        curl_easy_getinfo(transfer->http->easy, CURLINFO_CONNECT_TIME_T, &connected);
    return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
           code == CURLE_COULDNT_CONNECT || (code == CURLE_OPERATION_TIMEDOUT && !connected);
}

bool transfer_clock_is_behind(const struct transfer *transfer, CURLcode code)
{
    long result = 0;
    if (code != CURLE_PEER_FAILED_VERIFICATION)
        return false;
    curl_easy_getinfo(transfer->http->easy, CURLINFO_SSL_VERIFYRESULT, &result);
    return result == X509_V_ERR_CERT_NOT_YET_VALID || result == X509_V_ERR_CRL_NOT_YET_VALID;
}

static void explain_certificate(struct transfer *transfer, const char *where)
{
    struct http *http = transfer->http;
    long result = 0;
    char clock[64] = "";
    time_t now = time(NULL);
    struct tm parts;
    curl_easy_getinfo(http->easy, CURLINFO_SSL_VERIFYRESULT, &result);
    if (gmtime_r(&now, &parts))
        strftime(clock, sizeof(clock), "%Y-%m-%d %H:%M UTC", &parts);
    if (result == X509_V_ERR_CERT_NOT_YET_VALID || result == X509_V_ERR_CERT_HAS_EXPIRED ||
        result == X509_V_ERR_CRL_NOT_YET_VALID || result == X509_V_ERR_CRL_HAS_EXPIRED)
        explain(http, where, "%s (this device's clock says %s)", transfer->words, clock);
    else if (result == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
             result == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
             result == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT)
        explain(http, where, "%s: none of %s signed it", transfer->words,
            http->settings->ca.bytes
                ? "the certificates in ca"
                : "the system's certification authorities (ca-certificates; or give ca = FILE)");
    else
        explain(http, where, "%s", transfer->words);
}

static void explain_late(struct transfer *transfer, const char *where)
{
    struct http *http = transfer->http;
    const struct http_settings *settings = http->settings;
    curl_off_t found = 0, connected = 0;
    bool tls = strncasecmp(transfer->url, "https:", 6) == 0;
    curl_easy_getinfo(
        http->easy, tls ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T, &connected);
    curl_easy_getinfo(http->easy, CURLINFO_NAMELOOKUP_TIME_T, &found);
    bool all = clock_now_ms() >= http->until_ms - 1;
    const char *limit = all ? "total_timeout" : "connect_timeout";
    int64_t limit_ms = all ? settings->total_timeout_ms : settings->connect_timeout_ms;
    if (!found)
        explain(http, where, "the name service did not answer within %" PRId64 " ms (%s)", limit_ms,
            limit);
    else if (!connected)
        explain(http, where, "no connection within %" PRId64 " ms (%s)", limit_ms, limit);
    else if (all)
        explain(http, where, "took longer than %" PRId64 " ms (total_timeout), %zu bytes came",
            limit_ms, transfer->response->length);
    else
        explain(http, where,
            "slower than %" PRId64 " bytes/s (min_speed) for %" PRId64
            " ms (min_speed_time), %zu bytes came",
            settings->min_speed, settings->min_speed_time_ms, transfer->response->length);
}

static void explain_large(struct transfer *transfer, const char *where)
{
    explain(transfer->http, where, "found %s bytes announced, expected at most %" PRIu64 " (%s)",
        *transfer->header.length ? transfer->header.length : "more", transfer->request->max_bytes,
        transfer->request->limit);
}

static void explain_unreachable(struct transfer *transfer, const char *where)
{
    long number = 0;
    curl_easy_getinfo(transfer->http->easy, CURLINFO_OS_ERRNO, &number);
    explain(transfer->http, where, "cannot connect: %s",
        number ? strerror((int)number) : transfer->words);
}

void transfer_explain(struct transfer *transfer, CURLcode code)
{
    struct http *http = transfer->http;
    char where[1024];
    if (transfer->refused)
        return;
    transfer_where(transfer, where, sizeof(where));
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        explain(http, where, "cannot find the host's address (%s): no network, or no name service",
            transfer->words);
        break;
    case CURLE_COULDNT_CONNECT:
        explain_unreachable(transfer, where);
        break;
    case CURLE_OPERATION_TIMEDOUT:
        explain_late(transfer, where);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        explain_certificate(transfer, where);
        break;
    case CURLE_SSL_CERTPROBLEM:
        explain(http, where, "client_certificate or client_key: %s", transfer->words);
        break;
    case CURLE_TOO_MANY_REDIRECTS:
        explain(
            http, where, "more than %" PRId64 " redirects (redirects)", http->settings->redirects);
        break;
    case CURLE_FILESIZE_EXCEEDED:
        explain_large(transfer, where);
        break;
    case CURLE_PARTIAL_FILE:
        explain(http, where, "the connection ended after %zu bytes, more were announced",
            transfer->response->length);
        break;
    case CURLE_ABORTED_BY_CALLBACK:
        explain(http, where, "cancelled");
        break;
    default:
        explain(http, where, "%s", transfer->words[0] ? transfer->words : curl_easy_strerror(code));
    }
}
