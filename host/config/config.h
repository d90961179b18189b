/* The configuration: /etc/kanto-deployer.conf and its drop-ins → struct config. Every key stands in
 * one table with its type, default and help line; see `kanto-deployer --help` and
 * conf/kanto-deployer.conf. */
#ifndef KD_CONFIG_CONFIG_H
#define KD_CONFIG_CONFIG_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_FILE "/etc/kanto-deployer.conf"

enum config_existing { EXISTING_IGNORE, EXISTING_START, EXISTING_UPDATE };

struct config_setting {
    char *key;
    char *value;
    char *where; /* file:line */
};

struct config_source {
    char *name;
    char *plugin; /* a name (directory) or a path with a slash */
    char *user;   /* NULL: the default */
    char *where;
    int64_t timeout_ms;
    struct config_setting *settings; /* the plugin's own keys, as written */
    size_t count, capacity;
};

struct config {
    char *socket;
    char *state_dir;
    char *trace;
    int64_t connect_timeout_ms;
    int64_t timeout_ms;
    int64_t settle_ms;
    enum config_existing existing;
    int64_t parallel;
    struct config_source *sources; /* in the order of the files */
    size_t count, capacity;
};

/* Defaults only: no file is read. */
void config_init(struct config *config);
void config_finish(struct config *config);

/* Reads the file and `FILE.d/*.conf` in lexical order; a later file wins. The error carries
 * file:line, what was found, what was expected, the nearest key; one line a mistake, all of them.
 */
int config_load(struct config *config, const char *path, struct error *err);

/* Sets one key of [deployer] as the command line does ("--socket" → "socket"). */
int config_set(struct config *config, const char *key, const char *value, struct error *err);

#endif
