/* The terms of a desired and of a source: what the configuration says of how they are brought about.
 * A [container NAME] beats a [source NAME], and that beats [deployer]. */
#ifndef KD_COMMAND_TERMS_H
#define KD_COMMAND_TERMS_H

#include "config/config.h"
#include "model/permit.h"
#include "plan/desired.h"
#include "report/report.h"

/* Fills soak, strategy, order and priority of a desired of that source. */
void terms_of_desired(
    const struct config *config, const struct config_source *source, struct desired *desired);

/* What the source's manifests may ask for: a view that borrows from the configuration. `section`
 * is its name in messages, "[source bundle]". */
struct permit terms_permit(const struct config_source *source, const char *section);

/* Adds the source, empty and not whole so far. */
void terms_of_source(const struct config_source *source, struct desired_set *desired_set);

/* Warnings for what the configuration says of names that nobody desired_set for. `sections`: for whole
 * sections too; a command that looks at some folder only leaves those alone. */
void terms_check_names(const struct config *config, const struct desired_set *desired_set,
    bool sections, struct report *report);

#endif
