/* Which user each source runs as that names none: a number of its own, so that no source can signal,
 * trace or starve another. Private to the room. */
#ifndef KD_GATHER_USERS_H
#define KD_GATHER_USERS_H

#include "config/config.h"

/* One number of each source, in their order; 0: it names a user, or there is no range. A number
 * follows from the section's name, and is the same in every pass as long as no other section comes
 * before it that wants the same. No two are equal: ERROR_CONFIG when the range is too short. */
int users_assign(const struct config *config, uint32_t *ret_users, struct error *err);

#endif
