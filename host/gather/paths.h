/* Where the program's own files are: beside it when it runs in place from a build folder, else
 * where they were installed, found from the program's own place. Strings are for free(). */
#ifndef KD_GATHER_PATHS_H
#define KD_GATHER_PATHS_H

#include "base/error.h"

char *paths_loader(void);
char *paths_probe(void);    /* the helper of `plugin check` */
char *paths_template(void); /* the folder that `plugin new` copies */

/* The configuration where none is named: etc/ under the program's own prefix if there is one (a
 * program in /usr has none of its own), else CONFIG_FILE. */
char *paths_config(void);

/* A plugin by name ("directory") or by path (with a slash). `folder`: conf's plugin_dir, or NULL.
 * An error names the places that were looked at and the names that are there. */
int paths_plugin(const char *name, const char *folder, char **ret_path, struct error *err);

/* The folder that holds the plugins. */
char *paths_plugin_folder(const char *folder);

#endif
