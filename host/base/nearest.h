/* "Did you mean …": the known word that is nearest to a misspelt one. */
#ifndef KD_BASE_NEAREST_H
#define KD_BASE_NEAREST_H

#include <stddef.h>

/* The candidate with the least edit distance (insert, delete, replace, swap of neighbours; letter
 * case costs nothing), or NULL when none is near: at most a third of the word's letters, at least
 * 1, may differ. Words over 64 bytes have no neighbour. NULL candidates are passed over. */
const char *nearest_word(const char *word, const char *const *candidates, size_t count);

#endif
