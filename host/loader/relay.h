/* The plugin's view of the host: kd_host and kd_out whose functions become frames. */
#ifndef KD_LOADER_RELAY_H
#define KD_LOADER_RELAY_H

#include "frame/frame.h"

#include <kanto-deployer/source.h>

extern struct kd_host relay_host; /* flags: KD_HOST_STAYS is for the loader to set */
extern struct kd_out relay_out;

/* Each ends the process when the host is gone: nobody is left to work for. */
void relay_phase(enum frame_phase phase);
void relay_reconcile(void); /* the phase; changed() counts anew from here */
void relay_text(enum frame_type type, const char *text);
void relay_number(enum frame_type type, int64_t number);
void relay_empty(enum frame_type type);
/* Of the probe only: FRAME_FINDING. */
void relay_finding(enum frame_finding kind, const char *check, const char *text);
void relay_describe(const struct kd_source *source, uint32_t note_flags);

#endif
