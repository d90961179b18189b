/* A manifest's name: `name`, else `id`, else the stem of the item's key. */
#ifndef KD_MANIFEST_NAME_H
#define KD_MANIFEST_NAME_H

#include "manifest/manifest.h"

#include <stdbool.h>

/* The key without folders and without its last suffix: "apps/web.json" → "web". free() it. */
char *name_stem(const char *key);

/* Fills container->name if it is absent. True: from the key. */
bool name_fill(Kanto__Container *container, const char *key);

#endif
