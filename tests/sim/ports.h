/* Ports of the host: who has which, and what the daemon says where one is not free. They are taken
 * in the simulation alone, nothing is bound. */
#ifndef KD_SIM_PORTS_H
#define KD_SIM_PORTS_H

#include "proto/containers.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORTS_MAX 32

struct port {
    bool udp;
    uint32_t address; /* in the network's order; 0: every one */
    uint16_t number;
};

struct ports {
    struct port list[PORTS_MAX];
    size_t count;
};

struct box;

/* Those of all its mappings. NULL, or the daemon's reason (free() it); then it has none. */
char *ports_take(struct box *box);

/* Whether one of them stands in the way of that port: the same one, or one of every address. */
bool ports_block(const struct ports *ports, const struct port *port);

#endif
