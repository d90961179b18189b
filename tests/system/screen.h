/* A terminal that a program runs on: a pseudo terminal, and what a person would see on it. It knows
 * the few sequences that the live view uses, and fails the test at any other one. */
#ifndef KD_TESTS_SCREEN_H
#define KD_TESTS_SCREEN_H

#include "harness.h"

struct screen;

struct screen *screen_open(int rows, int columns);
void screen_close(struct screen *screen);

/* Programs that harness_begin starts from now on print to it; screen_let_go ends that. */
void screen_lend(struct screen *screen, const struct harness *harness);
void screen_let_go(const struct harness *harness);

/* Somebody types that; it is echoed. (The program has no controlling terminal: Ctrl-C sends no
 * signal.) */
void screen_type(struct screen *screen, const char *text);

/* Takes what was printed so far; what is to be seen, line after line, until the next call. */
const char *screen_text(struct screen *screen);
/* Lines that begin so. */
int screen_count(struct screen *screen, const char *beginning);
/* Until that is to be seen; fails the test after 10 s. */
void screen_wait_for(struct screen *screen, const char *text);

#endif
