/* An OCI image layout (image specification 1.1, "Image Layout") that a test fills and skopeo
 * pushes. */
#ifndef KD_TESTS_LAYOUT_H
#define KD_TESTS_LAYOUT_H

#include <stddef.h>

#define LAYOUT_DIGEST 72

struct layout_layer {
    const char *type, *title; /* title NULL: none */
    const void *bytes;
    size_t length;
};

/* Begins an empty one at FOLDER/layout. */
void layout_begin(const char *folder);
/* A manifest with these layers under the name TAG; its digest goes to ret_digest (may be NULL). The
 * former one is forgotten. */
void layout_manifest(const char *folder, const char *tag, const struct layout_layer *layers,
    size_t count, char ret_digest[LAYOUT_DIGEST]);

/* The text of a manifest, as layout_manifest writes it; free() it. */
char *layout_text(const struct layout_layer *layers, size_t count);

#endif
