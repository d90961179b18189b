/* Start, Update, Rename, Pause, Unpause. */
#ifndef KD_SIM_CHANGE_H
#define KD_SIM_CHANGE_H

#include "operation.h"

void start_begin(struct operation *operation);
bool start_cut(struct operation *operation); /* as daemon_cut */
void update_begin(struct operation *operation);
void rename_begin(struct operation *operation);
void pause_begin(struct operation *operation);
void unpause_begin(struct operation *operation);

#endif
