/* What became of the steps. */
#ifndef KD_REPLAY_TALLY_H
#define KD_REPLAY_TALLY_H

#include <stddef.h>

#define TALLY_REASONS_MAX 16

struct tally {
    size_t exact, invariant, setup, failed;
    struct {
        const char *reason;
        size_t count;
    } left_out[TALLY_REASONS_MAX];
};

void tally_leave_out(struct tally *tally, const char *reason);
void tally_add(struct tally *sum, const struct tally *tally);
void tally_print(const struct tally *tally, const char *name);

#endif
