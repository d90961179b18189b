/* Bytes as lowercase hexadecimal digits, and back. */
#ifndef KD_BASE_HEX_H
#define KD_BASE_HEX_H

#include <stddef.h>

void hex_print(const void *bytes, size_t length, char *ret_hex); /* 2 × length digits and a zero */
/* Reads length bytes from 2 × length digits. Returns -1, with ret_bytes in any state, where there
 * is something else. */
int hex_parse(const char *hex, size_t length, unsigned char *ret_bytes);

#endif
