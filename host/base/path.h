/* Paths as they are written: nothing here looks at a file system. */
#ifndef KD_BASE_PATH_H
#define KD_BASE_PATH_H

#include <stdbool.h>

/* Begins with / and has no component "..": means one place, whatever is there (but for links). */
bool path_is_plain(const char *path);

/* Whether a plain path is `folder` (plain too) or lies below it: whole components are compared;
 * "//", "/./" and a / at the end mean nothing. Not plain: never. */
bool path_is_below(const char *path, const char *folder);

#endif
