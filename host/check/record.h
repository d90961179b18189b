/* What the parts of the room share. Private to it. */
#ifndef KD_CHECK_RECORD_H
#define KD_CHECK_RECORD_H

#include "check/check.h"

/* The result of the check "part.name". The first failure stays. */
void check_record(struct check *check, const char *id, enum check_verdict verdict,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Each adds its results. */
void check_file(struct check *check, const char *path); /* static.* */
void check_set(struct check *check, const struct source_set *first,
    const struct source_set *second); /* behaviour.same, .manifests */

#endif
