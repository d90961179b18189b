/* What every Check program of ours shares. */
#ifndef KD_TESTS_SUITE_H
#define KD_TESTS_SUITE_H

#include <check.h>

/* Runs the suite and frees it. Returns the exit status for main. */
int suite_run(Suite *suite);

/* A file or folder of the shared material (KD_SHARED in the environment, else ../shared beside the
 * source tree), or NULL after printing "left out: WHAT (no …)". Static storage, overwritten by the
 * next call. */
const char *suite_shared(const char *relative_path, const char *what);

/* KD_SOURCE_DIR/relative_path; static storage, overwritten by the next call. */
const char *suite_source(const char *relative_path);

#endif
