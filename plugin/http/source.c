#include "http/source.h"

#include "http/pace.h"
#include "http/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static int take_own(
    const struct kd_setting *setting, const struct http_text *own, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(own[i].name, setting->name) != 0)
            continue;
        free(*own[i].text);
        *own[i].text = *setting->text ? strdup(setting->text) : NULL;
        if (!*setting->text || *own[i].text)
            return 1;
        return error_set(err, ERROR_LATER, "%s: no memory", setting->name);
    }
    return 0;
}

static int take(struct http_source *source, const struct kd_setting *setting,
    const struct http_text *own, size_t own_count)
{
    struct error err = {0};
    int taken = take_own(setting, own, own_count, &err);
    if (taken == 0)
        taken = http_settings_take(&source->settings, setting, &err);
    if (taken == 0)
        taken = bundle_policy_take(&source->policy, setting, &err);
    if (taken >= 0)
        return 0;
    bundle_log(source->host, KD_LOG_ERROR, "%s", err.text);
    return -1;
}

int32_t http_source_init(struct http_source *source, const struct kd_host *host,
    const struct kd_setting *settings, uint32_t count, const struct http_text *own,
    size_t own_count)
{
    struct error err = {0};
    *source = (struct http_source){.host = host};
    bundle_policy_init(&source->policy);
    for (uint32_t i = 0; i < count; i++) {
        if (take(source, &settings[i], own, own_count) == 0)
            continue;
        while (++i < count) /* they were handed over, all of them */
            if (settings[i].type == KD_TYPE_FILE && settings[i].fd >= 0)
                close(settings[i].fd);
        return KD_FATAL;
    }
    if (http_settings_check(&source->settings, &err) == 0 &&
        bundle_policy_check(&source->policy, &err) == 0)
        return KD_OK;
    bundle_log(source->host, KD_LOG_ERROR, "%s", err.text);
    return KD_FATAL;
}

void http_source_finish(struct http_source *source)
{
    http_settings_finish(&source->settings);
    bundle_policy_finish(&source->policy);
}

void http_source_warn_plain(const struct http_source *source, const char *url)
{
    const struct http_settings *settings = &source->settings;
    const char *name = settings->bearer_token  ? "bearer_token"
                       : settings->credentials ? "credentials"
                                               : NULL;
    if (name && strncasecmp(url, "http:", 5) == 0 && !url_is_loopback(url))
        bundle_log(source->host, KD_LOG_WARNING,
            "%s: sent over http://, where anyone on the way can read it (accept_http = yes)", name);
}

int32_t http_source_retry(
    const struct http_source *source, const struct http *http, struct kd_out *out)
{
    bundle_log(source->host, KD_LOG_ERROR, "%s", http->err.text);
    out->next_ms(out->ctx, pace_retry_ms(&source->settings, http->retry_after_ms));
    return KD_RETRY;
}

/* Passes items on, and remembers a refusal. */
struct passing {
    struct kd_out *out;
    bool refused;
};

static int32_t pass_item(void *ctx, const struct kd_item *item)
{
    struct passing *passing = ctx;
    int32_t refused = passing->out->put(passing->out->ctx, item);
    passing->refused = passing->refused || refused;
    return refused;
}

static void pass_error(void *ctx, const char *key, const char *origin, const char *text)
{
    struct passing *passing = ctx;
    passing->out->error(passing->out->ctx, key, origin, text);
}

int32_t http_source_put(const struct http_source *source, const struct http_response *response,
    const struct bundle_input *input, struct bundle_state *state, struct kd_out *out)
{
    char hint[256];
    struct error err = {0};
    struct passing passing = {.out = out};
    struct kd_out mine = {
        .size = sizeof(mine), .ctx = &passing, .put = pass_item, .error = pass_error};
    if (bundle_read(&source->policy, input, state, source->host, &mine, &err) == 0)
        return KD_COMPLETE;
    bundle_log(source->host, KD_LOG_ERROR, "%.300s: %.500s%s", input->origin, err.text,
        http_encoding_hint(response, hint, sizeof(hint)));
    if (passing.refused)
        return KD_FATAL;
    out->next_ms(out->ctx, pace_retry_ms(&source->settings, -1));
    return KD_RETRY;
}

void http_memo_add(struct http_memo *memo, const char *key, const char *value)
{
    size_t room = sizeof(memo->bytes) - memo->length;
    if (!*value || strpbrk(value, "\r\n"))
        return;
    int length = snprintf(memo->bytes + memo->length, room, "%s=%s\n", key, value);
    if (length > 0 && (size_t)length < room)
        memo->length += (size_t)length;
}

void http_memo_find(const struct kd_have *have, const char *key, char *value, size_t size)
{
    const char *at = have->memo, *end = at + have->memo_size;
    size_t length = strlen(key);
    *value = '\0';
    while (at && at < end) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        if (!line)
            return;
        size_t found = (size_t)(line - at);
        if (found > length && memcmp(at, key, length) == 0 && at[length] == '=' &&
            found - length - 1 < size) {
            memcpy(value, at + length + 1, found - length - 1);
            value[found - length - 1] = '\0';
            return;
        }
        at = line + 1;
    }
}
