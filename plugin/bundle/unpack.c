#include "unpack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE       ((size_t)64 << 10)
#define RATIO_BEGIN ((uint64_t)1 << 20) /* padding and the like make small bundles look strange */

static long fail(struct unpack *unpack, enum error_kind fault, const char *text)
{
    unpack->failed = true;
    return error_set(unpack->err, fault, "%s: %s", unpack->packing->name, text);
}

int unpack_begin(struct unpack *unpack, const struct bundle_policy *policy, const void *bytes,
    size_t length, struct error *err)
{
    *unpack = (struct unpack){.policy = policy,
        .length = length,
        .bytes = {.in = bytes, .in_left = length},
        .packing = packing_find(bytes, length),
        .err = err};
    if (!unpack->packing)
        return 0;
    unpack->piece = malloc(PIECE);
    unpack->stream = unpack->piece ? unpack->packing->begin() : NULL;
    return unpack->stream ? 0 : (int)fail(unpack, ERROR_LATER, "no memory");
}

static long check_limits(struct unpack *unpack)
{
    const struct bundle_policy *policy = unpack->policy;
    if (unpack->total > policy->max_total) {
        unpack->failed = true;
        return error_set(unpack->err, ERROR_INVALID,
            "found more than %llu bytes unpacked, expected at most that (max_total)",
            (unsigned long long)policy->max_total);
    }
    if (unpack->packing && unpack->total > RATIO_BEGIN &&
        unpack->total / policy->max_ratio > unpack->length) {
        unpack->failed = true;
        return error_set(unpack->err, ERROR_INVALID,
            "found more than %u bytes unpacked from each byte, expected at most that (max_ratio)",
            policy->max_ratio);
    }
    return 0;
}

/* One stream, and nothing behind it, as another program might read that. */
static long check_behind(struct unpack *unpack)
{
    const struct packing_bytes *left = &unpack->bytes;
    const struct packing *next = packing_find(left->in, left->in_left);
    char text[160];
    size_t zeros = 0;
    if (left->in_left == 0)
        return 0;
    while (zeros < left->in_left && left->in[zeros] == 0)
        zeros++;
    snprintf(text, sizeof(text), "found %zu bytes behind its end%s%s, expected none", left->in_left,
        next                     ? ", which begin as "
        : zeros == left->in_left ? ", all of them zero"
                                 : "",
        next ? next->name : "");
    return fail(unpack, ERROR_INVALID, text);
}

static void count(struct unpack *unpack, const unsigned char *piece, size_t length)
{
    size_t used = length;
    while (used > 0 && piece[used - 1] == 0)
        used--;
    if (used)
        unpack->after_last = unpack->total + used;
    unpack->total += length;
}

/* Until something comes out. */
static long next_packed(struct unpack *unpack, const void **ret_piece)
{
    struct packing_bytes *bytes = &unpack->bytes;
    const char *words = "";
    bytes->out = unpack->piece;
    bytes->out_left = PIECE;
    while (!unpack->ended && bytes->out_left == PIECE) {
        size_t before = bytes->in_left;
        enum packing_result result = unpack->packing->step(unpack->stream, bytes, &words);
        if (result == PACKING_BAD)
            return fail(unpack, ERROR_INVALID, words);
        unpack->ended = result == PACKING_ENDED;
        unpack->drained = result == PACKING_MORE && bytes->in_left == 0;
        if (unpack->drained && before == 0 && bytes->out_left == PIECE)
            return fail(unpack, ERROR_SHORT, "its end is missing");
    }
    *ret_piece = unpack->piece;
    size_t length = PIECE - bytes->out_left;
    if (length == 0 && check_behind(unpack) == 0 && unpack->total == 0)
        return fail(unpack, ERROR_SHORT, "found nothing in it, expected a tar archive");
    if (length == 0)
        return unpack->failed ? -1 : 0;
    if (unpack->total == 0 && packing_find(unpack->piece, length))
        return fail(unpack, ERROR_INVALID, "found it packed twice, expected once");
    return (long)length;
}

static long next_bare(struct unpack *unpack, const void **ret_piece)
{
    struct packing_bytes *bytes = &unpack->bytes;
    size_t piece = bytes->in_left < PIECE ? bytes->in_left : PIECE;
    *ret_piece = bytes->in;
    bytes->in += piece;
    bytes->in_left -= piece;
    unpack->drained = unpack->drained || piece == 0;
    return (long)piece;
}

long unpack_next(struct unpack *unpack, const void **ret_piece)
{
    if (unpack->failed)
        return -1;
    long length = unpack->packing ? next_packed(unpack, ret_piece) : next_bare(unpack, ret_piece);
    if (length <= 0)
        return length;
    count(unpack, *ret_piece, (size_t)length);
    return check_limits(unpack) < 0 ? -1 : length;
}

void unpack_end(struct unpack *unpack)
{
    if (unpack->stream)
        unpack->packing->end(unpack->stream);
    free(unpack->piece);
    unpack->stream = NULL;
    unpack->piece = NULL;
}
