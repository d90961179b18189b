/* What is no manifest by its name, and was perhaps meant to be one: a folder with nothing else in it
 * would deploy nothing, and say nothing. */
#ifndef KD_DIRECTORY_ALIKE_H
#define KD_DIRECTORY_ALIKE_H

#include <stdbool.h>
#include <stddef.h>

/* Those that were seen. Zero-initialised is none. */
struct alike {
    unsigned count;
    size_t length;
    bool full;      /* the rest is only counted */
    char text[600]; /* the first ones: "web.yaml (its name …), …" */
};

void alike_add(struct alike *alike, const char *key, const char *reason);

/* web.JSON, web.yaml, web.json.txt */
bool name_is_alike(const char *name);

/* Whether a folder has manifests in it, or what looks like some. */
bool alike_is_folder(int folder, const char *name);

#endif
