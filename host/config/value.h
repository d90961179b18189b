/* The values of keys: text → the member of a section's struct that the key's row names. Private to
 * the room. */
#ifndef KD_CONFIG_VALUE_H
#define KD_CONFIG_VALUE_H

#include "config/config.h"

/* The default. `object` is the section's struct, zeroed before the first one. */
void value_init(const struct config_key *key, void *object);
void value_finish(const struct config_key *key, void *object);

/* The error says what was found and expected, without place and key. What was there stays on
 * failure. */
int value_set(const struct config_key *key, void *object, const char *text, struct error *err);

/* A source's name: 1 to VALUE_SOURCE_MAX of a-z 0-9 _ -. */
#define VALUE_SOURCE_MAX 32
bool value_is_source(const char *name);

/* A container's name, as kanto-cm takes it: letters, digits, _ . - (the first one no . or -). */
bool value_is_container(const char *name);

#endif
