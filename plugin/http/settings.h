/* What the conf says about requests; the same in every source that makes them. */
#ifndef KD_HTTP_SETTINGS_H
#define KD_HTTP_SETTINGS_H

#include "base/error.h"

#include <kanto-deployer/source.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_POLL_LEAST_MS  1000
#define HTTP_FILE_MAX       ((size_t)1 << 20) /* certificates */
#define HTTP_SECRET_MAX     8192              /* a token is part of one header line */
#define HTTP_REDIRECTS_MOST 20
#define HTTP_ATTEMPTS_MOST  20

#define HTTP_ROW(kind, flag, key, otherwise, words)                                                \
    {                                                                                              \
        .size = sizeof(struct kd_setting_info), .type = (kind), .flags = (flag), .name = (key),    \
        .fallback = (otherwise), .help = (words)                                                   \
    }

/* Rows for a source's table. */
#define HTTP_SETTINGS                                                                              \
    HTTP_ROW(KD_TYPE_BOOLEAN, KD_SETTING_HOW, "accept_http", "no",                                 \
        "URLs of http:// too, readable by anyone"),                                                \
        HTTP_ROW(                                                                                  \
            KD_TYPE_FILE, 0, "ca", NULL, "certificates (PEM) to trust instead of the system's"),   \
        HTTP_ROW(KD_TYPE_FILE, KD_SETTING_HOW, "client_certificate", NULL,                         \
            "this device's certificate with its chain (PEM)"),                                     \
        HTTP_ROW(KD_TYPE_FILE, KD_SETTING_HOW, "client_key", NULL, "its private key (PEM)"),       \
        HTTP_ROW(KD_TYPE_FILE, KD_SETTING_HOW, "client_key_password", NULL, "the key's password"), \
        HTTP_ROW(                                                                                  \
            KD_TYPE_FILE, KD_SETTING_HOW, "bearer_token", NULL, "a token: Authorization: Bearer"), \
        HTTP_ROW(KD_TYPE_FILE, KD_SETTING_HOW, "credentials", NULL, "USER:PASSWORD"),              \
        HTTP_ROW(KD_TYPE_STRING, KD_SETTING_HOW, "proxy", "",                                      \
            "http://, https:// or socks5h://HOST:PORT"),                                           \
        HTTP_ROW(KD_TYPE_FILE, KD_SETTING_HOW, "proxy_credentials", NULL,                          \
            "USER:PASSWORD for the proxy"),                                                        \
        HTTP_ROW(KD_TYPE_STRING, KD_SETTING_HOW, "no_proxy", "",                                   \
            "hosts that are reached without it: a,b"),                                             \
        HTTP_ROW(                                                                                  \
            KD_TYPE_INTEGER, KD_SETTING_HOW, "redirects", "5", "how many are followed, 0 to 20"),  \
        HTTP_ROW(KD_TYPE_DURATION, KD_SETTING_HOW, "connect_timeout", "10s",                       \
            "for name, connection and TLS"),                                                       \
        HTTP_ROW(KD_TYPE_SIZE, KD_SETTING_HOW, "min_speed", "100",                                 \
            "bytes a second; slower is interrupted"),                                              \
        HTTP_ROW(KD_TYPE_DURATION, KD_SETTING_HOW, "min_speed_time", "10s", "for so long"),        \
        HTTP_ROW(KD_TYPE_DURATION, KD_SETTING_HOW, "total_timeout", "25s",                         \
            "for all of it; keep it below the source's timeout"),                                  \
        HTTP_ROW(                                                                                  \
            KD_TYPE_INTEGER, KD_SETTING_HOW, "attempts", "5", "requests for one answer, 1 to 20"), \
        HTTP_ROW(                                                                                  \
            KD_TYPE_DURATION, KD_SETTING_HOW, "poll", "15min", "how often to ask, at least 1s"),   \
        HTTP_ROW(KD_TYPE_INTEGER, KD_SETTING_HOW, "jitter", "20",                                  \
            "percent of poll that devices differ by"),                                             \
        HTTP_ROW(KD_TYPE_STRING, KD_SETTING_HOW, "device", "",                                     \
            "what this device differs by (empty: /etc/machine-id)")

struct http_blob {
    char *bytes; /* NULL: none */
    size_t length;
};

struct http_settings {
    bool accept_http;
    struct http_blob ca, client_certificate, client_key;
    char *client_key_password, *bearer_token, *credentials, *proxy, *proxy_credentials, *no_proxy;
    char *device; /* all of these are NULL where there is none */
    int64_t redirects, attempts, jitter;
    int64_t connect_timeout_ms, min_speed, min_speed_time_ms, total_timeout_ms, poll_ms;
};

/* Takes one setting of HTTP_SETTINGS, and its descriptor. 1: it was one; 0: it is none of these;
 * -1: err says why. */
int http_settings_take(
    struct http_settings *settings, const struct kd_setting *setting, struct error *err);
/* When all are taken: what does not go together. */
int http_settings_check(const struct http_settings *settings, struct error *err);
void http_settings_finish(struct http_settings *settings);

#endif
