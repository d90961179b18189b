#include "target.h"

#include "base/printable.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void target_expect(bool holds, const char *format, ...)
{
    if (holds)
        return;
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    abort();
}

/* \033[1;31m and its like, which is all that a colour is; 0: it is something else. */
static size_t colour_length(const char *at)
{
    if (strncmp(at, "\033[", 2) != 0)
        return 0;
    size_t digits = strspn(at + 2, "0123456789;");
    return at[2 + digits] == 'm' ? digits + 3 : 0;
}

void target_expect_printable(const char *text, bool colour, const char *what)
{
    size_t left = strlen(text);
    while (left > 0) {
        size_t length = colour ? colour_length(text) : 0;
        if (length == 0 && *text == '\n')
            length = 1;
        if (length == 0) {
            length = utf8_length(text, left);
            target_expect(
                length > 0, "%s: found byte 0x%02x, expected UTF-8", what, (unsigned char)*text);
            target_expect(!printable_is_unsafe(utf8_decode(text, length)),
                "%s: found U+%04X, expected it spelt out", what, utf8_decode(text, length));
        }
        text += length;
        left -= length;
    }
}

void target_text_begin(struct target_text *text, const uint8_t *bytes, size_t length)
{
    *text = (struct target_text){.bytes = calloc(1, length + 1), .length = length};
    target_expect(text->bytes, "no memory");
    if (length)
        memcpy(text->bytes, bytes, length);
}

void target_text_finish(struct target_text *text)
{
    free(text->bytes);
    *text = (struct target_text){0};
}

bool target_text_is_over(const struct target_text *text)
{
    return text->at >= text->length;
}

char *target_text_field(struct target_text *text)
{
    if (text->line_over || target_text_is_over(text))
        return NULL;
    char *field = text->bytes + text->at;
    size_t length = 0, left = text->length - text->at;
    while (length < left && field[length] != '\t' && field[length] != '\n')
        length++;
    text->line_over = length == left || field[length] == '\n';
    text->at += length + (length < left);
    field[length] = '\0';
    return field;
}

void target_text_line(struct target_text *text)
{
    while (target_text_field(text))
        ;
    text->line_over = false;
}

const char *target_text_word(struct target_text *text)
{
    const char *field = target_text_field(text);
    return field ? field : "";
}

unsigned target_text_choice(struct target_text *text, unsigned most)
{
    return (unsigned)strtoul(target_text_word(text), NULL, 10) % most;
}
