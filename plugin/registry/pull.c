#include "registry/pull.h"

#include "http/copy.h"

#include "http/pace.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define INDEX_DEPTH_MAX 3 /* an index may name an index */

int32_t registry_refuse(const struct registry *registry, struct session *session,
    const struct session_request *request, struct kd_out *out, const char *format, ...)
{
    char url[512];
    va_list args;
    session_url(session, request, url, sizeof(url));
    va_start(args, format);
    error_setv(&session->http->err, ERROR_FAILED, format, args);
    va_end(args);
    error_wrap(&session->http->err, "%s", url);
    return http_source_retry(&registry->source, session->http, out);
}

/* Whether the answer to a HEAD says something of the manifest. Registries and what stands before them
 * know HEAD less well than GET, so where they refuse it the GET decides. */
static bool settles(const struct http_response *response)
{
    long status = response->status;
    bool refused = status >= 400 && status < 500 && status != 401 && status != 408 && status != 429;
    return !refused && status != 501;
}

/* 0, and an answer of status 200, or to HEAD one that settles nothing; else KD_RETRY, and all was
 * said. */
static int32_t ask(const struct registry *registry, struct session *session,
    const struct session_request *request, struct http_response *ret_response, struct kd_out *out)
{
    struct http_response response = {0};
    char url[512];
    if (session_send(session, request, &response) < 0)
        return http_source_retry(&registry->source, session->http, out);
    if (response.status == 200 || (request->head && !settles(&response))) {
        *ret_response = response;
        return 0;
    }
    session_url(session, request, url, sizeof(url));
    http_refuse_status(session->http, url, &response);
    http_response_finish(&response);
    return http_source_retry(&registry->source, session->http, out);
}

/* The digest that the registry says the tag has; "" when it does not say. */
static int32_t resolve(const struct registry *registry, struct session *session,
    char ret_digest[SHA256_TEXT], struct kd_out *out)
{
    struct http_response response = {0};
    const struct session_request request = {.part = SESSION_MANIFEST,
        .name = registry->reference.tag,
        .head = true,
        .accept = oci_accept,
        .max_bytes = OCI_BYTES_MAX,
        .limit = "of a manifest"};
    int32_t result = ask(registry, session, &request, &response, out);
    if (result != 0)
        return result;
    bool known = response.status == 200 && sha256_is(response.digest);
    copy_text(ret_digest, SHA256_TEXT, known ? response.digest : "");
    http_response_finish(&response);
    return 0;
}

/* By a digest its bytes must have it; by a tag they must have what the registry says of them. */
static int32_t check_manifest(const struct registry *registry, struct session *session,
    const struct session_request *request, const struct http_response *response,
    char ret_digest[SHA256_TEXT], struct kd_out *out)
{
    char digest[SHA256_TEXT], hint[256];
    bool by_digest = sha256_is(request->name);
    const char *expected = by_digest ? request->name : response->digest;
    if (sha256_text(response->bytes, response->length, digest) < 0)
        return registry_refuse(registry, session, request, out, "no memory for its digest");
    if ((by_digest || *expected) && strcmp(digest, expected) != 0)
        return registry_refuse(registry, session, request, out,
            "found bytes of digest %s, expected %.80s%s", digest, expected,
            http_encoding_hint(response, hint, sizeof(hint)));
    copy_text(ret_digest, SHA256_TEXT, digest);
    return 0;
}

/* The manifest by tag or digest, through as many indexes as there are. *ret_digest is that of the
 * first. */
static int32_t fetch_manifest(const struct registry *registry, struct session *session,
    const char *name, struct oci_manifest *ret_manifest, char ret_digest[SHA256_TEXT],
    struct kd_out *out)
{
    const char *platform = registry->platform ? registry->platform : oci_this_platform();
    char next[SHA256_TEXT], digest[SHA256_TEXT], hint[256];
    struct error err = {0};
    struct session_request request = {.part = SESSION_MANIFEST,
        .name = name,
        .accept = oci_accept,
        .max_bytes = OCI_BYTES_MAX,
        .limit = "of a manifest"};
    for (int depth = 0; depth <= INDEX_DEPTH_MAX; depth++) {
        struct http_response response = {0};
        int32_t result = ask(registry, session, &request, &response, out);
        if (result != 0)
            return result;
        result = check_manifest(
            registry, session, &request, &response, depth == 0 ? ret_digest : digest, out);
        int parsed =
            result == 0 ? oci_parse(response.bytes, response.length, ret_manifest, &err) : 0;
        http_encoding_hint(&response, hint, sizeof(hint));
        http_response_finish(&response);
        if (result != 0)
            return result;
        if (parsed < 0)
            return registry_refuse(registry, session, &request, out, "%s%s", err.text, hint);
        if (!ret_manifest->index)
            return 0;
        const struct oci_descriptor *chosen = oci_choose(ret_manifest, platform);
        if (chosen)
            copy_text(next, sizeof(next), chosen->digest);
        oci_finish(ret_manifest);
        if (!chosen)
            return registry_refuse(registry, session, &request, out,
                "found an index without a manifest for %s (platform)", platform);
        request.name = next;
    }
    return registry_refuse(registry, session, &request, out,
        "found an index, expected a manifest after %d of them", INDEX_DEPTH_MAX);
}

