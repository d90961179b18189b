/* Stop and Remove: signals, patience, force. */
#ifndef KD_SIM_STOP_H
#define KD_SIM_STOP_H

#include "operation.h"

void stop_begin(struct operation *operation);
void remove_begin(struct operation *operation);
void stop_process_ended(struct operation *operation);

#endif
