/* What the fuzz targets share. A target is one function over bytes from outside; it is linked with
 * libFuzzer (./dev fuzz), or with replay.c, which runs the corpus through it in every test run.
 *
 * What must hold whatever the bytes are is said by target_expect, which aborts: libFuzzer keeps
 * the input then, and a replay fails. */
#ifndef KD_TESTS_FUZZ_TARGET_H
#define KD_TESTS_FUZZ_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Always 0. The bytes are read-only, and nothing is behind them. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

void target_expect(bool holds, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text that was made for a terminal: lines of UTF-8 with nothing unsafe in them. `colour`: the
 * sequences of base/severity.h and report/line.h may be in it too. */
void target_expect_printable(const char *text, bool colour, const char *what);

/* The input as a person writes it: a line a record, blanks in no field, tabs between them. Fields
 * and lines may be empty. Each call takes one; "" behind the last. */
struct target_text {
    char *bytes; /* owned: a copy, with zeros where the separators were */
    size_t length, at;
    bool line_over; /* the last field of the line was taken */
};
void target_text_begin(struct target_text *text, const uint8_t *bytes, size_t length);
void target_text_finish(struct target_text *text);
bool target_text_is_over(const struct target_text *text);
/* The next field of this line; NULL when the line has no more. */
char *target_text_field(struct target_text *text);
/* Goes to the next line, whatever is left of this one. */
void target_text_line(struct target_text *text);
/* A field, or "" where there is none. */
const char *target_text_word(struct target_text *text);
/* A field as a number from 0 to most - 1; 0 where there is none. */
unsigned target_text_choice(struct target_text *text, unsigned most);

#endif
