/* A test's folder, and the tarball source reading bundles there as the host has it read: through
 * its helper process. */
#ifndef KD_TESTS_DESK_H
#define KD_TESTS_DESK_H

#include "source/source.h"
#include "tape.h"

#define DESK_PAIRS 8

struct desk {
    char folder[32];
    char path[64];         /* of the bundle */
    char kept[64];         /* what the host keeps */
    bool keeps;            /* kept sets are used */
    struct source_set set; /* of the last run */
};

extern struct desk desk;

void desk_setup(void); /* fixtures */
void desk_teardown(void);

/* FOLDER/NAME; static storage, overwritten by the next call but three. */
const char *desk_path(const char *name);
/* Writes the bundle and lets the tape go. */
void desk_write(struct tape *tape);

/* One reconcile with path = the bundle and further settings, pairs that end with NULL (or NULL). */
void desk_run(const char *const *pairs);

/* Of the last run; they print what was found. */
void desk_expect_keys(const char *keys); /* COMPLETE, with spaces between */
void desk_expect_refused(enum source_result result, const char *part); /* and nothing was stated */
bool desk_noted(enum severity severity, const char *part);

#endif
