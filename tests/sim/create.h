/* Create: checks, pull, the container. */
#ifndef KD_SIM_CREATE_H
#define KD_SIM_CREATE_H

#include "operation.h"

void create_begin(struct operation *operation);
bool create_cut(struct operation *operation); /* as daemon_cut */

#endif
