/* The tables of keys and what they do to a section's struct. Private to the room. */
#ifndef KD_CONFIG_KEYS_H
#define KD_CONFIG_KEYS_H

#include "config/config.h"

/* The section's struct: struct config, config_source or config_container. */
void keys_init(enum config_section section, void *object); /* defaults */
void keys_finish(enum config_section section, void *object);

/* Sets a key. The error says what was found and expected, without the place. */
int keys_set(enum config_section section, void *object, const char *key, const char *value,
    struct error *err);

/* Sets a key of a [source NAME]; one that is not ours is kept for the plugin. */
int keys_set_source(struct config_source *source, const char *key, const char *value,
    const char *where, struct error *err);

#endif
