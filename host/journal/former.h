/* The old containers of replacements under way, whole: one file each in STATE/former/, so that the
 * journal itself stays small. A file is named by the SHA-256 of its bytes: the name is the
 * checksum, what is there is never written over, and a journal that could not be saved still finds
 * those that it knows. Private to the room. */
#ifndef KD_JOURNAL_FORMER_H
#define KD_JOURNAL_FORMER_H

#include "journal/journal.h"

#define FORMER_BYTES_MAX ((size_t)16 << 20)

/* Writes those that are not there yet: before the journal that names them. */
int former_write(const struct journal *journal, struct error *err);
/* The bytes of that checksum; free() them. ERROR_INVALID: something else is there. */
int former_read(const char *folder, const char *checksum, void **ret_bytes, size_t *ret_length,
    struct error *err);
/* Removes those that no entry names: after the journal was saved. */
void former_sweep(const struct journal *journal);

#endif
