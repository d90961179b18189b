/* The defaults that kanto-cm's Create fills in, and what it changes or drops on the way. Both sides
 * of a comparison go through here first. Source: kanto-cm's Create, recorded in tests/data/recorded
 * (create-minimal, create-full). */
#ifndef KD_MODEL_DEFAULTS_H
#define KD_MODEL_DEFAULTS_H

#include "proto/containers.pb-c.h"

/* In place. `container->name` must be set. Idempotent. Result fields (id, state, created, …) stay;
 * they are no part of a comparison. */
void container_normalise(Kanto__Container *container);

#endif
