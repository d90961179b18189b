/* Which keys were there already, without a look at each of ten thousand. Private to the room. */
#ifndef KD_SOURCE_KEY_SET_H
#define KD_SOURCE_KEY_SET_H

#include <stdbool.h>
#include <stddef.h>

struct key_set {
    const char **slots; /* NULL: free; a power of two of them */
    size_t size, count;
};

bool key_set_has(const struct key_set *set, const char *key);
/* The key is borrowed until key_set_finish; it must not be there yet. */
void key_set_add(struct key_set *set, const char *key);
void key_set_finish(struct key_set *set);

#endif
