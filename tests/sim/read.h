/* Calls that change nothing. They wait for nobody. */
#ifndef KD_SIM_READ_H
#define KD_SIM_READ_H

#include "operation.h"

void read_get(struct operation *operation);
void read_list(struct operation *operation);
void read_logs(struct operation *operation);
void read_info(struct operation *operation);
void read_nothing(struct operation *operation); /* ListStream: no message at all */

#endif
