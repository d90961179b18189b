/* Signals as kanto-cm takes them: SIGTERM or a number (recorded: stop). */
#ifndef KD_SIM_SIGNALS_H
#define KD_SIM_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>

/* 1 to 255, or -1: no such signal. */
int signal_parse(const char *text);
/* "SIGTERM"; false: it has no name. */
bool signal_print(int number, char *name, size_t size);

#endif
