/* A desired container that could not be deployed: what failed, whose fault it was, how it ended,
 * and when it may be tried again. One a name; it stays until the container is well again.
 *
 * The manifest's fault (`final`) is not tried again until the manifest changes. All else is the
 * world's: it is tried in each pass, as a try that changes nothing costs nothing. But where a try
 * stopped the running one (`costly`), tries become rare: within one boot after 1, 2, 4 … minutes,
 * at most an hour, by CLOCK_BOOTTIME. An earlier boot's clock says nothing, so boots are counted:
 * the first one after the first failure tries again, then every 2nd, 4th, 8th, at last every 16th,
 * or once this boot alone has lasted as long as the wait. */
#ifndef KD_JOURNAL_FAILURE_H
#define KD_JOURNAL_FAILURE_H

#include "base/stamp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAILURE_LOG_MAX                                                                            \
    ((size_t)16 << 10) /* bytes of a log that are kept: its end, in whole lines */

struct journal_failure {
    char *name;
    char *digest;
    char *reason;  /* a sentence of ours */
    char *message; /* the daemon's, or NULL */
    bool final;    /* the manifest's fault */
    bool costly;   /* the running one had been stopped for it, by this try or a former one */
    unsigned
        attempts; /* how many tries failed since it is known to be as costly as it is; 1, 2, … */
    unsigned skipped;                   /* later boots that did not try */
    char skipped_boot[STAMP_BOOT_SIZE]; /* the last one of them */
    struct stamp at;                    /* of the last failure */
    bool has_exit;
    int64_t exit_code;
    char *log;   /* the new one's last lines, or NULL */
    bool amends; /* for journal_fail alone: the same try as before, of which more is known now */
};

struct journal;

const struct journal_failure *journal_failure(const struct journal *journal, const char *name);
/* Only when it failed with this digest. */
const struct journal_failure *journal_failure_for(
    const struct journal *journal, const char *name, const char *digest);

/* Whether a failed one may be tried again at that moment of that boot. Pure. */
bool journal_failure_due(
    const struct journal_failure *failure, const char *boot_id, int64_t boottime_ms);

/* Copies it in place of what is known of that name. `attempts`, `skipped` and `skipped_boot` are
 * not the caller's: a try that failed like the last one (same name and digest) counts up. `costly`
 * stays with the digest: the next try may cost the same. */
void journal_fail(struct journal *journal, const struct journal_failure *failure);
/* A pass did not try it, as it was not due. Passes of the boot in which it failed are not counted,
 * and those of another one once. */
void journal_failure_skip(struct journal *journal, const char *name);
void journal_absolve(struct journal *journal, const char *name); /* forgets its failure */

/* Private to the room: puts it in as it is; what it holds becomes the journal's. */
void journal_failure_put(struct journal *journal, struct journal_failure failure);
void journal_failure_finish(struct journal_failure *failure);

#endif
