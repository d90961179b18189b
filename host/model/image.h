/* References of images, HOST[:PORT]/PATH[:TAG][@DIGEST]: where an image comes from.
 *
 * kanto-cm hands the text to containerd, which reads it as a URL and cleans its path: "..", "//"
 * and %2e lead elsewhere than they look. Only what has none of that is plain. */
#ifndef KD_MODEL_IMAGE_H
#define KD_MODEL_IMAGE_H

#include <stdbool.h>

/* Whether what is before the first slash looks like a registry: a dot, a port, or localhost. */
bool image_has_registry(const char *image);

/* Letters, digits and . _ - / : @ + only, no empty component, none that begins with a dot, no
 * ".." anywhere, and a registry before the first slash. */
bool image_is_plain(const char *image);

/* Whether a plain reference's repository is `prefix` (HOST[:PORT][/PATH]) or lies below it; whole
 * components are compared, case matters. Not plain: never. */
bool image_is_below(const char *image, const char *prefix);

/* "ghcr.io" of "ghcr.io/a/b:1"; free() it. NULL: not plain. */
char *image_registry(const char *image);

#endif
