/* SIGTERM and SIGINT: the first asks for an orderly end, a further one ends at once. The handler
 * only sets a flag, or prints a line that was prepared, and leaves. */
#ifndef KD_COMMAND_STOP_H
#define KD_COMMAND_STOP_H

#include <stdbool.h>

/* Until stop_next is called, a further signal says that nothing was changed. */
void stop_install(void);
bool stop_asked(void *unused); /* fits the `stop` callbacks */

/* What a further signal says before it ends the process: a line, copied (and cut at 1 KiB), without
 * its end. NULL: a further one does nothing, because nobody was told yet what the first one did. */
void stop_next(const char *line);

#endif
