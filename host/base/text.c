#include "base/text.h"

#include "base/memory.h"

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

void text_clear(struct text *text)
{
    text->length = 0;
    text->truncated = false;
    if (text->data)
        text->data[0] = '\0';
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
    char *formatted = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&formatted, format, args);
    va_end(args);
    if (length >= 0)
        text_add_bytes(text, formatted, (size_t)length);
    free(formatted);
}

/* Bytes of the UTF-8 sequence that begins here, 0 where none does. Overlong forms, surrogates and
 * what lies behind U+10FFFF are none. */
static size_t sequence_length(const unsigned char *at)
{
    static const struct {
        unsigned char from, to, second_from, second_to;
        size_t length;
    } forms[] = {
        {0xc2, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3},
        {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (*at < forms[i].from || *at > forms[i].to || at[1] < forms[i].second_from ||
            at[1] > forms[i].second_to)
            continue;
        for (size_t more = 2; more < forms[i].length; more++)
            if ((at[more] & 0xc0) != 0x80)
                return 0;
        return forms[i].length;
    }
    return 0;
}

/* U+0080 to U+009F are control characters too: terminals obey them. */
static bool is_control(const unsigned char *at, size_t length)
{
    return (length == 1 && (*at < 0x20 || *at == 0x7f)) ||
           (length == 2 && *at == 0xc2 && at[1] < 0xa0);
}

void text_add_printable(struct text *text, const char *string)
{
    const unsigned char *at = (const unsigned char *)string;
    while (*at) {
        size_t length = *at < 0x80 ? 1 : sequence_length(at);
        if (length == 0 || is_control(at, length)) {
            text_add_format(text, "\\x%02x", *at);
            length = 1;
        } else {
            text_add_bytes(text, at, length);
        }
        at += length;
    }
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
