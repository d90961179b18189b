#include "manifest/decoder.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "manifest/path.h"

#include <stdarg.h>
#include <stdio.h>

#define FOUND_MAX 60 /* bytes of a string that a diagnostic quotes */

void decoder_report(struct decoder *decoder, enum severity severity, uint32_t node,
    enum decoder_mark mark, const char *format, ...)
{
    if (decoder->quiet)
        return;
    struct json_node *at = document_node(decoder->document, node);
    if (severity == SEVERITY_ERROR) {
        decoder->errors++;
        at->wrong = true;
    }
    /* What is only counted is not worded: a hostile file has a hundred thousand of them. */
    if (diagnostics_full(decoder->diagnostics)) {
        diagnostics_count(decoder->diagnostics, severity);
        return;
    }
    scoped_text struct text path = {0};
    scoped_free char *text = NULL;
    path_of_node(decoder->document, node, &path);
    va_list args;
    va_start(args, format);
    text = memory_formatv(format, args);
    va_end(args);
    bool key = mark == MARK_KEY && at->key_end > at->key_begin;
    diagnostics_add(decoder->diagnostics, severity, decoder->document,
        key ? at->key_begin : at->begin, key ? at->key_end : at->end, text_get(&path), "%s",
        text ? text : "");
}

static void describe(const struct decoder *decoder, uint32_t node, struct text *out)
{
    const struct json_node *at = document_node(decoder->document, node);
    if (at->type == JSON_OBJECT || at->type == JSON_ARRAY) {
        text_add(out, at->type == JSON_OBJECT ? "an object" : "an array");
        return;
    }
    size_t length = at->end - at->begin;
    text_add(out, at->type == JSON_STRING ? "string " : "");
    size_t shown = length;
    if (length > FOUND_MAX)
        for (shown = FOUND_MAX;
             ((unsigned char)decoder->document->bytes[at->begin + shown] & 0xc0) == 0x80;)
            shown--;
    text_add_bytes(out, decoder->document->bytes + at->begin, shown);
    text_add(out, shown < length ? "…" : "");
}

void decoder_mismatch(struct decoder *decoder, uint32_t node, const char *expected)
{
    scoped_text struct text found = {0};
    describe(decoder, node, &found);
    decoder_report(decoder, SEVERITY_ERROR, node, MARK_VALUE, "found %s, expected %s",
        text_get(&found), expected);
}

static bool is_wrong(const struct document *document, uint32_t node)
{
    for (; node != JSON_NONE; node = document_node(document, node)->parent)
        if (document_node(document, node)->wrong)
            return true;
    return false;
}

void decoder_finding(void *context, const struct finding *finding)
{
    struct decoder *decoder = context;
    /* Neither is its place looked for. That it may follow from what is wrong already does not
     * matter any more: the count is of what there is to mend, give or take. */
    if (diagnostics_full(decoder->diagnostics)) {
        decoder->errors += finding->severity == SEVERITY_ERROR;
        diagnostics_count(decoder->diagnostics, finding->severity);
        return;
    }
    if (is_wrong(decoder->document, decoder->root))
        return;
    scoped_text struct text path = {0};
    bool exact = false;
    uint32_t node =
        path_find(decoder->document, decoder->root, decoder->dialect, finding->path, &path, &exact);
    if (is_wrong(decoder->document, node))
        return;
    decoder->errors += finding->severity == SEVERITY_ERROR;
    const struct json_node *at = document_node(decoder->document, node);
    /* What is missing is shown at what it is missing from. */
    bool key = !exact && at->key_end > at->key_begin;
    size_t end = exact || at->type < JSON_ARRAY ? at->end : at->begin + 1;
    diagnostics_add(decoder->diagnostics, finding->severity, decoder->document,
        key ? at->key_begin : at->begin, key ? at->key_end : end, text_get(&path), "%s",
        finding->text);
}
