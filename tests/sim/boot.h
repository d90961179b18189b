/* How the daemon comes up, goes down, and what each leaves behind (recorded: restart-*,
 * power-cut). */
#ifndef KD_SIM_BOOT_H
#define KD_SIM_BOOT_H

#include "daemon.h"

/* Reads the folder; takes over, starts again what its policy says. */
int boot_up(struct daemon *daemon, struct error *err);
/* SIGTERM: stops all, one after the other. False: it never ends (a container in a crash loop). */
bool boot_down(struct daemon *daemon);
/* Daemon, shims and processes end at once. */
void boot_power_cut(struct daemon *daemon);
void boot_forget(struct daemon *daemon); /* an empty daemon */
void boot_finish(struct daemon *daemon);

#endif
