/* One file as it was parsed: its bytes, its tree, its lines. Diagnostics point into it for as long
 * as the manifests that were read from it live. */
#ifndef KD_MANIFEST_DOCUMENT_H
#define KD_MANIFEST_DOCUMENT_H

#include "manifest/json.h"

#include <stddef.h>
#include <stdint.h>

struct document {
    char *origin; /* what diagnostics call the file */
    char *bytes;  /* owned; json borrows them */
    size_t length;
    struct json json;
    uint32_t *lines; /* offsets at which lines begin */
    size_t line_count;
    struct document_mark *marks; /* made when the first column is asked for */
    size_t mark_count;
    uint32_t last_element; /* where path_find found one; 0: nowhere yet */
};

/* So many characters are before this offset. */
struct document_mark {
    uint32_t offset, characters;
};

/* Copies both. The tree is still empty: json_parse fills it. */
struct document *document_create(const char *origin, const char *bytes, size_t length);
void document_destroy(struct document *document); /* NULL: nothing */

/* Line of an offset, from 1. */
size_t document_line(const struct document *document, size_t offset);

/* Column of an offset in its line, from 1, in characters; a line may be the whole file. */
size_t document_column(struct document *document, size_t offset);

/* The line's bytes without its end (from 1). */
const char *document_line_text(const struct document *document, size_t line, size_t *ret_length);

static inline struct json_node *document_node(const struct document *document, uint32_t index)
{
    return &document->json.nodes[index];
}

/* Text of a string node or of a node's key; free() it. */
char *document_string(const struct document *document, uint32_t node, size_t *ret_length);
char *document_key(const struct document *document, uint32_t node, size_t *ret_length);

/* One more than the last node below `node` (nodes lie in the order of the file). */
uint32_t document_subtree_end(const struct document *document, uint32_t node);

#endif
