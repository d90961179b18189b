/* A container's log as kanto-cm gives it (JSON lines: log, stream, time), for people. Private to
 * the room. */
#ifndef KD_REPORT_LOG_H
#define KD_REPORT_LOG_H

#include "base/text.h"

/* The text of the first line, safe for a terminal; returns its length in `log`, line end included. */
size_t log_next_line(const char *log, struct text *out);

/* The lines' texts, each behind the margin and a bar. What is no JSON stands as it is. */
void log_add_lines(struct text *out, const char *log, const char *margin);

#endif
