#include "cloud/fetch.h"

#include "bundle/sha256.h"
#include "http/pace.h"
#include "http/url.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SIGNATURE_MAX ((uint64_t)1 << 20)

/* What is known of the kept set. `usable`: it came from this URL, and was accepted by the rules of
 * today. */
struct former {
    struct bundle_state state;
    char url[SHA256_TEXT], etag[256], last_modified[64];
    bool usable;
};

/* Of the URL only a digest is kept: its query may hold a secret. */
static int subject(const struct cloud *cloud, char text[SHA256_TEXT])
{
    char both[SHA256_TEXT * 2];
    char first[SHA256_TEXT], second[SHA256_TEXT];
    const char *signature = cloud->signature ? cloud->signature : "";
    if (sha256_text(cloud->url, strlen(cloud->url), first) < 0 ||
        sha256_text(signature, strlen(signature), second) < 0)
        return -1;
    snprintf(both, sizeof(both), "%s%s", first, second);
    return sha256_text(both, strlen(both), text);
}

static void read_former(
    const struct cloud *cloud, const struct kd_have *have, struct former *ret_former)
{
    struct former former = {0};
    char url[SHA256_TEXT];
    bundle_state_read(&former.state, have->memo, have->memo_size);
    http_memo_find(have, "cloud-url", former.url, sizeof(former.url));
    http_memo_find(have, "cloud-etag", former.etag, sizeof(former.etag));
    http_memo_find(have, "cloud-modified", former.last_modified, sizeof(former.last_modified));
    former.usable = have->revision[0] && subject(cloud, url) == 0 && strcmp(url, former.url) == 0 &&
                    bundle_unchanged(&cloud->source.policy, &former.state, have, have->revision);
    *ret_former = former;
}

static void write_memo(const struct cloud *cloud, const struct http_response *response,
    const struct bundle_state *state, struct kd_out *out)
{
    struct http_memo memo = {0};
    char url[SHA256_TEXT], text[BUNDLE_STATE_MAX];
    if (subject(cloud, url) == 0)
        http_memo_add(&memo, "cloud-url", url);
    http_memo_add(&memo, "cloud-etag", response->etag);
    http_memo_add(&memo, "cloud-modified", response->last_modified);
    size_t length = bundle_state_write(state, text);
    if (memo.length + length < sizeof(memo.bytes)) {
        memcpy(memo.bytes + memo.length, text, length);
        memo.length += length;
    }
    out->memo(out->ctx, memo.bytes, (uint32_t)memo.length);
}

/* A JSON text is called as the URL's last part, so that a manifest without a name gets that one. */
static void json_key(const char *url, char *key, size_t size)
{
    char name[KD_KEY_MAX - 8];
    url_file_name(url, name, sizeof(name));
    const char *dot = strrchr(name, '.');
    bool json = dot && strcmp(dot, ".json") == 0;
    snprintf(key, size, "%s%s", *name ? name : "manifest", json ? "" : ".json");
}

static int fetch_signature(
    const struct cloud *cloud, struct http *http, struct http_response *ret_response)
{
    struct http_request request = {.url = cloud->signature,
        .bearer = cloud->source.settings.bearer_token,
        .credentials = cloud->source.settings.credentials,
        .max_bytes = SIGNATURE_MAX,
        .limit = "of a signature"};
    /* A file beside the bundle: what opens the one opens the other, but no third host's door. */
    request.stranger = !url_same_origin(cloud->url, cloud->signature);
    if (request.stranger)
        request.bearer = request.credentials = NULL;
    if (http_send(http, &request, ret_response) < 0)
        return -1;
    return ret_response->status == 200 ? 0
                                       : http_refuse_status(http, cloud->signature, ret_response);
}

/* States what came. */
static int32_t state_all(const struct cloud *cloud, const struct http_response *response,
    const struct http_response *signature, const struct kd_have *have, struct former *former,
    struct kd_out *out)
{
    char origin[KD_ORIGIN_MAX + 1], key[KD_KEY_MAX + 1], digest[SHA256_TEXT];
    struct error err = {0};
    url_plain(cloud->url, origin, sizeof(origin));
    json_key(cloud->url, key, sizeof(key));
    struct bundle_input input = {.bytes = response->bytes,
        .length = response->length,
        .signature = signature->bytes,
        .signature_length = signature->length,
        .origin = origin,
        .json_key = key};
    if (bundle_digest(&input, digest, &err) < 0) {
        bundle_log(cloud->source.host, KD_LOG_ERROR, "%s", err.text);
        return KD_RETRY;
    }
    /* A server without validators sends all of it again. One whose validators changed with nothing
     * else is stated anew, so that the new ones are kept. */
    bool known = strcmp(response->etag, former->etag) == 0 &&
                 strcmp(response->last_modified, former->last_modified) == 0;
    if (former->usable && known &&
        bundle_unchanged(&cloud->source.policy, &former->state, have, digest))
        return KD_UNCHANGED;
    int32_t result = http_source_put(&cloud->source, response, &input, &former->state, out);
    if (result == KD_COMPLETE) {
        out->revision(out->ctx, digest);
        write_memo(cloud, response, &former->state, out);
    }
    return result;
}

static int32_t fetch(const struct cloud *cloud, struct http *http, const struct kd_have *have,
    struct http_response *response, struct http_response *signature, struct kd_out *out)
{
    const struct http_source *source = &cloud->source;
    struct former former;
    read_former(cloud, have, &former);
    const struct http_request request = {.url = cloud->url,
        .bearer = source->settings.bearer_token,
        .credentials = source->settings.credentials,
        .etag = former.usable ? former.etag : NULL,
        .last_modified = former.usable ? former.last_modified : NULL,
        .max_bytes = source->policy.max_file,
        .limit = "max_file"};
    if (http_send(http, &request, response) < 0)
        return http_source_retry(source, http, out);
    if (response->status == 304 && response->asked)
        return KD_UNCHANGED;
    if (response->status != 200) {
        http_refuse_status(http, cloud->url, response);
        return http_source_retry(source, http, out);
    }
    if (response->length == 0) {
        char where[512];
        url_plain(cloud->url, where, sizeof(where));
        error_set(&http->err, ERROR_FAILED, "%s: found no bytes, expected manifests", where);
        return http_source_retry(source, http, out);
    }
    if (cloud->signature && source->policy.verify && fetch_signature(cloud, http, signature) < 0)
        return http_source_retry(source, http, out);
    return state_all(cloud, response, signature, have, &former, out);
}

int32_t cloud_fetch(const struct cloud *cloud, const struct kd_have *have, struct kd_out *out)
{
    const struct http_source *source = &cloud->source;
    struct http_response response = {0}, signature = {0};
    struct http http;
    out->next_ms(out->ctx, pace_poll_ms(&source->settings, cloud->url));
    if (http_begin(&http, source->host, &source->settings, !have->revision[0]) < 0)
        return http_source_retry(source, &http, out);
    int32_t result = fetch(cloud, &http, have, &response, &signature, out);
    bundle_log(source->host, KD_LOG_INFO,
        "%u requests, %" PRIu64 " bytes sent, %" PRIu64 " received (without TLS)%s", http.requests,
        http.sent, http.received, result == KD_UNCHANGED ? "; unchanged" : "");
    http_response_finish(&response);
    http_response_finish(&signature);
    http_end(&http);
    return result;
}
