/* Characters that nobody sees, and that are no blank of JSON, of a shell or of a configuration: they
 * come along when text is copied from a document or a chat. */
#ifndef KD_BASE_INVISIBLE_H
#define KD_BASE_INVISIBLE_H

#include <stdint.h>

/* "zero width space", or NULL when the character can be seen (or is a plain blank or control
 * character). */
const char *invisible_name(uint32_t code);

/* The first one in the text (UTF-8; other bytes are passed over), or NULL. */
const char *invisible_find(const char *text, uint32_t *ret_code);

#endif
