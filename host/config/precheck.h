/* What must hold for a configuration file before its lines are read. Private to the room. */
#ifndef KD_CONFIG_PRECHECK_H
#define KD_CONFIG_PRECHECK_H

#include "base/error.h"

#include <stddef.h>

#define PRECHECK_BYTES_MAX ((size_t)1 << 20)
#define PRECHECK_LINE_MAX  1000 /* bytes; the INI reader cuts longer ones in two without a word */

/* The file's bytes, when nobody but root and the caller can change them or put others in their
 * place. */
int precheck_read(const char *path, char **ret_bytes, size_t *ret_length, struct error *err);
/* Whether no line of them is too long or has a zero byte. */
int precheck_lines(const char *path, const char *bytes, size_t length, struct error *err);

#endif
