/* Files whose word counts: a configuration, a plugin, a key. They are opened only where nobody but
 * root and the caller can put others in their place. */
#ifndef KD_BASE_TRUSTED_H
#define KD_BASE_TRUSTED_H

#include "base/error.h"

#include <sys/types.h>

/* Opens a regular file for reading (close-on-exec). Every folder from / down to it is looked at, and
 * where links lead, those there too: each of them, each link, and the file itself belongs to root or
 * to `caller`, and no group and nobody else may write to it. A folder that all may write to is borne
 * if it is sticky (/tmp): what lies in it is its owner's. Whatever is no regular file (a FIFO, a
 * device, a socket) is not even opened, so nothing hangs and nothing is set off.
 * ERROR_INVALID: the place or the file is not to be trusted, and err names it. */
int trusted_open(const char *path, uid_t caller, int *ret_fd, struct error *err);

#endif
