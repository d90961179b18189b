/* The journal's bytes: entries and failures ↔ text. The first line says what it is, of which
 * format, and the SHA-256 of all that follows, so that a torn or changed file is known for one:
 *
 *     kanto-deployer-journal 3 HEX
 *     {"entries": […], "failures": […]}
 *
 * An entry names its old container by the file in former/ (journal/former.h). Logs of failures are
 * written as long as there is room for them. */
#ifndef KD_JOURNAL_RECORD_H
#define KD_JOURNAL_RECORD_H

#include "base/text.h"
#include "journal/journal.h"

#define RECORD_FORMAT 3 /* a greater number is a newer program's */

void record_write(const struct journal *journal, struct text *out);
/* Fills an empty journal of that folder; on an error nothing is added. ERROR_NEWER for a newer
 * format, ERROR_INVALID for what is torn or foreign. An old container that cannot be read is no
 * error: its entry lacks it, and *notices says so. bytes[length] must be zero. */
int record_read(struct journal *journal, const char *bytes, size_t length, struct text *notices,
    struct error *err);

#endif
