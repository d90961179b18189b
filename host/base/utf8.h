/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef KD_BASE_UTF8_H
#define KD_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character that begins at `bytes` (at most `length` of them are there): 1 to 4, or 0
 * when they are no UTF-8 (or length is 0). */
size_t utf8_length(const char *bytes, size_t length);

bool utf8_is_valid(const char *text); /* all of it */

/* The code point of a character of utf8_length() bytes. */
uint32_t utf8_decode(const char *bytes, size_t character_length);

/* Writes a code point (no surrogate); returns its 1 to 4 bytes. */
size_t utf8_encode(uint32_t code, char ret_bytes[4]);

#endif
