/* Which files of a folder are manifests, and in which order. */
#ifndef KD_DIRECTORY_NAME_H
#define KD_DIRECTORY_NAME_H

/* NULL: it is a manifest by its name. Else why it is passed over; "" for what was never meant to be
 * one (another suffix without a meaning). */
const char *name_reason(const char *name);

#endif
