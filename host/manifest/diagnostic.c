#include "manifest/diagnostic.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "manifest/document.h"
#include "manifest/excerpt.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool diagnostics_full(const struct diagnostics *diagnostics)
{
    return diagnostics->count >= (diagnostics->max ? diagnostics->max : DIAGNOSTICS_MAX);
}

void diagnostics_count(struct diagnostics *diagnostics, enum severity severity)
{
    diagnostics->errors += severity == SEVERITY_ERROR;
    diagnostics->warnings += severity == SEVERITY_WARNING;
    diagnostics->dropped++;
}

/* A place for one more, or NULL when it is only counted. */
static struct diagnostic *add(struct diagnostics *diagnostics, enum severity severity)
{
    if (diagnostics_full(diagnostics)) {
        diagnostics_count(diagnostics, severity);
        return NULL;
    }
    diagnostics->errors += severity == SEVERITY_ERROR;
    diagnostics->warnings += severity == SEVERITY_WARNING;
    memory_grow(&diagnostics->items, &diagnostics->capacity, diagnostics->count,
        sizeof(*diagnostics->items));
    struct diagnostic *item = &diagnostics->items[diagnostics->count++];
    *item = (struct diagnostic){.severity = severity};
    return item;
}

static void locate(struct diagnostic *item, struct document *document, size_t begin, size_t end)
{
    item->line = document_line(document, begin);
    size_t length = 0;
    const char *line = document_line_text(document, item->line, &length);
    size_t offset = begin - (size_t)(line - document->bytes);
    item->column = document_column(document, begin);
    struct excerpt excerpt = excerpt_make(line, length, offset, offset + (end - begin));
    item->source = excerpt.text;
    item->source_column = excerpt.column;
    item->source_width = excerpt.width;
}

void diagnostics_add(struct diagnostics *diagnostics, enum severity severity,
    struct document *document, size_t begin, size_t end, const char *path, const char *format, ...)
{
    struct diagnostic *item = add(diagnostics, severity);
    if (!item)
        return;
    va_list args;
    va_start(args, format);
    item->text = memory_formatv(format, args);
    va_end(args);
    item->origin = memory_string(document->origin);
    item->path = memory_string(path);
    locate(item, document, begin, end);
}

void diagnostics_add_file(struct diagnostics *diagnostics, enum severity severity,
    const char *origin, const char *format, ...)
{
    struct diagnostic *item = add(diagnostics, severity);
    if (!item)
        return;
    va_list args;
    va_start(args, format);
    item->text = memory_formatv(format, args);
    va_end(args);
    item->origin = memory_string(origin);
    item->path = memory_string("");
}

static bool is_before(const struct diagnostic *a, const struct diagnostic *b)
{
    return a->line < b->line || (a->line == b->line && a->column < b->column);
}

void diagnostics_sort(struct diagnostics *diagnostics, size_t first)
{
    for (size_t i = first; i < diagnostics->count; i++) {
        struct diagnostic item = diagnostics->items[i];
        size_t at = i;
        for (; at > first && is_before(&item, &diagnostics->items[at - 1]); at--)
            diagnostics->items[at] = diagnostics->items[at - 1];
        diagnostics->items[at] = item;
    }
}

void diagnostics_finish(struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        struct diagnostic *item = &diagnostics->items[i];
        free(item->origin);
        free(item->path);
        free(item->text);
        free(item->source);
    }
    free(diagnostics->items);
    *diagnostics = (struct diagnostics){0};
}

struct colours {
    const char *bold, *severity, *mark, *off;
};

static struct colours colours_of(enum severity severity, bool colour)
{
    if (!colour)
        return (struct colours){"", "", "", ""};
    return (struct colours){"\033[1m", severity_colour(severity), "\033[1;32m", "\033[0m"};
}

static void print_head(
    const struct diagnostic *diagnostic, const struct colours *colours, struct text *out)
{
    text_add(out, colours->bold);
    text_add_printable(out, diagnostic->origin);
    if (diagnostic->line)
        text_add_format(out, ":%zu:%zu", diagnostic->line, diagnostic->column);
    text_add_format(out, ":%s %s%s:%s ", colours->off, colours->severity,
        severity_word(diagnostic->severity), colours->off);
    if (*diagnostic->path) {
        text_add_printable(out, diagnostic->path);
        text_add(out, ": ");
    }
    text_add_printable(out, diagnostic->text);
    text_add(out, "\n");
}

void diagnostic_print(const struct diagnostic *diagnostic, bool colour, struct text *out)
{
    struct colours colours = colours_of(diagnostic->severity, colour);
    print_head(diagnostic, &colours, out);
    if (!diagnostic->source)
        return;
    text_add_format(out, "%5zu | %s\n      | ", diagnostic->line, diagnostic->source);
    for (size_t i = 1; i < diagnostic->source_column; i++)
        text_add(out, " ");
    text_add_format(out, "%s^", colours.mark);
    for (size_t i = 1; i < diagnostic->source_width; i++)
        text_add(out, "~");
    text_add_format(out, "%s\n", colours.off);
}
