/* The layers of an artifact: manifests and a bundle. */
#include "registry/pull.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TITLE_MAX 200

/* What a layer's media type allows it to be; its bytes tell which. docs/registry.md has the table.
 */
enum layer_kind { LAYER_UNKNOWN, LAYER_CONTENT, LAYER_SIGNATURE };

static enum layer_kind kind_of(const char *type)
{
    static const struct {
        const char *type;
        enum layer_kind kind;
    } types[] = {
        {"application/vnd.kanto-deployer.manifest.v1+json", LAYER_CONTENT},
        {"application/vnd.kanto-deployer.bundle.v1", LAYER_CONTENT},
        {"application/json", LAYER_CONTENT},
        {"application/x-tar", LAYER_CONTENT},
        {"application/gzip", LAYER_CONTENT},
        {"application/x-gtar", LAYER_CONTENT},
        {"application/x-xz", LAYER_CONTENT},
        {"application/zstd", LAYER_CONTENT},
        {"application/octet-stream", LAYER_CONTENT},
        {"application/pkcs7-mime", LAYER_CONTENT}, /* a bundle with its signature around it */
        {"application/vnd.oci.image.layer.v1.tar", LAYER_CONTENT}, /* oras, when none is given */
        {"application/vnd.oci.image.layer.v1.tar+gzip", LAYER_CONTENT},
        {"application/vnd.oci.image.layer.v1.tar+zstd", LAYER_CONTENT},
        {"application/vnd.docker.image.rootfs.diff.tar.gzip", LAYER_CONTENT},
        {"application/pkcs7-signature", LAYER_SIGNATURE},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].type, type) == 0)
            return types[i].kind;
    return LAYER_UNKNOWN;
}

/* The title as a key, if it is a plain file's name; else its place in the manifest. */
static void name_layer(const struct oci_descriptor *layer, size_t index, char *name, size_t size)
{
    const char *title = layer->title;
    bool plain = *title && *title != '.' && strlen(title) <= TITLE_MAX;
    for (const char *at = title; *at; at++)
        plain = plain && (isalnum((unsigned char)*at) || strchr("._-+", *at));
    if (plain)
        snprintf(name, size, "%.*s", TITLE_MAX, title);
    else
        snprintf(name, size, "layer-%zu", index + 1);
}

static bool is_json(const struct http_response *blob)
{
    size_t at = 0;
    while (at < blob->length && strchr(" \t\r\n", blob->bytes[at]))
        at++;
    return at < blob->length && (blob->bytes[at] == '{' || blob->bytes[at] == '[');
}

/* 0, and bytes that have the size and the digest of the descriptor; else KD_RETRY. */
static int32_t fetch_blob(const struct registry *registry, struct session *session,
    const struct oci_descriptor *layer, struct http_response *ret_blob, struct kd_out *out)
{
    struct http_response blob = {0};
    char digest[SHA256_TEXT] = "", url[512], hint[256];
    const struct session_request request = {.part = SESSION_BLOB,
        .name = layer->digest,
        .max_bytes = layer->size,
        .limit = "its size in the manifest"};
    if (session_send(session, &request, &blob) < 0)
        return http_source_retry(&registry->source, session->http, out);
    int32_t result = 0;
    if (blob.status != 200) {
        session_url(session, &request, url, sizeof(url));
        http_refuse_status(session->http, url, &blob);
        result = http_source_retry(&registry->source, session->http, out);
    } else if (blob.length != layer->size) {
        result = registry_refuse(registry, session, &request, out,
            "found %zu bytes, expected %" PRIu64 " (its size in the manifest)%s", blob.length,
            layer->size, http_encoding_hint(&blob, hint, sizeof(hint)));
    } else if (sha256_text(blob.bytes ? blob.bytes : (const void *)"", blob.length, digest) < 0 ||
               strcmp(digest, layer->digest) != 0) {
        result = registry_refuse(registry, session, &request, out,
            "found bytes of digest %s, expected %s%s", digest, layer->digest,
            http_encoding_hint(&blob, hint, sizeof(hint)));
    }
    if (result == 0)
        *ret_blob = blob;
    else
        http_response_finish(&blob);
    return result;
}

/* One artifact while its layers are stated. */
struct stating {
    const struct registry *registry;
    struct session *session;
    struct bundle_state *state;
    bool bundle; /* there was one */
    struct kd_out *out;
};

