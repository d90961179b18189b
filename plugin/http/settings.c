#include "http/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The whole file, or -1 and a sentence. The descriptor is closed. */
static int read_file(
    const struct kd_setting *setting, size_t most, struct http_blob *ret_blob, struct error *err)
{
    struct http_blob blob = {.bytes = malloc(most + 1)};
    ssize_t got = -1;
    while (blob.bytes && blob.length < most + 1) {
        got = read(setting->fd, blob.bytes + blob.length, most + 1 - blob.length);
        if (got <= 0 && (got == 0 || errno != EINTR))
            break;
        blob.length += got > 0 ? (size_t)got : 0;
    }
    if (setting->fd >= 0)
        close(setting->fd);
    if (!blob.bytes || got < 0)
        error_set(
            err, ERROR_INVALID, "%s: %s", setting->name, strerror(blob.bytes ? errno : ENOMEM));
    else if (blob.length == 0)
        error_set(err, ERROR_INVALID, "%s: the file is empty", setting->name);
    else if (blob.length > most)
        error_set(err, ERROR_INVALID, "%s: found more than %zu bytes, expected a smaller file",
            setting->name, most);
    else {
        blob.bytes[blob.length] = '\0';
        free(ret_blob->bytes);
        *ret_blob = blob;
        return 0;
    }
    free(blob.bytes);
    return -1;
}

static int read_certificates(
    const struct kd_setting *setting, struct http_blob *ret_blob, struct error *err)
{
    if (read_file(setting, HTTP_FILE_MAX, ret_blob, err) < 0)
        return -1;
    if (strstr(ret_blob->bytes, "-----BEGIN "))
        return 0;
    return error_set(
        err, ERROR_INVALID, "%s: found no \"-----BEGIN \", expected PEM", setting->name);
}

/* One line: what becomes part of a header must not begin another one. */
static int read_secret(const struct kd_setting *setting, char **ret_secret, struct error *err)
{
    struct http_blob blob = {0};
    if (read_file(setting, HTTP_SECRET_MAX, &blob, err) < 0)
        return -1;
    while (blob.length && strchr(" \t\r\n", blob.bytes[blob.length - 1]))
        blob.bytes[--blob.length] = '\0';
    for (size_t i = 0; i < blob.length; i++) {
        if ((unsigned char)blob.bytes[i] >= ' ' && blob.bytes[i] != '\x7f')
            continue;
        error_set(err, ERROR_INVALID,
            "%s: found byte %u of the file to be 0x%02x, expected one line of text", setting->name,
            (unsigned)i, (unsigned char)blob.bytes[i]);
        free(blob.bytes);
        return -1;
    }
    if (blob.length == 0) {
        error_set(err, ERROR_INVALID, "%s: the file is empty", setting->name);
        free(blob.bytes);
        return -1;
    }
    free(*ret_secret);
    *ret_secret = blob.bytes;
    return 0;
}

static int take_file(
    struct http_settings *settings, const struct kd_setting *setting, struct error *err)
{
    const struct {
        const char *name;
        struct http_blob *to;
    } blobs[] = {{"ca", &settings->ca}, {"client_certificate", &settings->client_certificate},
        {"client_key", &settings->client_key}};
    const struct {
        const char *name;
        char **to;
    } secrets[] = {{"client_key_password", &settings->client_key_password},
        {"bearer_token", &settings->bearer_token}, {"credentials", &settings->credentials},
        {"proxy_credentials", &settings->proxy_credentials}};
    for (size_t i = 0; i < sizeof(blobs) / sizeof(blobs[0]); i++)
        if (strcmp(blobs[i].name, setting->name) == 0)
            return read_certificates(setting, blobs[i].to, err) < 0 ? -1 : 1;
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
        if (strcmp(secrets[i].name, setting->name) == 0)
            return read_secret(setting, secrets[i].to, err) < 0 ? -1 : 1;
    return 0;
}

