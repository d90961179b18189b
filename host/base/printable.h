/* Text from outside on its way to a terminal: what would command it, hide something or turn a line
 * around is spelt out. A byte that is no UTF-8 becomes \xNN, and so does an ASCII control character;
 * any other unsafe code point becomes \u{202E}. text_add_printable does whole texts. */
#ifndef KD_BASE_PRINTABLE_H
#define KD_BASE_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Control characters (C0, C1, DEL), those of the direction of writing, those without a width, and
 * the separators of lines and paragraphs. */
bool printable_is_unsafe(uint32_t code);

bool printable_is_safe(const char *text); /* UTF-8, and nothing unsafe in it */

/* One character as it may be shown. */
struct printable {
    char text[16];
    size_t length; /* bytes of text; no zero behind them */
    size_t bytes;  /* that it stands for, at least 1 */
    bool is_spelt; /* every byte of text is a column; else it is one character */
};

/* Of the first character of `length` bytes, at least 1. */
struct printable printable_next(const char *bytes, size_t length);

/* The text into a place of `size` bytes, at least 4; "..." at its end where it is cut. */
void printable_copy(const char *text, char *ret_text, size_t size);

#endif