static int32_t put_blob(struct stating *stating, const struct oci_descriptor *layer, size_t index,
    const struct http_response *blob, const struct http_response *signature)
{
    const struct registry *registry = stating->registry;
    char name[TITLE_MAX + 1], key[KD_KEY_MAX + 1], origin[1024];
    struct bundle_state unused = {0};
    bool json = is_json(blob);
    name_layer(layer, index, name, sizeof(name));
    const char *dot = strrchr(name, '.');
    snprintf(key, sizeof(key), "%s%s", name, dot && strcmp(dot, ".json") == 0 ? "" : ".json");
    snprintf(origin, sizeof(origin), "%.500s (%s)", registry->url, name);
    const struct bundle_input input = {.bytes = blob->bytes,
        .length = blob->length,
        .signature = signature->bytes,
        .signature_length = signature->length,
        .origin = origin,
        .json_key = key};
    if (!json && stating->bundle) {
        const struct session_request request = {.part = SESSION_BLOB, .name = layer->digest};
        return registry_refuse(registry, stating->session, &request, stating->out,
            "layers[%zu]: found a second bundle, expected one: it has the artifact's version",
            index);
    }
    stating->bundle = stating->bundle || !json;
    /* A version is a bundle's; a manifest beside it must not make it forgotten. */
    return http_source_put(
        &registry->source, blob, &input, json ? &unused : stating->state, stating->out);
}

static int32_t put_layer(struct stating *stating, const struct oci_descriptor *layer, size_t index,
    const struct oci_descriptor *signature)
{
    struct http_response blob = {0}, signed_by = {0};
    int32_t result = fetch_blob(stating->registry, stating->session, layer, &blob, stating->out);
    if (result == 0 && signature)
        result =
            fetch_blob(stating->registry, stating->session, signature, &signed_by, stating->out);
    if (result == 0)
        result = put_blob(stating, layer, index, &blob, &signed_by);
    http_response_finish(&blob);
    http_response_finish(&signed_by);
    return result;
}

/* Before anything is fetched: what of the artifact can be no source's. 0, or KD_RETRY. */
static int32_t check_layers(const struct registry *registry, struct session *session,
    const struct oci_manifest *manifest, struct kd_out *out)
{
    const struct session_request request = {
        .part = SESSION_MANIFEST, .name = reference_name(&registry->reference)};
    uint64_t total = 0, most = registry->source.policy.max_file;
    if (manifest->count == 0)
        return registry_refuse(registry, session, &request, out, "found no layer, expected some");
    for (size_t i = 0; i < manifest->count; i++) {
        const struct oci_descriptor *layer = &manifest->entries[i];
        enum layer_kind kind = kind_of(layer->type);
        if (kind == LAYER_UNKNOWN)
            return registry_refuse(registry, session, &request, out,
                "layers[%zu].mediaType: found \"%.100s\", expected one of a manifest or a bundle, "
                "as "
                "application/vnd.kanto-deployer.manifest.v1+json",
                i, layer->type);
        if (kind == LAYER_SIGNATURE &&
            (i == 0 || kind_of(manifest->entries[i - 1].type) != LAYER_CONTENT))
            return registry_refuse(registry, session, &request, out,
                "layers[%zu]: found a signature, expected what it signs before it", i);
        if (layer->size == 0 || layer->size > most || (total += layer->size) > most)
            return registry_refuse(registry, session, &request, out,
                "layers[%zu].size: found %" PRIu64 " bytes (all so far: %" PRIu64
                "), expected 1 to %" PRIu64 " in all (max_file)",
                i, layer->size, total, most);
    }
    return 0;
}

/* Manifests alone may not follow a bundle with a version. */
static int32_t check_bare(struct stating *stating)
{
    const struct registry *registry = stating->registry;
    const struct session_request request = {
        .part = SESSION_MANIFEST, .name = reference_name(&registry->reference)};
    struct error err = {0};
    if (bundle_check_bare(&registry->source.policy, stating->state, registry->url,
            registry->source.host, &err) == 0)
        return KD_COMPLETE;
    return registry_refuse(registry, stating->session, &request, stating->out, "%s", err.text);
}

int32_t registry_layers(const struct registry *registry, struct session *session,
    const struct oci_manifest *manifest, struct bundle_state *state, struct kd_out *out)
{
    int32_t result = check_layers(registry, session, manifest, out);
    if (result != 0)
        return result;
    struct stating stating = {.registry = registry, .session = session, .state = state, .out = out};
    result = KD_COMPLETE;
    for (size_t i = 0; i < manifest->count && result == KD_COMPLETE; i++) {
        const struct oci_descriptor *layer = &manifest->entries[i];
        if (kind_of(layer->type) != LAYER_CONTENT)
            continue;
        bool is_signed = i + 1 < manifest->count && kind_of(layer[1].type) == LAYER_SIGNATURE;
        result = put_layer(&stating, layer, i, is_signed ? &layer[1] : NULL);
    }
    return result == KD_COMPLETE && !stating.bundle ? check_bare(&stating) : result;
}
