/* Changes what a client chose freely, in requests and answers alike: a simulation that knows the
 * recordings by heart fails. Images and command lines stay. */
#ifndef KD_REPLAY_SHUFFLE_H
#define KD_REPLAY_SHUFFLE_H

#include <cjson/cJSON.h>

/* In place. Returns how many values have changed. */
size_t shuffle(cJSON *recording, unsigned seed);

#endif
