/* The bridge: addresses, host ports, extra_hosts. */
#ifndef KD_SIM_NETWORK_H
#define KD_SIM_NETWORK_H

#include "box.h"

/* NULL, or the daemon's sentence; then nothing is taken. */
char *network_join(struct box *box);
void network_rejoin(struct box *box); /* after a restart of the daemon: what it had */
void network_leave(struct box *box);

#endif
