/* Persons beside the client: each waits for one call, and acts right before the daemon looks at it
 * or right after it was done. The call, or its answer, waits for that. */
#ifndef KD_SIM_PERSON_H
#define KD_SIM_PERSON_H

#include "operation.h"

#include <stdio.h>

#define PERSONS_MAX 8

enum person_when { PERSON_BEFORE, PERSON_AFTER, PERSON_WHENS };

struct person;

struct persons {
    struct person *waiting[PERSONS_MAX]; /* in the order in which they came */
    size_t count;
};

/* METHOD[#N][:PART]=ACT-WHEN WHOM [MORE]; docs/simulation.md. Negative: it is not of that form. */
int persons_give(struct persons *persons, const char *text);
void persons_forget(struct persons *persons); /* those that still wait */

/* Counts the call. Those that meet it, one for each moment, or NULL; they belong to the caller. */
void persons_meet(struct persons *persons, enum kanto_method method, const struct subject *subject,
    struct person *ret_met[PERSON_WHENS]);

/* Acts, writes a line to the log (NULL: none), frees the person, then calls `done`. */
void person_act(struct person *person, struct daemon *daemon, FILE *log,
    void (*done)(void *context), void *context);
void person_free(struct person *person);

#endif
