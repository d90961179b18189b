/* Pieces of text that several reports share. Private to the room. */
#ifndef KD_REPORT_LINE_H
#define KD_REPORT_LINE_H

#include "base/text.h"
#include "report/report.h"
#include "story/story.h"

enum line_colour { LINE_PLAIN, LINE_RED, LINE_GREEN, LINE_YELLOW, LINE_DIM };

/* The text in a colour when `colour` is set. */
void line_add(struct text *out, bool colour, enum line_colour which, const char *text);
size_t line_columns(const char *text); /* of what a terminal is shown */
/* Cut to `most` columns, with … in the middle. Safe for terminals. */
void line_add_cut(struct text *out, const char *text, size_t most);
size_t line_name_width(const struct stories *stories); /* of the longest name, at most 40 */
const char *line_plural(size_t count);                 /* "" or "s" */
/* "; manifests: 1 invalid, 2 refused"; nothing where all are applied. */
void line_add_rejected(struct text *out, const struct report *report);

#endif
