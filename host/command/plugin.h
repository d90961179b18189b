/* What the plugin command does with one plugin. Each prints everything and returns an exit_code.
 * `plugins`: conf's plugin_dir, or NULL. */
#ifndef KD_COMMAND_PLUGIN_H
#define KD_COMMAND_PLUGIN_H

#include "command/command.h"

/* Copies the template to `folder` under a new name; overwrites nothing. */
int plugin_new(const char *name, const char *folder, const char *plugins);

/* Judges a plugin with the settings "key=value" of arguments[2…]. --timeout bounds one life of it.
 */
int plugin_check(const struct options *options, const char *plugins);

#endif
