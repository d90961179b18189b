/* One error on its way up: what happened, with the context that each caller put before it.
 *
 * Success returns 0 and leaves the error alone. Failure returns a negative value and fills it.
 * Library code never prints; commands do. Outputs (`ret_…`) are untouched on failure. */
#ifndef KD_BASE_ERROR_H
#define KD_BASE_ERROR_H

#include <stdarg.h>

enum error_kind {
    ERROR_NONE = 0,
    ERROR_FAILED,      /* anything without a better name */
    ERROR_INVALID,     /* input that breaks its own rules */
    ERROR_CONFIG,      /* the configuration is wrong */
    ERROR_USAGE,       /* the command line is wrong */
    ERROR_UNREACHABLE, /* kanto-cm is not there */
    ERROR_TIMEOUT,
    ERROR_LIMIT, /* a bound was met */
    ERROR_SHORT, /* its end is missing: perhaps it is still being written */
    ERROR_LATER, /* nothing is wrong with it, and another try may go well: no memory, cancelled */
    ERROR_NEWER, /* written by a newer version of this program */
};

#define ERROR_TEXT_MAX 2048 /* bytes with the final zero; longer text is cut */

struct error {
    enum error_kind kind;
    int number; /* errno, where that says it all; else 0 */
    char text[ERROR_TEXT_MAX];
};

/* Fill err (which may be NULL). Always returns -1, so that `return error_set(…)` reads well. */
int error_set(struct error *err, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

int error_setv(struct error *err, enum error_kind kind, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

/* Same with ": strerror(number)" at the end. */
int error_errno(struct error *err, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "context: " before what is there. Always returns -1. */
int error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
