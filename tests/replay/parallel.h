/* Steps with several calls: at the same instant, or one after the other beside what follows. */
#ifndef KD_REPLAY_PARALLEL_H
#define KD_REPLAY_PARALLEL_H

#include "play.h"

void parallel_play(struct play *play, const cJSON *step);
void parallel_background(struct play *play, const cJSON *step);
void parallel_go_on(struct play *play); /* the next of a background, when the last has ended */

#endif
