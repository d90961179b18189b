/* The table of keys and what it does to a struct config. Private to the room. */
#ifndef KD_CONFIG_KEYS_H
#define KD_CONFIG_KEYS_H

#include "config/config.h"

/* Sets a key of [deployer]. The error says what was found and expected, without the place. */
int keys_set(struct config *config, const char *key, const char *value, struct error *err);

/* Sets a key of a [source NAME]; one that is not ours is kept for the plugin. */
int keys_set_source(struct config_source *source, const char *key, const char *value,
    const char *where, struct error *err);

#endif
