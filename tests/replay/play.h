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
    bool invariant; /* the file's word for steps that do not say */
    int number;     /* of the step, from 1 over scene and steps */
};

void play_steps(struct play *play, const cJSON *steps);

/* Prints the step and its differences, and counts it. */
void play_differs(struct play *play, const cJSON *step, const char *differences);

/* A call that is on its way, brought to its end: the world's time goes on meanwhile. */
void play_drive(struct play *play, struct call *call, bool has_deadline);
void play_check_call(struct play *play, const cJSON *step, const struct call_result *result);
struct call *play_send(struct play *play, const cJSON *step);

#endif
