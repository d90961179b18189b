/* Diagnostics like a good compiler's:
 *
 *   web.json:12:18: error: host_config.restart_policy.type: found "sometimes", expected no, always,
 *   unless-stopped or on-failure
 *     12 |         "type": "sometimes"
 *        |                 ^~~~~~~~~~~
 */
#ifndef KD_MANIFEST_DIAGNOSTIC_H
#define KD_MANIFEST_DIAGNOSTIC_H

#include "base/text.h"
#include "model/check.h"

#include <stdbool.h>
#include <stddef.h>

struct document;

struct diagnostic {
    enum severity severity;
    char *origin;  /* the file */
    size_t line;   /* from 1; 0: no position */
    size_t column; /* from 1, in characters */
    char *path;    /* JSON path as the file spells it; "" for the whole file */
    char *text;
    char *source;         /* the line as it is shown: excerpt.h; NULL where there is no position */
    size_t source_column; /* where the marked part begins in `source`, from 1 */
    size_t source_width;  /* columns that the caret line marks, at least 1 */
};

struct diagnostics {
    size_t max; /* that are kept; 0: DIAGNOSTICS_MAX */
    struct diagnostic *items;
    size_t count;
    size_t capacity;
    size_t errors; /* these two count what was dropped too */
    size_t warnings;
    size_t dropped; /* beyond the maximum */
};

#define DIAGNOSTICS_MAX 100 /* kept of one file; the rest is counted */

/* Adds one about the document's bytes from begin to end (equal: the place between two; both are cut
 * to the first line). `path` and the text may hold bytes from outside. */
void diagnostics_add(struct diagnostics *diagnostics, enum severity severity,
    struct document *document, size_t begin, size_t end, const char *path, const char *format, ...)
    __attribute__((format(printf, 7, 8)));

/* Adds one about a whole file. */
void diagnostics_add_file(struct diagnostics *diagnostics, enum severity severity,
    const char *origin, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Whether a further one would only be counted: saves the work of finding its place and words. */
bool diagnostics_full(const struct diagnostics *diagnostics);

/* Counts one that has no place any more. */
void diagnostics_count(struct diagnostics *diagnostics, enum severity severity);

/* Puts those from index `first` on in the order of their positions; equal ones stay as they are. */
void diagnostics_sort(struct diagnostics *diagnostics, size_t first);

void diagnostics_finish(struct diagnostics *diagnostics);

/* One diagnostic as text with its source line and caret. Control characters of the file are shown
 * as \xNN, never sent to the terminal. */
void diagnostic_print(const struct diagnostic *diagnostic, bool colour, struct text *out);

#endif
