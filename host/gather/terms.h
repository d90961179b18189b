/* The terms of a desired container and of a source: what the configuration says of how they are
 * brought about.
 * A [container NAME] beats a [source NAME], and that beats [deployer]. */
#ifndef KD_GATHER_TERMS_H
#define KD_GATHER_TERMS_H

#include "config/config.h"
#include "gather/findings.h"
#include "model/permit.h"
#include "plan/desired.h"

/* Fills soak, strategy, order and priority of what that source desires. */
void terms_of_desired(
    const struct config *config, const struct config_source *source, struct desired *desired);

/* What the source's manifests may ask for: a view that borrows from the configuration. `section`
 * is its name in messages, "[source bundle]". */
struct permit terms_permit(const struct config_source *source, const char *section);

/* Adds the source, empty and not whole so far. */
void terms_of_source(const struct config_source *source, struct desired_set *desired_set);

/* Warnings for what the configuration says of names that nothing desired has. `sections`: for whole
 * sections too; where not all that is desired is known those are left alone. */
void terms_check_names(const struct config *config, const struct desired_set *desired_set,
    bool sections, struct gather_findings *findings);

#endif
