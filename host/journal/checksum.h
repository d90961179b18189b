/* SHA-256 as text: of the journal's body, of an old container. Private to the room. */
#ifndef KD_JOURNAL_CHECKSUM_H
#define KD_JOURNAL_CHECKSUM_H

#include <stddef.h>

#define CHECKSUM_SIZE 65 /* 64 hex digits and a zero */

void checksum_print(const void *bytes, size_t length, char ret_hex[CHECKSUM_SIZE]);

#endif
