/* What a pass writes into the journal, and when: everything that a later pass must know is on disk
 * before the call that makes it true. Private to the room. */
#ifndef KD_APPLY_LEDGER_H
#define KD_APPLY_LEDGER_H

#include "apply/run.h"

void ledger_save(struct run *run);
/* All ids that this pass is going to create under reach the disk in one write, before the first
 * call. */
void ledger_begin(struct run *run);
/* Before the job's action is sent under that id. */
void ledger_before(struct run *run, size_t index, const char *id);
/* Its result is known; job_tell has not been called yet. */
void ledger_after(struct run *run, size_t index, const char *id, enum result result);
/* `next` decided that the manifest is at fault. */
void ledger_failed(struct run *run, const struct job *job);
void ledger_settled(struct run *run, const struct job *job);
/* Forgets ids that kanto-cm does not have. */
void ledger_end(struct run *run);

#endif
