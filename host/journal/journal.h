/* What this program deployed and is doing, on disk before it is done. One JSON file in the state
 * folder, replaced atomically; a lock file beside it lets one pass run at a time. */
#ifndef KD_JOURNAL_JOURNAL_H
#define KD_JOURNAL_JOURNAL_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum journal_phase {
    JOURNAL_INTENDED, /* written before Create is sent: the container may be there or not */
    JOURNAL_DEPLOYED, /* it was there and was started */
    JOURNAL_SUSPECT,  /* a call on it was given up: the id may be unusable */
};

enum journal_restart {
    RESTART_NONE,
    RESTART_DUE,   /* what it goes with has a new process */
    RESTART_BEGUN, /* a Stop of ours may not have been followed by its Start yet */
};

struct journal_entry {
    char *name;   /* the container's */
    char *id;     /* unique in the journal */
    char *source; /* [source NAME] */
    char *key;    /* the item's key in it */
    char *digest; /* 64 hex digits of the desired it was made from */
    enum journal_phase phase;
    enum journal_restart restart; /* restart_with */
    /* A replacement under way, on the new one's entry: */
    char *replaces;  /* the old one's id, or NULL */
    bool former_ran; /* the old one ran when it began */
    void *former;    /* the old one's whole Container, packed (container_pack); NULL: none */
    size_t former_length;
};

/* A desired that could not be fulfilled, and is not tried again until it changes. */
struct journal_failure {
    char *name;
    char *digest;
    char *reason;
};

struct journal {
    char *folder;
    int lock; /* descriptor, -1 */
    bool writable;
    bool changed;
    struct journal_entry *entries;
    size_t count, capacity;
    struct journal_failure *failures; /* one a name */
    size_t failure_count, failure_capacity;
};

/* Takes the lock (waits for it up to wait_ms; ERROR_TIMEOUT names the holder's pid) and reads the
 * journal. A file that is torn, foreign or of a newer format is set aside under another name
 * (journal.json.bad, journal.json.newer); *ret_notice says so
 * (free() it), NULL otherwise. A folder that cannot be written gives writable = false and a notice,
 * not an error. */
int journal_open(const char *folder, long wait_ms, struct journal *ret_journal, char **ret_notice,
    struct error *err);
/* The journal as it lies there, without the lock and never writable: for a look only. Always 0. */
int journal_peek(const char *folder, struct journal *ret_journal, char **ret_notice);
void journal_close(struct journal *journal);

const struct journal_entry *journal_find(const struct journal *journal, const char *id);
/* Copies the entry in; one of the same id is replaced. Nothing reaches the disk before
 * journal_save. Returns whether that changed anything. */
bool journal_put(struct journal *journal, const struct journal_entry *entry);
void journal_drop(struct journal *journal, const char *id);
/* Drops every entry whose id `still` does not know: the daemon has lost them (a factory reset, an
 * older image). */
void journal_forget_lost(
    struct journal *journal, bool (*still)(void *context, const char *id), void *context);

/* The failure of this name and digest, or NULL. */
const struct journal_failure *journal_failure(
    const struct journal *journal, const char *name, const char *digest);
void journal_fail(
    struct journal *journal, const char *name, const char *digest, const char *reason);
void journal_absolve(struct journal *journal, const char *name); /* forgets its failure */
int journal_save(struct journal *journal, struct error *err);    /* no-op when nothing changed */

#endif
