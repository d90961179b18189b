/* What the sources that fetch bundles and manifests over HTTP have in common: their settings, and
 * how a reconcile of theirs ends. */
#ifndef KD_HTTP_SOURCE_H
#define KD_HTTP_SOURCE_H

#include "bundle/bundle.h"
#include "bundle/log.h"
#include "http/http.h"
#include "http/settings.h"

struct http_source {
    const struct kd_host *host;
    struct http_settings settings;
    struct bundle_policy policy;
};

/* A setting of the source's own: a text. */
struct http_text {
    const char *name;
    char **text; /* to be freed; NULL where it is not given or empty */
};

/* Takes all settings: those of `own`, HTTP_SETTINGS, BUNDLE_SETTINGS, and closes every descriptor.
 * KD_OK; or what init returns, after it was said why. http_source_finish in any case. */
int32_t http_source_init(struct http_source *source, const struct kd_host *host,
    const struct kd_setting *settings, uint32_t count, const struct http_text *own,
    size_t own_count);
void http_source_finish(struct http_source *source);

/* Warns where what proves this device would go over http:// to another machine. */
void http_source_warn_plain(const struct http_source *source, const char *url);

/* Says http->err as an error, asks to be called again later, as http->retry_after_ms says. KD_RETRY.
 */
int32_t http_source_retry(
    const struct http_source *source, const struct http *http, struct kd_out *out);

/* bundle_read of what came in `response` (for messages). What a server has can be mended there, so a refused one is KD_RETRY, and said; only
 * a refused put is KD_FATAL. KD_COMPLETE when all was put. */
int32_t http_source_put(const struct http_source *source, const struct http_response *response,
    const struct bundle_input *input, struct bundle_state *state, struct kd_out *out);

/* Lines KEY=VALUE of a memo. Writing leaves out what has no place, or would be two lines. Reading:
 * "" when there is none, or one that is too long. */
struct http_memo {
    char bytes[KD_MEMO_MAX + 1];
    size_t length;
};
void http_memo_add(struct http_memo *memo, const char *key, const char *value);
void http_memo_find(const struct kd_have *have, const char *key, char *value, size_t size);

#endif
