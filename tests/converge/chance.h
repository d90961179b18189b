/* Chance that a seed decides: the same on every machine. */
#ifndef KD_CONVERGE_CHANCE_H
#define KD_CONVERGE_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

struct chance chance_of(uint64_t seed);
unsigned chance_below(struct chance *chance, unsigned most); /* 0 … most - 1; most > 0 */
bool chance_in(struct chance *chance, unsigned percent);

#endif
