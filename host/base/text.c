#include "base/text.h"

#include "base/memory.h"
#include "base/printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_finish(struct text *text)
{
    free(text->data);
    text->data = NULL;
    text->length = text->capacity = 0;
}

void text_add_bytes(struct text *text, const void *bytes, size_t length)
{
    size_t max = text->max ? text->max : TEXT_MAX;
    if (length > max - text->length) {
        length = max - text->length;
        text->truncated = true;
    }
    while (text->length + length + 1 > text->capacity)
        memory_grow(&text->data, &text->capacity, text->capacity, 1);
    if (length)
        memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

void text_add_format(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *formatted = memory_formatv(format, args);
    va_end(args);
    text_add(text, formatted);
    free(formatted);
}

/* Returns its columns. */
static size_t add_shown(struct text *text, const char *string)
{
    size_t left = strlen(string), columns = 0;
    while (left) {
        struct printable shown = printable_next(string, left);
        text_add_bytes(text, shown.text, shown.length);
        columns += shown.is_spelt ? shown.length : 1;
        string += shown.bytes;
        left -= shown.bytes;
    }
    return columns;
}

void text_add_printable(struct text *text, const char *string)
{
    add_shown(text, string);
}

void text_add_padded(struct text *text, const char *string, size_t width)
{
    for (size_t columns = add_shown(text, string); columns < width; columns++)
        text_add(text, " ");
}

const char *text_get(const struct text *text)
{
    return text->data ? text->data : "";
}

char *text_steal(struct text *text)
{
    char *data = text->data ? text->data : memory_string("");
    text->data = NULL;
    text->length = text->capacity = 0;
    return data;
}
