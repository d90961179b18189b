/* The configuration as files and command line make it. */
#ifndef KD_GATHER_CONFIGURE_H
#define KD_GATHER_CONFIGURE_H

#include "config/config.h"

#include <stddef.h>

struct configure_options {
    const char *file; /* NULL: the usual one (paths_config) */
    /* Folders that are the sources, whatever the file says; with any, a missing usual file is no
     * mistake. A person's own word: everything is granted. */
    char *const *folders;
    size_t folder_count;
    const struct config_override *overrides; /* of [deployer]; they win over the files */
    size_t override_count;
};

/* Nothing is borrowed from the options. On failure *ret_config needs no config_finish. ERROR_CONFIG:
 * a file is wrong, one line a mistake; ERROR_USAGE: an override or a folder is. */
int configure(
    const struct configure_options *options, struct config *ret_config, struct error *err);

/* Whether it came from the command line: it is named by its path, and nothing is kept of it. */
bool configure_is_folder(const struct config_source *source);

#endif
