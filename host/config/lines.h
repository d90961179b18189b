/* The INI grammar, line by line: [section], key = value, blank lines, comments (a line that begins
 * with # or ;). Nothing inside a value is a comment, and no line goes on in the next one. Private
 * to the room.
 *
 * Written here because the packaged INI readers cannot do what is promised: Debian's libinih is
 * built without line numbers, cuts values at " ;", joins indented lines and splits those over 200
 * bytes. */
#ifndef KD_CONFIG_LINES_H
#define KD_CONFIG_LINES_H

#include <stddef.h>

/* The strings live until it returns. `section` is "" before the first one. */
typedef void lines_key(
    void *context, const char *section, const char *key, const char *value, int line);
/* A line that is none of these: `found` is the line. */
typedef void lines_mistake(void *context, const char *found, int line);

/* Cuts the text into its lines (it is written to). */
void lines_read(char *text, lines_key *on_key, lines_mistake *on_mistake, void *context);

#endif
