/* kanto-deployer-probe: lives a plugin's life under conditions that a host may make, and reports what
 * it found. One process tries one thing, so a plugin that crashes ends that trial alone. */
#ifndef KD_PROBE_PROBE_H
#define KD_PROBE_PROBE_H

#include "loader/job.h"

#include <kanto-deployer/source.h>

/* A verdict on the check "part.name"; the host keeps the worst. */
void found(enum frame_finding kind, const char *check, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What is done to the plugin now: reported with its death. */
void trying(const char *format, ...) __attribute__((format(printf, 1, 2)));
void measured(const char *what, long long number);

/* Each states its checks. `job` holds the settings as the host typed them. */
void probe_items(const struct kd_source *source, const struct job *job);
void probe_settings(const struct kd_source *source, const struct job *job);
void probe_sizes(const struct kd_source *source, const struct job *job);
void probe_lifetime(const struct kd_source *source, const struct job *job);
void probe_instances(const struct kd_source *source, const struct job *job);
void probe_put(const struct kd_source *source, const struct job *job);
void probe_cancelled(const struct kd_source *source, const struct job *job);
void probe_threads(const struct kd_source *source, const struct job *job);
void probe_have(const struct kd_source *source, const struct job *job);
void probe_error(const struct kd_source *source, const struct job *job);
void probe_growth(const struct kd_source *source, const struct job *job);

/* load.c: needs no settings; loads the plugin between two looks at the process. */
void probe_load(const struct job *job);
/* table.c */
void probe_table(const struct kd_source *source, const char *plugin);

#endif
