/* What kanto-cm's sentences mean. Its errors are all status UNKNOWN with prose; this is the one
 * table that reads the prose. Recorded in tests/data/recorded: ids, cancel, burnt-ids, concurrency,
 * restart-early-calls, images. */
#ifndef KD_PLAN_SENTENCE_H
#define KD_PLAN_SENTENCE_H

#include "plan/next.h"

/* The result that a refusal of `action` with this message stands for; RESULT_REFUSED when the
 * sentence is not known. */
enum result sentence_result(enum action_kind action, const char *message);

#endif