static int take_number(
    struct http_settings *settings, const struct kd_setting *setting, struct error *err)
{
    const struct {
        const char *name;
        int64_t *number, least, most;
    } numbers[] = {
        {"redirects", &settings->redirects, 0, HTTP_REDIRECTS_MOST},
        {"attempts", &settings->attempts, 1, HTTP_ATTEMPTS_MOST},
        {"jitter", &settings->jitter, 0, 100},
        {"connect_timeout", &settings->connect_timeout_ms, 1, INT32_MAX},
        {"min_speed", &settings->min_speed, 0, INT32_MAX},
        {"min_speed_time", &settings->min_speed_time_ms, 1000, INT32_MAX},
        {"total_timeout", &settings->total_timeout_ms, 1, INT32_MAX},
        {"poll", &settings->poll_ms, HTTP_POLL_LEAST_MS, INT64_MAX / 400},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strcmp(numbers[i].name, setting->name) != 0)
            continue;
        if (setting->number < numbers[i].least || setting->number > numbers[i].most) {
            return error_set(err, ERROR_INVALID,
                "%s: found \"%.40s\", expected %" PRId64 " to %" PRId64 "%s", setting->name,
                setting->text, numbers[i].least, numbers[i].most,
                setting->type == KD_TYPE_DURATION ? " ms" : "");
        }
        *numbers[i].number = setting->number;
        return 1;
    }
    return 0;
}

static int take_text(
    struct http_settings *settings, const struct kd_setting *setting, struct error *err)
{
    const struct {
        const char *name;
        char **to;
    } texts[] = {{"proxy", &settings->proxy}, {"no_proxy", &settings->no_proxy},
        {"device", &settings->device}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strcmp(texts[i].name, setting->name) != 0)
            continue;
        free(*texts[i].to);
        *texts[i].to = *setting->text ? strdup(setting->text) : NULL;
        if (*setting->text && !*texts[i].to) {
            return error_set(err, ERROR_INVALID, "%s: no memory", setting->name);
        }
        return 1;
    }
    return 0;
}

int http_settings_take(
    struct http_settings *settings, const struct kd_setting *setting, struct error *err)
{
    if (strcmp(setting->name, "accept_http") == 0) {
        settings->accept_http = setting->number != 0;
        return 1;
    }
    switch (setting->type) {
    case KD_TYPE_FILE:
        return take_file(settings, setting, err);
    case KD_TYPE_STRING:
        return take_text(settings, setting, err);
    default:
        return take_number(settings, setting, err);
    }
}

static int check_proxy(const char *proxy, struct error *err)
{
    static const char *const schemes[] = {"http://", "https://", "socks5://", "socks5h://"};
    size_t scheme = 0;
    while (scheme < sizeof(schemes) / sizeof(schemes[0]) &&
           strncmp(proxy, schemes[scheme], strlen(schemes[scheme])) != 0)
        scheme++;
    if (strchr(proxy, '@')) /* before anything of it is told */
        error_set(err, ERROR_INVALID,
            "proxy: found a user in it, expected that in a file (proxy_credentials)");
    else if (scheme == sizeof(schemes) / sizeof(schemes[0]))
        error_set(err, ERROR_INVALID,
            "proxy: found \"%.100s\", expected http://, https://, socks5:// or socks5h://HOST:PORT",
            proxy);
    else
        return 0;
    return -1;
}

int http_settings_check(const struct http_settings *settings, struct error *err)
{
    if (settings->client_key.bytes && !settings->client_certificate.bytes)
        error_set(
            err, ERROR_INVALID, "client_key: found without client_certificate, expected both");
    else if (settings->bearer_token && settings->credentials)
        error_set(err, ERROR_INVALID, "found bearer_token and credentials, expected one of them");
    else if (settings->credentials && !strchr(settings->credentials, ':'))
        error_set(
            err, ERROR_INVALID, "credentials: found no colon in the file, expected USER:PASSWORD");
    else if (settings->proxy_credentials && !strchr(settings->proxy_credentials, ':'))
        error_set(err, ERROR_INVALID,
            "proxy_credentials: found no colon in the file, expected USER:PASSWORD");
    else
        return settings->proxy ? check_proxy(settings->proxy, err) : 0;
    return -1;
}

static void forget(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void http_settings_finish(struct http_settings *settings)
{
    if (settings->client_key.bytes)
        explicit_bzero(settings->client_key.bytes, settings->client_key.length);
    free(settings->ca.bytes);
    free(settings->client_certificate.bytes);
    free(settings->client_key.bytes);
    forget(settings->client_key_password);
    forget(settings->bearer_token);
    forget(settings->credentials);
    forget(settings->proxy_credentials);
    free(settings->proxy);
    free(settings->no_proxy);
    free(settings->device);
    *settings = (struct http_settings){0};
}
