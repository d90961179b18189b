#include "gather/users.h"

#include <stdbool.h>

/* FNV-1a: it only has to spread, and to be the same for ever. */
static uint64_t sum_of(const char *name)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (; *name; name++)
        sum = (sum ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return sum ^ sum >> 32;
}

static bool is_taken(const uint32_t *users, size_t count, uint32_t user)
{
    for (size_t i = 0; i < count; i++)
        if (users[i] == user)
            return true;
    return false;
}

int users_assign(const struct config *config, uint32_t *ret_users, struct error *err)
{
    const struct config_range *range = &config->source_users;
    uint64_t size = (uint64_t)range->last - range->first + 1;
    for (size_t i = 0; i < config->count; i++) {
        const struct config_source *source = &config->sources[i];
        ret_users[i] = 0;
        if (source->user || range->last == 0)
            continue;
        uint64_t at = sum_of(source->name) % size, tries = 0;
        while (tries < size && is_taken(ret_users, i, range->first + (uint32_t)at)) {
            at = (at + 1) % size;
            tries++;
        }
        if (tries == size)
            return error_set(err, ERROR_CONFIG,
                "%s: [source %s] is one more than source_users has numbers (%u-%u); make it longer",
                source->where, source->name, range->first, range->last);
        ret_users[i] = range->first + (uint32_t)at;
    }
    return 0;
}
