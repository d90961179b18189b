/* The journal's bytes: entries ↔ JSON text. */
#ifndef KD_JOURNAL_RECORD_H
#define KD_JOURNAL_RECORD_H

#include "base/text.h"
#include "journal/journal.h"

#define RECORD_FORMAT 1 /* of the file; another number is foreign and set aside */

void record_write(const struct journal *journal, struct text *out);
/* Adds the entries to the journal; on an error none is added. bytes[length] must be zero. */
int record_read(struct journal *journal, const char *bytes, size_t length, struct error *err);

#endif
