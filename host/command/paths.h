/* Where the loader and the plugins are: beside the program when it runs in place from a build
 * folder, else where they were installed. */
#ifndef KD_COMMAND_PATHS_H
#define KD_COMMAND_PATHS_H

#include "base/error.h"

char *paths_loader(void); /* free() it */

/* A plugin by name ("directory") or by path (with a slash). `folder`: conf's plugin_dir, or NULL.
 * An error names the places that were looked at and the names that are there. */
int paths_plugin(const char *name, const char *folder, char **ret_path, struct error *err);

/* The folder that holds the plugins. free() it. */
char *paths_plugin_folder(const char *folder);

#endif
