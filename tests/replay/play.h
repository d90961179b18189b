/* Plays the steps of one recording. */
#ifndef KD_REPLAY_PLAY_H
#define KD_REPLAY_PLAY_H

#include "binding.h"
#include "tally.h"
#include "world.h"

struct play {
    struct world *world;
    struct bindings bindings;
    struct tally tally;
    const char *name;
    bool invariant;               /* the file's word for steps that do not say */
    const cJSON *next_background; /* calls that are sent one after the other meanwhile */
    struct call *background;
    int number;          /* of the step, from 1 over scene and steps */
    const cJSON *chance; /* steps that chance decided, by number: why. NULL: none */
};

void play_steps(struct play *play, const cJSON *steps);

/* Prints the step and its differences, and counts it. */
void play_differs(struct play *play, const cJSON *step, const char *differences);

/* A call that is on its way, brought to its end: the world's time goes on meanwhile. */
void play_drive(struct play *play, struct call *call, bool has_deadline);
/* Time passes, and calls of a background go on. */
void play_wait(struct play *play, int64_t ms);
void play_check_call(struct play *play, const cJSON *step, const struct call_result *result);
struct call *play_send(struct play *play, const cJSON *step);

#endif
