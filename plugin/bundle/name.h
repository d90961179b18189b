/* Names of members: plain relative paths, or refused. Private to the room. */
#ifndef KD_BUNDLE_NAME_H
#define KD_BUNDLE_NAME_H

#include <stddef.h>

/* Without a leading "./" and a trailing "/"; "" is the folder that the bundle was made of. */
void name_trim(const char **begin, size_t *length);
/* What is wrong with a trimmed name; NULL: nothing. */
const char *name_fault(const char *name);
/* Why a member of that name is no manifest; NULL: it is one. */
const char *name_reason(const char *name);

#endif
