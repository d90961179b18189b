/* JSON paths: host_config.port_mappings[0].proto; in a file with several manifests [1].image.name.
 */
#ifndef KD_MANIFEST_PATH_H
#define KD_MANIFEST_PATH_H

#include "base/text.h"
#include "manifest/document.h"
#include "model/field.h"

#include <stdbool.h>
#include <stdint.h>

/* The path of a node, as the file spells it. */
void path_of_node(const struct document *document, uint32_t node, struct text *out);

/* Where a path in kanto-cm's own field names (from the container on) stands in the manifest at
 * `root`; when the file has not all of it, its nearest parent that is there, and *ret_exact is
 * false. Adds the whole path to *out, spelled as in the file, what is missing in its dialect. */
uint32_t path_find(struct document *document, uint32_t root, enum dialect dialect, const char *path,
    struct text *out, bool *ret_exact);

#endif
