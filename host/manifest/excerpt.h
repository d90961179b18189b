/* The part of a source line that a diagnostic shows, made safe and of even width: a tab becomes
 * blanks, a control character or a byte that is no UTF-8 \xNN, everything else one column a code
 * point; a long line is cut around the marked part, "…" standing for what is left out. */
#ifndef KD_MANIFEST_EXCERPT_H
#define KD_MANIFEST_EXCERPT_H

#include <stddef.h>

#define EXCERPT_WIDTH 100 /* columns of a shown line, at most */

struct excerpt {
    char *text;    /* owned */
    size_t column; /* where the marked part begins in it, from 1 */
    size_t width;  /* its columns, at least 1; what is cut off does not count */
};

/* Marks the bytes from begin to end of the line (end may lie beyond it). */
struct excerpt excerpt_make(const char *line, size_t length, size_t begin, size_t end);

/* Characters in the bytes; each byte that is no UTF-8 counts as one. */
size_t excerpt_characters(const char *bytes, size_t length);

#endif
