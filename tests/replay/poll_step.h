/* A step that looks at containers over and over. */
#ifndef KD_REPLAY_POLL_STEP_H
#define KD_REPLAY_POLL_STEP_H

#include "play.h"

void poll_step_play(struct play *play, const cJSON *step);

#endif
