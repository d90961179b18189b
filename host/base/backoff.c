#include "base/backoff.h"

#include "base/clock.h"

#include <sys/random.h>

int64_t backoff_ms(const struct backoff *backoff, unsigned tries)
{
    int64_t wait = backoff->first_ms;
    for (; tries > 1 && wait < backoff->most_ms; tries--)
        wait *= 2;
    return wait < backoff->most_ms ? wait : backoff->most_ms;
}

uint64_t backoff_chance(void)
{
    uint64_t value = 0;
    if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != sizeof(value))
        value = (uint64_t)clock_now_us() * 0x9e3779b97f4a7c15u; /* no entropy yet */
    return value >> 20;
}

int64_t backoff_spread(int64_t ms, unsigned percent)
{
    int64_t width = ms / 100 * percent + ms % 100 * percent / 100;
    return width > 0 ? ms - (int64_t)(backoff_chance() % ((uint64_t)width + 1)) : ms;
}
