/* What is found on the way from the configuration to the desired set, in the order in which it was
 * found. Nothing here prints: a command shows the list, and whatever it likes of it goes into a
 * report. */
#ifndef KD_GATHER_FINDINGS_H
#define KD_GATHER_FINDINGS_H

#include "manifest/diagnostic.h"

#include <stdbool.h>
#include <stddef.h>

enum gather_kind {
    GATHER_PROBLEM,  /* of a source, a name, the configuration */
    GATHER_LOG,      /* a plugin's own line: shown, but no result of ours. Its notes are for those
                        who want to know more */
    GATHER_MANIFEST, /* a diagnostic about a manifest */
};

struct gather_finding {
    enum gather_kind kind;
    enum severity severity;
    char *where; /* "source NAME", file:line:column, a path; "" for none */
    char *text;  /* bytes from outside may be in it */
    /* GATHER_MANIFEST: the whole of it, with its line and caret. Owned. NULL: the text alone, which
     * counts what a file had beyond DIAGNOSTICS_MAX. */
    struct diagnostic *diagnostic;
};

#define FINDINGS_MAX 20000

/* Zero-initialised is empty. The list owns all its strings. */
struct gather_findings {
    struct gather_finding *items;
    size_t count, capacity;
    size_t errors;  /* errors, but for plugins' own lines; those dropped count too */
    size_t dropped; /* beyond FINDINGS_MAX */
};

void findings_add(struct gather_findings *findings, enum gather_kind kind, enum severity severity,
    const char *where, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Takes over all diagnostics; what is left of them is empty. */
void findings_add_diagnostics(struct gather_findings *findings, struct diagnostics *diagnostics);

void findings_finish(struct gather_findings *findings);

#endif
