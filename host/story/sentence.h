/* What kanto-cm's sentences mean. Its errors are all status UNKNOWN with prose; sentences.tbl is the
 * one table that reads the prose. */
#ifndef KD_STORY_SENTENCE_H
#define KD_STORY_SENTENCE_H

#include "story/words.h"

/* The result that a refusal of `action` with this message stands for; RESULT_LATER when the sentence
 * is not known, or NULL. */
enum result sentence_result(enum action action, const char *message);
bool sentence_is_known(enum action action, const char *message);
/* What a person can do about it; NULL: nothing is known. Static. */
const char *sentence_advice(enum action action, const char *message);

#endif
