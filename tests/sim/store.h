/* What survives a daemon: a folder with a file for each container, the unusable ids and the time. */
#ifndef KD_SIM_STORE_H
#define KD_SIM_STORE_H

#include "base/error.h"
#include "box.h"

/* Nothing happens when the daemon has no folder. */
void store_save(const struct daemon *daemon, const struct box *box);
void store_drop(const struct daemon *daemon, const char *id);
void store_save_rest(const struct daemon *daemon); /* unusable ids, time */

/* Reads the folder, which is made when it is not there. Returns the time that had been reached. */
int64_t store_last_ms(const char *folder);
int store_load(struct daemon *daemon, struct error *err);

#endif
