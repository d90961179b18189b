/* Whom this process runs as. Only root can become another. */
#ifndef KD_LOADER_USER_H
#define KD_LOADER_USER_H

#include "base/error.h"

#include <stdint.h>

/* The system user of that name, with its groups. */
int user_become(const char *name, struct error *err);
/* A number that no user database knows, with a group of the same number, and of the group
 * kanto-deployer where there is one: that is whom files are shared with. */
int user_become_number(uint32_t uid, struct error *err);
/* No capabilities any more, for root neither, but the one to read files whosever they are. */
int user_drop_capabilities(struct error *err);

#endif
