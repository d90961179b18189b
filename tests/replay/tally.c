#include "tally.h"

#include <stdio.h>
#include <string.h>

static void add_reason(struct tally *tally, const char *reason, size_t count)
{
    for (size_t i = 0; i < TALLY_REASONS_MAX; i++) {
        if (tally->left_out[i].reason && strcmp(tally->left_out[i].reason, reason) != 0)
            continue;
        tally->left_out[i].reason = reason;
        tally->left_out[i].count += count;
        return;
    }
}

void tally_leave_out(struct tally *tally, const char *reason)
{
    add_reason(tally, reason, 1);
}

void tally_add(struct tally *sum, const struct tally *tally)
{
    sum->exact += tally->exact;
    sum->invariant += tally->invariant;
    sum->setup += tally->setup;
    sum->failed += tally->failed;
    for (size_t i = 0; i < TALLY_REASONS_MAX && tally->left_out[i].reason; i++)
        add_reason(sum, tally->left_out[i].reason, tally->left_out[i].count);
}

void tally_print(const struct tally *tally, const char *name)
{
    size_t left_out = 0;
    for (size_t i = 0; i < TALLY_REASONS_MAX; i++)
        left_out += tally->left_out[i].count;
    printf("%s: %zu exact, %zu invariant, %zu to prepare, %zu left out, %zu differ\n", name,
        tally->exact, tally->invariant, tally->setup, left_out, tally->failed);
    for (size_t i = 0; i < TALLY_REASONS_MAX && tally->left_out[i].reason; i++)
        printf("  left out %zu: %s\n", tally->left_out[i].count, tally->left_out[i].reason);
}
