/* A replacement: of two containers of one name the old one makes room for the new one, or the new
 * one is undone. Parts of `next`; private to the room. */
#ifndef KD_PLAN_REPLACE_H
#define KD_PLAN_REPLACE_H

#include "plan/next.h"

/* The two of them. Either may be missing. */
struct pair {
    const struct live *old, *new;
    size_t old_at, new_at;
};

struct pair replace_pair(const struct live *live, size_t live_count);

/* The next step of one that is under way, or (pair->new is NULL and pair->old the chosen one) the
 * first one. ACTION_NONE: it is over; what is live decides. */
struct action replace_next(
    const struct pair *pair, const struct known *known, const struct outcome *outcome);

/* The way back: the new one is silenced, the old one runs again under its own policy, and the new
 * one goes. ACTION_NONE: done. */
struct action undo_next(
    const struct pair *pair, const struct known *known, const struct outcome *outcome);

/* Pieces that both ways are made of. */
bool live_loops(const struct live *live); /* down, and the daemon is about to start it again */
bool live_did_its_work(const struct live *live);
struct action action_step(enum action_kind kind, size_t live, enum done done);
struct action action_update(size_t live, enum update_choice choice, enum done done);
struct action action_verdict(enum verdict verdict, const char *reason);
static inline bool outcome_was(const struct outcome *outcome, enum done done)
{
    return (outcome->done & done) != 0;
}

/* Asking again: 0.5 s, doubled, at most 30 s. Jitter is the caller's. */
int64_t next_backoff_ms(unsigned tries);

#endif
