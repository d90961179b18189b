/* From the configuration to what is desired for: runs the sources, parses what they state, collects
 * what went wrong on the way. */
#ifndef KD_COMMAND_GATHER_H
#define KD_COMMAND_GATHER_H

#include "command/options.h"
#include "config/config.h"
#include "plan/desired.h"
#include "report/report.h"

/* The configuration as the command line leaves it. `folders`: the command's arguments; when there
 * are any they are the sources, whatever the file says, and a missing default file is no mistake.
 */
int gather_config(const struct options *options, struct config *ret_config, struct error *err);

/* `writing`: complete sets are kept in the state folder, to serve when their source cannot.
 * Everything that is wrong goes to report's problems, and to standard error as it is found.
 * Negative only for what makes the configuration wrong (a plugin that is not there). */
int gather_desired(const struct config *config, const struct options *options, bool writing,
    struct desired_set *ret_desired, struct report *report, struct error *err);

#endif
