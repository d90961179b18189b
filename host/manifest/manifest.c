#include "manifest/manifest.h"

#include "base/memory.h"
#include "manifest/decoder.h"
#include "manifest/document.h"
#include "manifest/foreign.h"
#include "manifest/name.h"
#include "model/check.h"
#include "model/container.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct manifest_limits manifest_default_limits = {
    .bytes = (size_t)1 << 20,
    .nesting = 32,
    .items = 1024,
};

/* One file on its way in. */
struct reading {
    const char *key;
    const struct manifest_limits *limits;
    struct document *document;
    struct manifests *manifests;
    struct diagnostics *diagnostics;
    size_t nameless; /* manifests that were named after the key so far */
    size_t failed;
};

static void report_nameless(struct reading *reading, struct decoder *decoder)
{
    if (reading->nameless++ > 0)
        decoder_report(decoder, SEVERITY_ERROR, decoder->root, MARK_VALUE,
            "found no name and no id, expected one: only one manifest of a file can be named after "
            "it");
}

static void refuse_desired_state(struct reading *reading, uint32_t root)
{
    struct decoder decoder = {.document = reading->document, .diagnostics = reading->diagnostics};
    decoder_report(&decoder, SEVERITY_ERROR, root, MARK_VALUE,
        "found an update manager's desired state, expected a container's manifest: it is for the "
        "update manager; here each of its components needs a manifest of its own");
    reading->failed++;
}

static void read_manifest(struct reading *reading, uint32_t root)
{
    if (foreign_is_desired_state(reading->document, root)) {
        refuse_desired_state(reading, root);
        return;
    }
    struct decoder decoder = {
        .document = reading->document,
        .root = root,
        .diagnostics = reading->diagnostics,
    };
    Kanto__Container *container = memory_zeroed(1, sizeof(*container));
    kanto__container__init(container);
    decode_find_duplicates(&decoder);
    decode_find_dialect(&decoder);
    decode_container(&decoder, container);
    bool nameless = name_fill(container, reading->key);
    container_check(container, decoder_finding, &decoder);
    if (nameless)
        report_nameless(reading, &decoder);
    reading->failed += decoder.errors > 0;

    struct manifests *manifests = reading->manifests;
    memory_grow(
        &manifests->items, &manifests->capacity, manifests->count, sizeof(*manifests->items));
    manifests->items[manifests->count++] = (struct manifest){
        .container = container,
        .dialect = decoder.dialect,
        .valid = decoder.errors == 0,
        .document = reading->document,
        .root = root,
    };
}

/* An error about a node outside of any manifest. */
static void refuse(struct reading *reading, uint32_t node, const char *expected)
{
    struct decoder decoder = {.document = reading->document, .diagnostics = reading->diagnostics};
    decoder_mismatch(&decoder, node, expected);
    reading->failed++;
}

static void read_array(struct reading *reading)
{
    size_t index = 0;
    uint32_t node = document_node(reading->document, 0)->child;
    for (; node != JSON_NONE; node = document_node(reading->document, node)->next, index++) {
        if (index >= reading->limits->items) {
            char expected[64];
            snprintf(expected, sizeof(expected), "at most %zu manifests in a file",
                reading->limits->items);
            refuse(reading, node, expected);
            return;
        }
        if (document_node(reading->document, node)->type == JSON_OBJECT)
            read_manifest(reading, node);
        else
            refuse(reading, node, "an object (a manifest)");
    }
    if (index == 0)
        diagnostics_add(reading->diagnostics, SEVERITY_WARNING, reading->document, 0,
            reading->document->length, "", "found an empty array, expected manifests in it");
}

static void read_document(struct reading *reading)
{
    struct document *document = reading->document;
    struct json_problem problem;
    if (json_parse(document->bytes, document->length, reading->limits->nesting, &document->json,
            &problem) < 0) {
        diagnostics_add(reading->diagnostics, SEVERITY_ERROR, document, problem.begin, problem.end,
            "", "%s", problem.text);
        reading->failed++;
        return;
    }
    switch (document_node(document, 0)->type) {
    case JSON_OBJECT:
        read_manifest(reading, 0);
        break;
    case JSON_ARRAY:
        read_array(reading);
        break;
    default:
        refuse(reading, 0, "an object (a manifest) or an array of them");
    }
}

int manifest_parse(const char *key, const char *origin, const char *bytes, size_t length,
    const struct manifest_limits *limits, struct manifests *manifests,
    struct diagnostics *diagnostics)
{
    if (length > limits->bytes) {
        diagnostics_add_file(diagnostics, SEVERITY_ERROR, origin,
            "found %zu bytes, expected at most %zu", length, limits->bytes);
        return -1;
    }
    struct reading reading = {
        .key = key,
        .limits = limits,
        .document = document_create(origin, bytes, length),
        .manifests = manifests,
        .diagnostics = diagnostics,
    };
    memory_grow(&manifests->documents, &manifests->document_capacity, manifests->document_count,
        sizeof(*manifests->documents));
    manifests->documents[manifests->document_count++] = reading.document;
    size_t first = diagnostics->count;
    read_document(&reading);
    diagnostics_sort(diagnostics, first);
    return reading.failed ? -1 : 0;
}

static struct decoder decoder_of(const struct manifest *manifest, struct diagnostics *diagnostics)
{
    return (struct decoder){
        .document = manifest->document,
        .root = manifest->root,
        .dialect = manifest->dialect,
        .diagnostics = diagnostics,
    };
}

/* Sorts what was added behind the first `count` among the diagnostics about the same file, which are
 * the last ones. */
static void sort_added(
    const struct manifest *manifest, size_t count, struct diagnostics *diagnostics)
{
    size_t first = count;
    if (diagnostics->count == count)
        return;
    while (
        first > 0 && strcmp(diagnostics->items[first - 1].origin, manifest->document->origin) == 0)
        first--;
    diagnostics_sort(diagnostics, first);
}

void manifest_check_host(const struct manifest *manifest, struct diagnostics *diagnostics)
{
    struct decoder decoder = decoder_of(manifest, diagnostics);
    size_t count = diagnostics->count;
    container_check_host(manifest->container, decoder_finding, &decoder);
    sort_added(manifest, count, diagnostics);
}

int manifest_check_permit(
    const struct manifest *manifest, const struct permit *permit, struct diagnostics *diagnostics)
{
    struct decoder decoder = decoder_of(manifest, diagnostics);
    size_t count = diagnostics->count;
    permit_check(permit, manifest->container, decoder_finding, &decoder);
    sort_added(manifest, count, diagnostics);
    return decoder.errors ? -1 : 0;
}

void manifests_finish(struct manifests *manifests)
{
    for (size_t i = 0; i < manifests->count; i++)
        container_free(manifests->items[i].container);
    for (size_t i = 0; i < manifests->document_count; i++)
        document_destroy(manifests->documents[i]);
    free(manifests->items);
    free(manifests->documents);
    *manifests = (struct manifests){0};
}
