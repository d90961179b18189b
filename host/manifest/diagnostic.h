/* Diagnostics like a good compiler's:
 *
 *   web.json:12:18: error: host_config.restart_policy.type: found "sometimes", expected no, always,
 * … 12 |         "type": "sometimes" |                 ^~~~~~~~~~~
 */
#ifndef KD_MANIFEST_DIAGNOSTIC_H
#define KD_MANIFEST_DIAGNOSTIC_H

#include "base/text.h"
#include "model/check.h"

#include <stdbool.h>
#include <stddef.h>

struct diagnostic {
    enum finding_level level;
    char *origin;  /* the file */
    size_t line;   /* from 1; 0: no position */
    size_t column; /* from 1, in characters */
    size_t width;  /* characters that the caret line marks, at least 1 */
    char *path;    /* JSON path as the file spells it; "" for the whole file */
    char *text;
    char *source; /* the line itself, without its end; cut around the column when it is long */
    size_t source_column; /* the column within `source`, from 1 */
};

struct diagnostics {
    struct diagnostic *items;
    size_t count;
    size_t capacity;
    size_t errors;
    size_t warnings;
    size_t dropped; /* beyond DIAGNOSTICS_MAX */
};

#define DIAGNOSTICS_MAX 200 /* kept of one file set; the rest is counted */

void diagnostics_finish(struct diagnostics *diagnostics);

/* One diagnostic as text with its source line and caret. Control characters of the file are shown
 * as \xNN, never sent to the terminal. */
void diagnostic_print(const struct diagnostic *diagnostic, bool colour, struct text *out);

#endif
