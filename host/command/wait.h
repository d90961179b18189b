/* What the program waits for before and between its calls. One wait at a time; whoever looks on is
 * told of one that lasts. */
#ifndef KD_COMMAND_WAIT_H
#define KD_COMMAND_WAIT_H

#include <stdbool.h>

/* From here on that: "kanto-cm at SOCKET". Copied. The same once more goes on. */
void wait_begin(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Fits the callbacks that end a wait: whether a signal came. Says what is waited for when that has
 * taken a second. */
bool wait_is_over(void *unused);

#endif
