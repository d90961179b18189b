#include "source/key_set.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LEAST 64

/* FNV-1a. Keys that were made to collide cost time within the source's own deadline. */
static size_t hash(const char *key)
{
    uint64_t sum = UINT64_C(14695981039346656037);
    for (; *key; key++)
        sum = (sum ^ (unsigned char)*key) * UINT64_C(1099511628211);
    return (size_t)(sum ^ sum >> 32);
}

/* The key's slot, or the free one where it belongs. */
static size_t place(const struct key_set *set, const char *key)
{
    size_t at = hash(key) & (set->size - 1);
    while (set->slots[at] && strcmp(set->slots[at], key) != 0)
        at = (at + 1) & (set->size - 1);
    return at;
}

bool key_set_has(const struct key_set *set, const char *key)
{
    return set->count > 0 && set->slots[place(set, key)];
}

static void grow(struct key_set *set)
{
    struct key_set larger = {.size = set->size ? 2 * set->size : LEAST, .count = set->count};
    larger.slots = memory_zeroed(larger.size, sizeof(*larger.slots));
    for (size_t i = 0; i < set->size; i++)
        if (set->slots[i])
            larger.slots[place(&larger, set->slots[i])] = set->slots[i];
    free(set->slots);
    *set = larger;
}

void key_set_add(struct key_set *set, const char *key)
{
    if (set->count >= set->size / 2)
        grow(set);
    set->slots[place(set, key)] = key;
    set->count++;
}

void key_set_finish(struct key_set *set)
{
    free(set->slots);
    *set = (struct key_set){0};
}
