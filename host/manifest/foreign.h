/* What else of an edge device's JSON is handed to this program. */
#ifndef KD_MANIFEST_FOREIGN_H
#define KD_MANIFEST_FOREIGN_H

#include "manifest/document.h"

#include <stdbool.h>
#include <stdint.h>

/* An update manager's desired state: {"payload": {"domains": […]}}, what is in there, or one of its
 * domains. */
bool foreign_is_desired_state(const struct document *document, uint32_t root);

#endif
