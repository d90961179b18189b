/* How commands print what is wrong: manifests' diagnostics with their carets, and one-line
 * problems. */
#ifndef KD_COMMAND_DIAGNOSE_H
#define KD_COMMAND_DIAGNOSE_H

#include "base/error.h"
#include "gather/findings.h"
#include "manifest/manifest.h"
#include "report/report.h"

#include <stdbool.h>
#include <stdio.h>

bool diagnose_colour(FILE *stream); /* a terminal, and NO_COLOR is not set */

/* "error: WHERE: TEXT" to standard error; control characters are shown, not sent. */
void diagnose_problem(enum severity severity, const char *where, const char *text);

void diagnose_print(const struct diagnostics *diagnostics, FILE *stream); /* all of them */

/* All of them to standard error, plugins' notes only when `verbose`; errors and warnings but for
 * plugins' own lines are added to the report too. */
void diagnose_findings(const struct gather_findings *findings, bool verbose, struct report *report);

/* Adds what this machine lacks for them (mount sources, devices). */
void diagnose_host(const struct manifests *manifests, struct diagnostics *diagnostics);

int diagnose_code(const struct error *err); /* the exit_code of its kind */

/* Prints the error to standard error and returns its exit code. */
int diagnose_error(const struct error *err);

#endif
