/* A manifest's name: `name`, else `id`, else the stem of the item's key. */
#ifndef KD_MANIFEST_NAME_H
#define KD_MANIFEST_NAME_H

#include "manifest/manifest.h"

#include <stdbool.h>

/* Fills container->name if it is absent. True: from the key. */
bool name_fill(Kanto__Container *container, const char *key);

#endif
