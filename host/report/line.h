/* Pieces of text that several reports share. Private to the room. */
#ifndef KD_REPORT_LINE_H
#define KD_REPORT_LINE_H

#include "base/text.h"
#include "story/story.h"

enum line_colour { LINE_PLAIN, LINE_RED, LINE_GREEN, LINE_YELLOW, LINE_DIM };

/* The text in a colour when `colour` is set. */
void line_add(struct text *out, bool colour, enum line_colour which, const char *text);
/* Padded to `width` columns; a code point is one column. */
void line_add_padded(struct text *out, const char *text, size_t width);
size_t line_columns(const char *text);
/* Cut to `most` columns, with … in the middle. Safe for terminals. */
void line_add_cut(struct text *out, const char *text, size_t most);
size_t line_name_width(const struct stories *stories); /* of the longest name, at most 40 */
const char *line_plural(size_t count);                 /* "" or "s" */

#endif
