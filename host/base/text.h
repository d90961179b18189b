/* Text that grows, up to a maximum. What does not fit is dropped and `truncated` is set; the bytes
 * are always followed by a zero. */
#ifndef KD_BASE_TEXT_H
#define KD_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
    char *data; /* NULL until something was added */
    size_t length;
    size_t capacity;
    size_t max; /* bytes without the zero; 0: TEXT_MAX */
    bool truncated;
};

#define TEXT_MAX ((size_t)64 << 20)

void text_finish(struct text *text);
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const void *bytes, size_t length);
void text_add_format(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Text from outside, safe for a terminal (base/printable.h). */
void text_add_printable(struct text *text, const char *string);
/* The same with blanks behind it, up to `width` columns in all: a character is one of them. */
void text_add_padded(struct text *text, const char *string, size_t width);
const char *text_get(const struct text *text); /* never NULL */
char *text_steal(struct text *text);           /* never NULL; free() it */

#define scoped_text scoped(text_finish)

#endif
