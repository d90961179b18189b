/* gzip, xz and zstd, each by its own library: one stream, of which one knows where it ends.
 * Private to the room. */
#ifndef KD_BUNDLE_PACKING_H
#define KD_BUNDLE_PACKING_H

#include <stddef.h>

/* What is packed, and where what comes out goes; both are moved on. */
struct packing_bytes {
    const unsigned char *in;
    size_t in_left;
    unsigned char *out;
    size_t out_left;
};

enum packing_result {
    PACKING_MORE,  /* more came out, or more has to come in */
    PACKING_ENDED, /* its end was there, and its checksum is right */
    PACKING_BAD
};

struct packing {
    const char *name;
    const char *magic; /* its first bytes */
    size_t magic_length;
    /* NULL: no memory. */
    void *(*begin)(void);
    /* PACKING_BAD: *ret_words says why, a constant, or one of the library's. */
    enum packing_result (*step)(void *stream, struct packing_bytes *bytes, const char **ret_words);
    void (*end)(void *stream);
};

/* The one that begins so; NULL: none. */
const struct packing *packing_find(const void *bytes, size_t length);

#endif
