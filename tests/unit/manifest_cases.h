/* Cases as data: a file of
 *
 *   === what it shows
 *   the manifest
 *   ---
 *   LINE:COLUMN: LEVEL: PATH: TEXT      one a diagnostic; * at its end: one or more of any text
 *   +++
 *   the container as it is printed in the internal dialect (may be left out)
 *
 * Lines before the first === are comments. */
#ifndef KD_TESTS_MANIFEST_CASES_H
#define KD_TESTS_MANIFEST_CASES_H

#include <stdbool.h>
#include <stddef.h>

struct manifest_case {
    char *name;
    char *manifest;
    char *diagnostics;
    char *printed; /* NULL: not looked at */
};

struct manifest_cases {
    struct manifest_case items[128];
    size_t count;
};

/* Aborts the test when the file cannot be read. */
void manifest_cases_load(const char *path, struct manifest_cases *ret_cases);
void manifest_cases_finish(struct manifest_cases *cases);

/* Line by line, with "*". */
bool manifest_cases_match(const char *expected, const char *found);

#endif
