/* A container's log as kanto-cm gives it (JSON lines: log, stream, time), for people. Private to
 * the room. */
#ifndef KD_REPORT_LOG_H
#define KD_REPORT_LOG_H

#include "base/text.h"

/* The lines' texts, safe for a terminal, each behind the margin. What is no JSON stands as it is.
 */
void log_add_lines(struct text *out, const char *log, const char *margin);

#endif
