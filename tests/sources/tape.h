/* A tar archive, written block by block, so that it can be one that no tar program would write. */
#ifndef KD_TESTS_TAPE_H
#define KD_TESTS_TAPE_H

#include <stdbool.h>
#include <stddef.h>

struct tape {
    unsigned char *bytes;
    size_t length, capacity;
};

void tape_finish(struct tape *tape);
void tape_add(struct tape *tape, const void *bytes, size_t length);
void tape_text(struct tape *tape, const char *text);
void tape_add_zeros(struct tape *tape, size_t length);

/* A header of ustar; `size` is what it announces. Returns its offset, for whoever spoils it. */
size_t tape_header(
    struct tape *tape, const char *name, char type, const char *link, unsigned long long size);
/* Sums the header at that offset up again. */
void tape_sum(struct tape *tape, size_t header);

void tape_member(struct tape *tape, const char *name, char type, const char *link,
    const void *bytes, size_t length);
void tape_file(struct tape *tape, const char *name, const char *text);
/* A manifest of that container, as NAME.json. */
void tape_manifest(struct tape *tape, const char *name);
/* A pax header ('x': of the next member) with one record. */
void tape_pax(struct tape *tape, char type, const char *key, const char *value);
void tape_end(struct tape *tape);

/* Packs all of it: "gzip", "xz", "zstd"; "": not. */
void tape_pack(struct tape *tape, const char *how);
void tape_write(const struct tape *tape, const char *path);

#endif
