/* kd_out of a life: writes down what is stated. */
#ifndef KD_PROBE_RECORD_H
#define KD_PROBE_RECORD_H

#include "probe/life.h"

/* Fills `out` for the life's next reconcile; its record begins anew. */
void record_begin(struct life *life, struct kd_out *out);
void record_end(struct record *record);

/* A function was called that belongs to the plugin's thread alone. */
void record_thread(struct life *life, const char *function);

#endif
