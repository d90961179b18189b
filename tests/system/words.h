/* The words that the tests of wrong actions look for, in one place: a sentence may be worded anew,
 * and what a person has to find in it stays. */
#ifndef KD_TESTS_WORDS_H
#define KD_TESTS_WORDS_H

/* Verdicts, as the report has them. */
#define VERDICT_WORD_KEPT       "kept"
#define VERDICT_WORD_DEPLOYED   "deployed"
#define VERDICT_WORD_UPDATED    "updated"
#define VERDICT_WORD_REPLACED   "replaced"
#define VERDICT_WORD_REMOVED    "removed"
#define VERDICT_WORD_SKIPPED    "skipped"
#define VERDICT_WORD_FAILED     "failed"
#define VERDICT_WORD_MADE_AGAIN "made again"

/* Of a manifest that is not tried again: it was its own fault. */
#define WORDS_REMEMBERED "tried again when it changes"
/* Of what restarts without end; the number of restarts stands between. */
#define WORDS_CRASH_LOOP "crash loop"
#define WORDS_LAST_EXIT  "last exit code 3"
/* Of a container whose process the daemon lost: its writable layer went with it. */
#define WORDS_LOSS "what it had written is lost"
/* Of two containers of one name. */
#define WORDS_TWO_INSTANCES "instances"
/* Of a port that the old one and the new one both need. */
#define WORDS_OWN_PORT "same host port"
/* Of a journal that cannot be written. */
#define WORDS_NO_JOURNAL "journal"
/* Of a gap that may have been shorter. */
#define WORDS_AT_MOST "at most"
#define WORDS_NO_GAP  "without a gap"
/* Of containers of ours that no source has. */
#define WORDS_ORPHANED "orphaned"
/* Of a signal in the middle of a pass. */
#define WORDS_INTERRUPTED "interrupted by a signal"
/* Of a signal before it. */
#define WORDS_UNCHANGED "nothing was changed"
/* Counts of manifests that were not applied, in the last line. */
#define WORDS_ONE_INVALID "1 invalid"
#define WORDS_ONE_REFUSED "1 refused"

#endif
