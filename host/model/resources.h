/* What of the host only one container can have at a time. */
#ifndef KD_MODEL_RESOURCES_H
#define KD_MODEL_RESOURCES_H

#include "proto/containers.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether it has any at all. */
bool resources_has_port(const Kanto__Container *container);
bool resources_has_any(const Kanto__Container *container);

/* Host ports: of one protocol, one number, and one address (0.0.0.0 is all of them). kanto-cm cuts
 * numbers to 16 bits. */
bool resources_share_port(const Kanto__Container *a, const Kanto__Container *b);
/* A host port, a device of the host, or a source of mounts. */
bool resources_share_any(const Kanto__Container *a, const Kanto__Container *b);

#endif
