/* The configuration: /etc/kanto-deployer.conf and its drop-ins → struct config. Every key stands in
 * one table with its type, default and help line; conf/kanto-deployer.conf shows them all. */
#ifndef KD_CONFIG_CONFIG_H
#define KD_CONFIG_CONFIG_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_FILE              "/etc/kanto-deployer.conf"
#define CONFIG_SOURCE_TIMEOUT_MS 30000

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
    char *where;  /* file:line of the section's first key */
    int64_t timeout_ms;
    struct config_setting *settings; /* the plugin's own keys, as written */
    size_t count, capacity;
};

struct config {
    char *socket;
    char *state_dir;
    char *plugin_dir; /* "" : where they were installed */
    char *trace;      /* "" : none */
    int64_t connect_timeout_ms;
    int64_t timeout_ms;
    int64_t settle_ms;
    int existing; /* enum config_existing */
    int64_t parallel;
    struct config_source *sources; /* in the order of the files */
    size_t count, capacity;
};

/* A key of [deployer]: for help texts and for the command line. */
struct config_key {
    const char *name;
    const char *option;   /* "--socket" */
    const char *value;    /* the value's word in a help text: "PATH" */
    const char *fallback; /* as one would write it in the file */
    const char *help;
};
const struct config_key *config_keys(size_t *ret_count);

/* Defaults only: no file is read. */
void config_init(struct config *config);
void config_finish(struct config *config);
void config_drop_sources(struct config *config);

/* Reads the file and the files *.conf of FILE.d in lexical order; a later file wins. ERROR_CONFIG
 * carries, one line a mistake, file:line, what was found, what was expected, the nearest key. Files
 * that others than root or the caller may write to are refused: this program runs as root. */
int config_load(struct config *config, const char *path, struct error *err);

/* Sets one key of [deployer], as the command line does. */
int config_set(struct config *config, const char *key, const char *value, struct error *err);

#endif
