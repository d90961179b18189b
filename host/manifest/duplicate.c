#include "manifest/decoder.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct member {
    char *key;
    size_t length;
    uint32_t node;
};

/* By key, equal ones in the order of the file. */
static int compare(const void *left, const void *right)
{
    const struct member *a = left, *b = right;
    size_t common = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->key, b->key, common);
    if (order == 0 && a->length != b->length)
        order = a->length < b->length ? -1 : 1;
    return order ? order : (a->node < b->node ? -1 : 1);
}

static bool same_key(const struct member *a, const struct member *b)
{
    return a->length == b->length && memcmp(a->key, b->key, a->length) == 0;
}

static void report_duplicates(struct decoder *decoder, const struct member *members, size_t count)
{
    const struct member *first = members;
    for (const struct member *at = members + 1; at < members + count; at++) {
        if (!same_key(first, at)) {
            first = at;
            continue;
        }
        size_t line = document_line(
            decoder->document, document_node(decoder->document, first->node)->key_begin);
        decoder_report(decoder, SEVERITY_ERROR, at->node, MARK_KEY,
            "found this key a second time, expected it once; the first is on line %zu", line);
    }
}

static void check_object(struct decoder *decoder, uint32_t object)
{
    size_t count = 0;
    struct member *members =
        memory_zeroed(document_node(decoder->document, object)->count, sizeof(*members));
    uint32_t node = document_node(decoder->document, object)->child;
    for (; node != JSON_NONE; node = document_node(decoder->document, node)->next) {
        struct member *member = &members[count++];
        member->node = node;
        member->key = document_key(decoder->document, node, &member->length);
    }
    qsort(members, count, sizeof(*members), compare);
    report_duplicates(decoder, members, count);
    for (size_t i = 0; i < count; i++)
        free(members[i].key);
    free(members);
}

void decode_find_duplicates(struct decoder *decoder)
{
    uint32_t end = document_subtree_end(decoder->document, decoder->root);
    for (uint32_t node = decoder->root; node < end; node++) {
        const struct json_node *at = document_node(decoder->document, node);
        if (at->type == JSON_OBJECT && at->count > 1)
            check_object(decoder, node);
    }
}
