/* The journal's bytes: entries and failures ↔ text. The first line says what it is, of which
 * format, and the SHA-256 of all that follows, so that a torn or changed file is known for one:
 *
 *     kanto-deployer-journal 2 HEX
 *     {"entries": […], "failures": […]} */
#ifndef KD_JOURNAL_RECORD_H
#define KD_JOURNAL_RECORD_H

#include "base/text.h"
#include "journal/journal.h"

#define RECORD_FORMAT 2 /* a greater number is a newer program's */

void record_write(const struct journal *journal, struct text *out);
/* Adds what is written to the journal; on an error nothing is added. ERROR_NEWER for a newer
 * format, ERROR_INVALID for what is torn or foreign. bytes[length] must be zero. */
int record_read(struct journal *journal, const char *bytes, size_t length, struct error *err);

#endif
