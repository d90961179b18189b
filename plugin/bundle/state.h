/* Versions. Private to the room. */
#ifndef KD_BUNDLE_STATE_H
#define KD_BUNDLE_STATE_H

#include "bundle/bundle.h"

/* Takes numbers with dots between them, and white space behind. -1: it is something else. */
int version_take(const char *bytes, size_t length, char ret_version[BUNDLE_VERSION_MAX + 1]);
/* By number: 1.10 is later than 1.9, and 1.4 is 1.4.0. "" is before all others. */
int version_compare(const char *a, const char *b);

#endif
