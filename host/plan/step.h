/* The steps that a pass is made of: one table (steps.tbl). When each one holds stands in the ladders
 * of next.c, forward.c, back.c and orphan.c. */
#ifndef KD_PLAN_STEP_H
#define KD_PLAN_STEP_H

#include "story/words.h"

enum step {
#define STEP(name, words, action, id, update, once) STEP_##name,
#include "plan/steps.tbl"
#undef STEP
    STEPS /* how many; at most 64 */
};

enum id_choice {
    ID_NONE,
    ID_EXPLICIT,  /* the manifest's own */
    ID_INTENDED,  /* the journal's: a lost Create is repeated under its id, never doubled */
    ID_FIRST,     /* ours, nonce 0: the same after every interruption, even without a journal */
    ID_FRESH,     /* ours, a new nonce: the former id is taken or unusable */
    ID_REPLACING, /* ours, and the nonce says what it replaces */
    ID_FORMER,    /* ours: the old one made again from what is known of it */
};

/* What an Update gives. */
enum update_choice {
    UPDATE_NONE,
    UPDATE_DESIRED, /* the manifest's policy and resources */
    UPDATE_QUIET,   /* unless-stopped: a Stop keeps it down, also over a reboot */
    UPDATE_CALM,    /* no: ends a crash loop */
    UPDATE_RESTORE, /* the old one's own policy */
};

struct step_rule {
    const char *name;
    enum action action;
    enum id_choice id;
    enum update_choice update;
    bool once;
};

const struct step_rule *step_rule(enum step step);

#endif
