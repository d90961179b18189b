#include "layout.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "bundle/sha256.h"
#include "folder.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define EMPTY         "{}"

static void write_blob(
    const char *folder, const void *bytes, size_t length, char ret_digest[LAYOUT_DIGEST])
{
    char name[128];
    ck_assert_int_eq(sha256_text(bytes, length, ret_digest), 0);
    snprintf(name, sizeof(name), "layout/blobs/sha256/%s", ret_digest + strlen("sha256:"));
    folder_write(folder, name, bytes, length, 0644);
}

void layout_begin(const char *folder)
{
    char unused[LAYOUT_DIGEST];
    folder_run(folder, "rm -rf layout && mkdir -p layout/blobs/sha256");
    folder_write_text(folder, "layout/oci-layout", "{\"imageLayoutVersion\": \"1.0.0\"}");
    write_blob(folder, EMPTY, strlen(EMPTY), unused);
}

char *layout_text(const struct layout_layer *layers, size_t count)
{
    scoped(text_finish) struct text text = {0};
    char digest[LAYOUT_DIGEST];
    ck_assert_int_eq(sha256_text(EMPTY, strlen(EMPTY), digest), 0);
    text_add_format(&text,
        "{\"schemaVersion\": 2, \"mediaType\": \"" MANIFEST_TYPE "\", \"config\": {\"mediaType\": "
        "\"application/vnd.oci.empty.v1+json\", \"digest\": \"%s\", \"size\": 2}, \"layers\": [",
        digest);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(sha256_text(layers[i].bytes, layers[i].length, digest), 0);
        text_add_format(&text, "%s{\"mediaType\": \"%s\", \"digest\": \"%s\", \"size\": %zu",
            i ? ", " : "", layers[i].type, digest, layers[i].length);
        if (layers[i].title)
            text_add_format(&text,
                ", \"annotations\": {\"org.opencontainers.image.title\": \"%s\"}", layers[i].title);
        text_add_format(&text, "}");
    }
    text_add_format(&text, "]}");
    return memory_string(text_get(&text));
}

void layout_manifest(const char *folder, const char *tag, const struct layout_layer *layers,
    size_t count, char ret_digest[LAYOUT_DIGEST])
{
    char digest[LAYOUT_DIGEST];
    scoped_free char *text = layout_text(layers, count);
    for (size_t i = 0; i < count; i++)
        write_blob(folder, layers[i].bytes, layers[i].length, digest);
    write_blob(folder, text, strlen(text), digest);
    folder_write_text(folder, "layout/index.json",
        "{\"schemaVersion\": 2, \"manifests\": [{\"mediaType\": \"" MANIFEST_TYPE "\", \"digest\": "
        "\"%s\", \"size\": %zu, \"annotations\": {\"org.opencontainers.image.ref.name\": "
        "\"%s\"}}]}",
        digest, strlen(text), tag);
    if (ret_digest)
        strcpy(ret_digest, digest);
}
