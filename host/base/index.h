/* A hash table from text to numbers, mostly places in an array. Ids and names come from outside: it
 * is SipHash with a key of this process's own, so that no choice of names makes it slow.
 *
 * A key may stand for several values (names are not unique in kanto-cm); they come in the order in
 * which they were put. Keys are borrowed: each must live, and stay as it is, until it is removed or
 * the index is finished. A zeroed struct is an empty index. */
#ifndef KD_BASE_INDEX_H
#define KD_BASE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct index_slot {
    const char *key; /* NULL: free */
    uint64_t hash;
    size_t value;
};

struct index {
    struct index_slot *slots;
    size_t capacity; /* 0, or a power of two */
    size_t count;
};

void index_put(struct index *index, const char *key, size_t value);
/* The first value of the key. Returns false, with *ret_value untouched, when there is none. */
bool index_find(const struct index *index, const char *key, size_t *ret_value);
/* All values of a key: for (size_t at = 0, value; index_next(&index, key, &at, &value);) …
 * There must be no put or remove in between. */
bool index_next(const struct index *index, const char *key, size_t *at, size_t *ret_value);
/* Takes out the first pair of this key and value. Returns whether there was one. */
bool index_remove(struct index *index, const char *key, size_t value);
void index_finish(struct index *index); /* empty again; NULL is fine */

#endif