static void write_memo(
    const struct registry *registry, struct bundle_state *state, struct kd_out *out)
{
    struct http_memo memo = {0};
    char text[BUNDLE_STATE_MAX];
    /* Layers of JSON alone were accepted by today's rules as well. */
    snprintf(state->policy, sizeof(state->policy), "%s", registry->source.policy.digest);
    http_memo_add(&memo, "registry-url", registry->url);
    if (registry->platform)
        http_memo_add(&memo, "registry-platform", registry->platform);
    size_t length = bundle_state_write(state, text);
    if (memo.length + length < sizeof(memo.bytes)) {
        memcpy(memo.bytes + memo.length, text, length);
        memo.length += length;
    }
    out->memo(out->ctx, memo.bytes, (uint32_t)memo.length);
}

/* The kept set is of this artifact, and was accepted by the rules of today. */
static bool is_kept(const struct registry *registry, const struct kd_have *have,
    const struct bundle_state *state, const char *digest)
{
    char url[1024], platform[128];
    http_memo_find(have, "registry-url", url, sizeof(url));
    http_memo_find(have, "registry-platform", platform, sizeof(platform));
    return *digest && strcmp(url, registry->url) == 0 &&
           strcmp(platform, registry->platform ? registry->platform : "") == 0 &&
           bundle_unchanged(&registry->source.policy, state, have, digest);
}

static int32_t pull(const struct registry *registry, struct session *session,
    const struct kd_have *have, struct kd_out *out)
{
    char digest[SHA256_TEXT] = "";
    struct bundle_state state;
    struct oci_manifest manifest = {0};
    bundle_state_read(&state, have->memo, have->memo_size);
    copy_text(digest, sizeof(digest), registry->reference.digest);
    if (!*digest && is_kept(registry, have, &state, have->revision)) {
        int32_t result = resolve(registry, session, digest, out);
        if (result != 0)
            return result;
    }
    if (is_kept(registry, have, &state, digest))
        return KD_UNCHANGED;
    /* By its tag, not by the digest that HEAD told: what counts is what its bytes have. */
    int32_t result = fetch_manifest(
        registry, session, reference_name(&registry->reference), &manifest, digest, out);
    if (result != 0)
        return result;
    /* A registry that sent no digest may have the same all the same. */
    result = is_kept(registry, have, &state, digest)
                 ? KD_UNCHANGED
                 : registry_layers(registry, session, &manifest, &state, out);
    oci_finish(&manifest);
    if (result == KD_COMPLETE) {
        out->revision(out->ctx, digest);
        write_memo(registry, &state, out);
    }
    return result;
}

int32_t registry_pull(
    const struct registry *registry, const struct kd_have *have, struct kd_out *out)
{
    const struct http_source *source = &registry->source;
    struct http http;
    struct session session = {
        .http = &http, .reference = &registry->reference, .auth_hosts = registry->auth_hosts};
    out->next_ms(out->ctx, pace_poll_ms(&source->settings, registry->url));
    if (http_begin(&http, source->host, &source->settings, !have->revision[0]) < 0)
        return http_source_retry(source, &http, out);
    int32_t result = pull(registry, &session, have, out);
    bundle_log(source->host, KD_LOG_INFO,
        "%u requests, %" PRIu64 " bytes sent, %" PRIu64 " received (without TLS)%s", http.requests,
        http.sent, http.received, result == KD_UNCHANGED ? "; unchanged" : "");
    http_end(&http);
    explicit_bzero(session.token, sizeof(session.token));
    return result;
}
