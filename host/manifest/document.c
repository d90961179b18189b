#include "manifest/document.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "manifest/excerpt.h"

#include <stdlib.h>
#include <string.h>

static void add_line(struct document *document, size_t *capacity, size_t offset)
{
    memory_grow(&document->lines, capacity, document->line_count, sizeof(*document->lines));
    document->lines[document->line_count++] = (uint32_t)offset;
}

struct document *document_create(const char *origin, const char *bytes, size_t length)
{
    struct document *document = memory_zeroed(1, sizeof(*document));
    document->origin = memory_string(origin);
    document->bytes = memory_bytes(bytes, length);
    document->length = length;
    size_t capacity = 0;
    add_line(document, &capacity, 0);
    for (size_t i = 0; i < length; i++)
        if (bytes[i] == '\n')
            add_line(document, &capacity, i + 1);
    return document;
}

#define MARK_EVERY ((size_t)1024)

/* Offset and characters of the first character behind each so many bytes: a file has a hundred
 * diagnostics, and its only line is a megabyte. */
static void make_marks(struct document *document)
{
    size_t capacity = 0, next = 0;
    uint32_t characters = 0;
    for (size_t at = 0; at <= document->length; characters++) {
        if (at >= next) {
            memory_grow(
                &document->marks, &capacity, document->mark_count, sizeof(*document->marks));
            document->marks[document->mark_count++] =
                (struct document_mark){.offset = (uint32_t)at, .characters = characters};
            next = document->mark_count * MARK_EVERY;
        }
        size_t size = utf8_length(document->bytes + at, document->length - at);
        at += size ? size : 1;
    }
}

/* Characters of the file before an offset. */
static size_t characters_before(const struct document *document, size_t offset)
{
    size_t place = offset / MARK_EVERY;
    if (place >= document->mark_count)
        place = document->mark_count - 1;
    while (document->marks[place].offset > offset)
        place--;
    const struct document_mark *mark = &document->marks[place];
    return mark->characters +
           excerpt_characters(document->bytes + mark->offset, offset - mark->offset);
}

size_t document_column(struct document *document, size_t offset)
{
    if (!document->marks)
        make_marks(document);
    size_t begin = document->lines[document_line(document, offset) - 1];
    return characters_before(document, offset) - characters_before(document, begin) + 1;
}

void document_destroy(struct document *document)
{
    if (!document)
        return;
    json_finish(&document->json);
    free(document->lines);
    free(document->marks);
    free(document->bytes);
    free(document->origin);
    free(document);
}

size_t document_line(const struct document *document, size_t offset)
{
    size_t low = 0, high = document->line_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (document->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low + 1;
}

const char *document_line_text(const struct document *document, size_t line, size_t *ret_length)
{
    size_t begin = document->lines[line - 1];
    size_t end = line < document->line_count ? document->lines[line] - 1 : document->length;
    if (end > begin && document->bytes[end - 1] == '\r')
        end--;
    *ret_length = end - begin;
    return document->bytes + begin;
}

char *document_string(const struct document *document, uint32_t node, size_t *ret_length)
{
    const struct json_node *at = document_node(document, node);
    return json_unquote(&document->json, at->begin, at->end, ret_length);
}

char *document_key(const struct document *document, uint32_t node, size_t *ret_length)
{
    const struct json_node *at = document_node(document, node);
    return json_unquote(&document->json, at->key_begin, at->key_end, ret_length);
}

uint32_t document_subtree_end(const struct document *document, uint32_t node)
{
    uint32_t end = node + 1;
    while (end < document->json.count &&
           document_node(document, end)->begin < document_node(document, node)->end)
        end++;
    return end;
}
