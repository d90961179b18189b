/* What a process prints at its start, as its log. */
#ifndef KD_SIM_OUTPUT_H
#define KD_SIM_OUTPUT_H

#include "box.h"

void output_log(struct box *box);

#endif
