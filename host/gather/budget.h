/* What it may cost to read what sources state: so many manifests, and so much time. A source's
 * bytes are bounded before (kanto-deployer/source.h), and each costs its size: what is left is how
 * many there are, and how slow the device is. */
#ifndef KD_GATHER_BUDGET_H
#define KD_GATHER_BUDGET_H

#include "source/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUDGET_SET_MAX  10000 /* manifests of one source */
#define BUDGET_PASS_MAX 20000 /* of all */

struct budget {
    size_t pass, set; /* manifests that were taken so far */
    int64_t timeout_ms, until_ms;
    bool (*cancelled)(void *context); /* with NULL; or NULL */
    bool stopped;                     /* it was cancelled: nothing is to be reported either */
    /* Why nothing more of this source is read, or NULL. Owned. */
    char *spent;
};

/* The next source: it has as long for its manifests as it had to state them. */
void budget_begin(struct budget *budget, const struct source_options *options);

/* Whether there is time for a further one. */
bool budget_has_time(struct budget *budget);

/* Takes one manifest; false: that is one too many. */
bool budget_take(struct budget *budget);

void budget_finish(struct budget *budget);

#endif
