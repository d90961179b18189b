#include "chance.h"

/* splitmix64 */
static uint64_t step(struct chance *chance)
{
    uint64_t value = chance->state += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

struct chance chance_of(uint64_t seed)
{
    return (struct chance){.state = seed * UINT64_C(0x2545f4914f6cdd1d) + 1};
}

unsigned chance_below(struct chance *chance, unsigned most)
{
    return (unsigned)(step(chance) >> 33) % most;
}

bool chance_in(struct chance *chance, unsigned percent)
{
    return chance_below(chance, 100) < percent;
}
