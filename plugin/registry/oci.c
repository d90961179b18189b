#include "registry/oci.h"

#include "http/copy.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char oci_accept[] = "application/vnd.oci.image.manifest.v1+json, "
                          "application/vnd.oci.image.index.v1+json, "
                          "application/vnd.docker.distribution.manifest.v2+json, "
                          "application/vnd.docker.distribution.manifest.list.v2+json";

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : "";
}

static void read_platform(const cJSON *item, struct oci_descriptor *descriptor)
{
    const cJSON *platform = cJSON_GetObjectItemCaseSensitive(item, "platform");
    const char *os = text_of(platform, "os"), *architecture = text_of(platform, "architecture");
    const char *variant = text_of(platform, "variant");
    char text[128];
    if (!*os && !*architecture)
        return;
    if (snprintf(text, sizeof(text), "%s/%s%s%s", os, architecture, *variant ? "/" : "", variant) >=
        (int)sizeof(text))
        copy_text(text, sizeof(text), "unknown/unknown");
    copy_text(descriptor->platform, sizeof(descriptor->platform), text);
}

static int read_descriptor(const cJSON *item, const char *list, size_t index,
    struct oci_descriptor *descriptor, struct error *err)
{
    const cJSON *bytes = cJSON_GetObjectItemCaseSensitive(item, "size");
    const char *digest = text_of(item, "digest");
    if (!sha256_is(digest)) {
        return error_set(err, ERROR_INVALID,
            "%s[%zu].digest: found \"%.80s\", expected sha256: and 64 digits of 0-9 and a-f", list,
            index, digest);
    }
    if (!cJSON_IsNumber(bytes) || bytes->valuedouble < 0 || bytes->valuedouble > 9e15) {
        return error_set(
            err, ERROR_INVALID, "%s[%zu].size: expected a number of bytes", list, index);
    }
    copy_text(descriptor->digest, sizeof(descriptor->digest), digest);
    descriptor->size = (uint64_t)bytes->valuedouble;
    copy_text(descriptor->type, sizeof(descriptor->type), text_of(item, "mediaType"));
    copy_text(descriptor->title, sizeof(descriptor->title),
        text_of(cJSON_GetObjectItemCaseSensitive(item, "annotations"),
            "org.opencontainers.image.title"));
    read_platform(item, descriptor);
    return 0;
}

static int read_entries(
    const cJSON *list, const char *name, struct oci_manifest *manifest, struct error *err)
{
    int count = cJSON_GetArraySize(list);
    if (count > OCI_ENTRIES_MAX) {
        return error_set(err, ERROR_INVALID, "%s: found %d entries, expected at most %d", name,
            count, OCI_ENTRIES_MAX);
    }
    manifest->entries = calloc((size_t)count + 1, sizeof(*manifest->entries));
    if (!manifest->entries) {
        return error_set(err, ERROR_INVALID, "no memory for %d entries", count);
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (read_descriptor(item, name, manifest->count, &manifest->entries[manifest->count], err) <
            0)
            return -1;
        manifest->count++;
    }
    return 0;
}

static int read_manifest(const cJSON *root, struct oci_manifest *manifest, struct error *err)
{
    const cJSON *layers = cJSON_GetObjectItemCaseSensitive(root, "layers");
    const cJSON *manifests = cJSON_GetObjectItemCaseSensitive(root, "manifests");
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(root, "schemaVersion");
    manifest->index = cJSON_IsArray(manifests);
    if (!cJSON_IsNumber(version) || version->valueint != 2)
        error_set(err, ERROR_INVALID, "schemaVersion: expected 2");
    else if (layers && manifests) /* two readers could take it for two things */
        error_set(err, ERROR_INVALID, "found both layers and manifests, expected one of them");
    else if (!cJSON_IsArray(layers) && !manifest->index)
        error_set(err, ERROR_INVALID,
            "found neither layers nor manifests, expected an image manifest "
            "or an index");
    else
        return read_entries(manifest->index ? manifests : layers,
            manifest->index ? "manifests" : "layers", manifest, err);
    return -1;
}

int oci_parse(
    const void *bytes, size_t length, struct oci_manifest *ret_manifest, struct error *err)
{
    struct oci_manifest manifest = {0};
    cJSON *root = cJSON_ParseWithLength(bytes, length);
    int result = -1;
    if (cJSON_IsObject(root))
        result = read_manifest(root, &manifest, err);
    else
        error_set(
            err, ERROR_INVALID, "found no JSON object, expected an image manifest or an index");
    cJSON_Delete(root);
    if (result < 0)
        oci_finish(&manifest);
    else
        *ret_manifest = manifest;
    return result;
}

void oci_finish(struct oci_manifest *manifest)
{
    free(manifest->entries);
    *manifest = (struct oci_manifest){0};
}

const struct oci_descriptor *oci_choose(const struct oci_manifest *index, const char *platform)
{
    const struct oci_descriptor *any = NULL;
    size_t length = strlen(platform);
    for (size_t i = 0; i < index->count; i++) {
        const struct oci_descriptor *entry = &index->entries[i];
        if (strncmp(entry->platform, platform, length) == 0 &&
            (entry->platform[length] == '\0' || entry->platform[length] == '/'))
            return entry;
        if (!*entry->platform && !any)
            any = entry;
    }
    return any;
}

const char *oci_this_platform(void)
{
#if defined(__x86_64__)
    return "linux/amd64";
#elif defined(__aarch64__)
    return "linux/arm64";
#elif defined(__arm__)
    return "linux/arm";
#elif defined(__riscv) && __riscv_xlen == 64
    return "linux/riscv64";
#elif defined(__i386__)
    return "linux/386";
#else
    return "linux/unknown";
#endif
}
