/* The archive inside a bundle as a stream of bytes: unpacked piece by piece, counted, and stopped
 * at the limits. Private to the room. */
#ifndef KD_BUNDLE_UNPACK_H
#define KD_BUNDLE_UNPACK_H

#include "bundle/bundle.h"
#include "packing.h"

struct unpack {
    const struct bundle_policy *policy;
    size_t length;                 /* of the bundle */
    struct packing_bytes bytes;    /* of it those that are left */
    bool drained;                  /* more is needed than there is */
    const struct packing *packing; /* NULL: not packed */
    void *stream;                  /* the packing's */
    unsigned char *piece;          /* what came out last */
    bool ended;
    uint64_t total;      /* bytes that came out */
    uint64_t after_last; /* offset behind the last byte that was not zero */
    bool failed;         /* err is filled */
    struct error *err;
};

/* Finds out by the first bytes how it is packed. */
int unpack_begin(struct unpack *unpack, const struct bundle_policy *policy, const void *bytes,
    size_t length, struct error *err);
/* The next piece, which lives until the next call; 0 at the end; -1 with err filled, and then
 * always so. */
long unpack_next(struct unpack *unpack, const void **ret_piece);
void unpack_end(struct unpack *unpack);

#endif
