/* The plugin's view of the host: kd_host and kd_out whose functions become frames. */
#ifndef KD_LOADER_RELAY_H
#define KD_LOADER_RELAY_H

#include "frame/frame.h"

#include <kanto-deployer/source.h>

extern const struct kd_host relay_host;
extern struct kd_out relay_out;

/* Each ends the process when the host is gone: nobody is left to work for. */
void relay_phase(enum frame_phase phase);
void relay_text(enum frame_type type, const char *text);
void relay_number(enum frame_type type, int64_t number);
void relay_empty(enum frame_type type);
/* Of the probe only: FRAME_FINDING. */
void relay_finding(enum frame_finding kind, const char *check, const char *text);
void relay_describe(const struct kd_source *source);

#endif
