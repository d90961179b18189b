/* What this program deployed and is doing, on disk before it is done. One JSON file in the state
 * folder, replaced atomically; old containers of replacements beside it in former/; a lock file
 * lets one pass run at a time. */
#ifndef KD_JOURNAL_JOURNAL_H
#define KD_JOURNAL_JOURNAL_H

#include "base/error.h"
#include "base/index.h"
#include "base/stamp.h"
#include "journal/failure.h"
#include "journal/lock.h"

#include <stdbool.h>
#include <stddef.h>

enum journal_phase {
    JOURNAL_INTENDED, /* written before Create is sent: the container may be there or not */
    JOURNAL_DEPLOYED, /* it was there and was started */
    JOURNAL_SUSPECT,  /* a call on it was given up: the id may be unusable */
    JOURNAL_RETIRED,  /* it is gone, and its id is not used again: it could meet its former task */
};

enum journal_restart {
    RESTART_NONE,
    RESTART_DUE,   /* the one of its restart_with has a new process */
    RESTART_BEGUN, /* and its Stop may not have been followed by its Start yet */
    RESTART_OWED,  /* a Stop of ours, for whatever else: nobody left it down, it is to run again */
};

struct journal_entry {
    char *name;   /* the container's; "": not ours, and only `restart` says something of it */
    char *id;     /* unique in the journal */
    char *source; /* [source NAME] */
    char *key;    /* the item's key in it */
    char *digest; /* 64 hex digits of what was desired when it was made */
    enum journal_phase phase;
    enum journal_restart restart;
    char *hand;   /* digest of the manifest under which a person stopped it, or NULL */
    bool undoing; /* a new one that failed: what stops it is us */
    /* A replacement under way, on the new one's entry: */
    char *replaces;  /* the old one's id, or NULL */
    bool former_ran; /* the old one ran when it began */
    /* The old one's whole Container, packed (container_pack), or with RESTART_OWED the one's own, as
     * it was; NULL: none. Kept with either. */
    void *former;
    size_t former_length;
    char former_sum[65]; /* names its file in former/; the journal's own, "": none */
};

struct journal {
    char *folder;
    char boot[STAMP_BOOT_SIZE]; /* the id of the boot in which it was opened; "": not known */
    struct lock lock;
    bool writable; /* the folder can be written, and is ours */
    bool failed;   /* the last try to save failed: see journal_remembers */
    bool changed;
    struct journal_entry *entries;
    size_t count, capacity;
    struct index ids, names;          /* places in entries */
    struct journal_failure *failures; /* one a name; journal/failure.h has the verbs */
    size_t failure_count, failure_capacity;
    struct index failed_names; /* places in failures */
};

/* Takes the lock (waiting as the options say; NULL: not at all) and reads the journal.
 * ERROR_TIMEOUT says who holds it. A file that is torn, foreign or of another format is set aside
 * under another name (journal.json.bad, journal.json.newer); *ret_notice says so (free() it), and
 * what else is wrong, NULL otherwise. A folder that cannot be written gives writable = false and a
 * notice, not an error; what lies there is read all the same. So does a file that cannot be read
 * for a reason that is not its own (no descriptor left, no right): it stays as it is. */
int journal_open(const char *folder, const struct lock_options *options,
    struct journal *ret_journal, char **ret_notice, struct error *err);
/* The journal as it lies there, without the lock and never writable: for a look only. Always 0. */
int journal_peek(const char *folder, struct journal *ret_journal, char **ret_notice);
void journal_close(struct journal *journal);

/* No-op when nothing changed and the last save succeeded. On failure the old file stays as it was,
 * and `failed` is set until a save succeeds. ERROR_LIMIT: the journal would be larger than what can
 * be read back (16 MiB). */
int journal_save(struct journal *journal, struct error *err);
/* The same, written even if nothing changed: whether a pass that is about to change something can
 * remember it. */
int journal_prove(struct journal *journal, struct error *err);
/* What cannot be remembered must not be begun: while this is false nothing is replaced, updated,
 * stopped or removed. */
bool journal_remembers(const struct journal *journal);

const struct journal_entry *journal_find(const struct journal *journal, const char *id);
/* The entries of a name, one a call, NULL behind the last: *at is 0 at first. There must be no put
 * or drop in between. */
const struct journal_entry *journal_next_of(
    const struct journal *journal, const char *name, size_t *at);
/* Copies the entry in; one of the same id is replaced. Nothing reaches the disk before
 * journal_save. Returns whether that changed anything. */
bool journal_put(struct journal *journal, const struct journal_entry *entry);
void journal_drop(struct journal *journal, const char *id);
/* Its container is gone: the entry stays as a retired one, the newest JOURNAL_RETIRED_MAX of them. */
void journal_retire(struct journal *journal, const char *id);
#define JOURNAL_RETIRED_MAX 1000
/* How many are not retired. */
size_t journal_count(const struct journal *journal);
/* Retires every entry whose id `still` does not know (one that was only intended is dropped): a
 * person removed it, or the daemon has lost it (a factory reset, an older image). */
void journal_forget_lost(
    struct journal *journal, bool (*still)(void *context, const char *id), void *context);

/* Private to the room. */
void journal_entry_finish(struct journal_entry *entry);

#endif
