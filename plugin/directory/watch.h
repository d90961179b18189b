/* Notices that the folder may hold something else now, and hints to the host: files that are written,
 * renamed (the editors' way), removed; the folder itself removed, made again, not there yet; a file
 * system mounted on it or taken away. A thread of its own and inotify, for a host that stays. */
#ifndef KD_DIRECTORY_WATCH_H
#define KD_DIRECTORY_WATCH_H

#include "source.h"

/* When the folder cannot be watched it is read so often instead. */
#define WATCH_BLIND_MS 60000

struct watch;

/* From now on each change is passed on. NULL: no memory, or no thread; then nothing is watched. */
struct watch *watch_start(const struct source *source);
void watch_stop(struct watch *watch); /* NULL: nothing */

/* Whether changes are seen at all (the system's limits of inotify are shared by all programs). */
bool watch_sees(const struct watch *watch); /* NULL: false */

#endif
