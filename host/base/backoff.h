/* How long to wait before another try, so that what fails is not asked without end, and a fleet that
 * began together does not ask together. */
#ifndef KD_BASE_BACKOFF_H
#define KD_BASE_BACKOFF_H

#include <stdint.h>

struct backoff {
    int64_t first_ms; /* after the first try; doubled after each further one */
    int64_t most_ms;
};

/* After `tries` of them (0 is 1). No chance in it. */
int64_t backoff_ms(const struct backoff *backoff, unsigned tries);

/* Less up to `percent` of it, by chance. */
int64_t backoff_spread(int64_t ms, unsigned percent);

/* 44 bits of chance, early at boot from the clock. */
uint64_t backoff_chance(void);

#endif
