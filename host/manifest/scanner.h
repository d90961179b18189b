/* The words of JSON: strings, numbers, true, false, null, and what may stand between them. One
 * problem ends the scan; it says where, what was found and what was expected. */
#ifndef KD_MANIFEST_SCANNER_H
#define KD_MANIFEST_SCANNER_H

#include <stddef.h>

struct json_problem {
    size_t begin, end; /* offsets of the bytes at fault; equal at the end of the file */
    char text[384];
};

struct scanner {
    const char *bytes; /* borrowed */
    size_t length;
    size_t at; /* the next byte */
    struct json_problem *problem;
};

/* Each word begins at `at` and is passed over: 0, or negative with the problem filled. */
int scanner_string(struct scanner *scanner); /* at the opening quote */
int scanner_number(struct scanner *scanner); /* at - or a digit */
int scanner_literal(struct scanner *scanner, const char *word);

void scanner_blanks(struct scanner *scanner);
int scanner_peek(const struct scanner *scanner); /* the next byte, -1 at the end */

/* Fill the problem; always -1. */
int scanner_fail(struct scanner *scanner, size_t begin, size_t end, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "found X, expected …" about what stands at `at`. */
int scanner_unexpected(struct scanner *scanner, const char *expected);

#endif
