/* Texts into places of a fixed size. */
#ifndef KD_HTTP_COPY_H
#define KD_HTTP_COPY_H

#include <stdbool.h>
#include <stddef.h>

/* Copies the text, or "" where it has no room, as half a digest or a token is none. Returns whether
 * it had room. */
bool copy_text(char *to, size_t size, const char *from);

/* The same of its first `length` bytes. */
bool copy_part(char *to, size_t size, const char *from, size_t length);

#endif
