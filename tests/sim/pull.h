/* Images on their way into the daemon's store. */
#ifndef KD_SIM_PULL_H
#define KD_SIM_PULL_H

#include "registry.h"

struct daemon;
struct image;

/* Whether it can be had, from the store or a registry. */
struct refusal pull_ask(const struct daemon *daemon, const struct image *image);

/* How long that takes, so many pulls sharing what the registry gives. */
int64_t pull_ms(const struct daemon *daemon, const struct image *image, int64_t pulls);

#endif
