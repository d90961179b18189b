/* SIGTERM and SIGINT: the first asks for an orderly end, the second one ends at once. */
#ifndef KD_COMMAND_STOP_H
#define KD_COMMAND_STOP_H

#include <stdbool.h>

void stop_install(void);
bool stop_asked(void *unused); /* fits the `stop` callbacks */

#endif
