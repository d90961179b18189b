/* What a pass writes into the journal, and when: everything that a later pass must know is on disk
 * before the call that makes it true. Private to the room. */
#ifndef KD_APPLY_LEDGER_H
#define KD_APPLY_LEDGER_H

#include "apply/run.h"

/* Nothing can be remembered: nothing is replaced, updated, stopped or removed. */
bool ledger_is_unwritable(const struct run *run);
/* Whose each container is by what is desired now, and all ids that this pass is going to create
 * under, reach the disk in one write, before the first call. */
void ledger_begin(struct run *run);
/* Before the job's step is sent. False: it relies on what could not be written. */
bool ledger_before(struct run *run, size_t index);
/* Its result is known; job_end has not been called yet. */
void ledger_after(struct run *run, size_t index, enum result result);
/* The new one is given up, or a verdict blames the manifest or the world. */
void ledger_failed(struct run *run, const struct job *job);
void ledger_settled(struct run *run, const struct job *job);
/* Forgets ids that kanto-cm does not have. */
void ledger_end(struct run *run);

#endif
