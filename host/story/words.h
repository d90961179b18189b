/* What can be done, how that can end, and what can be concluded: one table each (*.tbl), which give
 * the enums their members and people their words. */
#ifndef KD_STORY_WORDS_H
#define KD_STORY_WORDS_H

#include <stdbool.h>

enum action {
#define ACTION(name, word, doing, done, call, changes) ACTION_##name,
#include "story/actions.tbl"
#undef ACTION
    ACTIONS /* how many */
};
const char *action_word(enum action action);  /* "create" */
const char *action_doing(enum action action); /* "creating" */
const char *action_done(enum action action);  /* "created" */
const char *action_call(enum action action);  /* kanto-cm's method; NULL: none */
bool action_changes(enum action action);

enum result {
#define RESULT(name, word) RESULT_##name,
#include "story/results.tbl"
#undef RESULT
    RESULTS /* how many */
};
const char *result_word(enum result result);

enum verdict {
#define VERDICT(name, word, failed, well) VERDICT_##name,
#include "story/verdicts.tbl"
#undef VERDICT
    VERDICTS /* how many */
};
const char *verdict_word(enum verdict verdict);
bool verdict_failed(enum verdict verdict); /* the exit status is 1 for it */
bool verdict_is_well(enum verdict verdict);

/* What a container is to a replacement that is under way. */
enum role { ROLE_SINGLE, ROLE_OLD, ROLE_NEW };
const char *role_word(enum role role); /* "old", "new"; "" for one that is alone */

/* Why a new one is given up, and what follows when it is undone. */
enum fault {
    FAULT_NONE,
    FAULT_OVER,   /* an interruption's: begin again in this pass */
    FAULT_PERSON, /* a person's: a later pass tries again, and nothing is remembered */
    FAULT_LATER,  /* the world's: a later pass tries again */
    FAULT_FINAL,  /* the manifest's: not tried again until it changes */
};

#endif
