/* Sources that are asked again and again. A resident one lives on in its helper and is asked when
 * it says changed(); any other is asked when its next_ms is over, in a new helper each time, with
 * the revision and memo that are kept of it. One that fails is asked again after a back-off that
 * grows. One thread; no helper is left after source_watch_end. */
#ifndef KD_SOURCE_WATCH_H
#define KD_SOURCE_WATCH_H

#include "source/source.h"

/* A source is not asked more often than this, whatever it says. */
#define WATCH_LEAST_MS 1000
/* When one is asked that is not resident and named no next_ms. */
#define WATCH_USUAL_MS (INT64_C(10) * 60 * 1000)
/* After the first failure; twice as long after each further one, up to WATCH_USUAL_MS, less up to a
 * quarter by chance, so that a fleet does not come back as one. A next_ms is waited for in any
 * case. */
#define WATCH_BACK_OFF_MS 5000

struct source_watch;

/* Asks all of them once. The options are borrowed until source_watch_end. */
struct source_watch *source_watch_start(const struct source_options *options, size_t count);

/* Waits for what a source states next, up to wait_ms (negative: for ever). 1: *ret_set is what
 * options[*ret_which] states now, of whatever result; source_set_finish it. 0: the time is over, or
 * a signal came. A resident one that dies between two reconciles states a SOURCE_FATAL set too. */
int source_watch_next(
    struct source_watch *watch, int64_t wait_ms, size_t *ret_which, struct source_set *ret_set);

/* Asks this one at once, or as soon as it can be: a person wants it. */
void source_watch_ask(struct source_watch *watch, size_t which);

/* How often it failed without a success in between. */
unsigned source_watch_failures(const struct source_watch *watch, size_t which);

/* Asks all that live for their end, and waits for it a second. NULL: nothing. */
void source_watch_end(struct source_watch *watch);

#endif
