/* What the plugin command does with one plugin. Each prints everything and returns an exit_code.
 * `plugins`: conf's plugin_dir, or NULL. */
#ifndef KD_COMMAND_PLUGIN_H
#define KD_COMMAND_PLUGIN_H

#include "command/command.h"

/* Copies the template to `folder` under a new name; overwrites nothing. */
int plugin_new(const char *name, const char *folder, const char *plugins);

#endif
