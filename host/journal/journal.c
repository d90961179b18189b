#include "journal/journal.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "journal/former.h"
#include "journal/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOURNAL_BYTES_MAX ((size_t)16 << 20)
#define READS_MAX         3 /* a disk that fails once may do better */

static char *file_path(const struct journal *journal)
{
    return memory_format("%s/journal.json", journal->folder);
}

static struct journal empty(const char *folder)
{
    struct journal journal = {.folder = memory_string(folder), .lock = LOCK_NONE};
    struct stamp now = stamp_now();
    memcpy(journal.boot, now.boot, sizeof(journal.boot));
    return journal;
}

static int load(struct journal *journal, struct text *notices, struct error *err)
{
    scoped_free char *path = file_path(journal);
    scoped_free char *bytes = NULL;
    size_t length = 0;
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return 0;
    int result = -1;
    for (int i = 0; i < READS_MAX && result < 0; i++)
        result = file_read(path, JOURNAL_BYTES_MAX, &bytes, &length, err);
    if (result == 0 && (result = record_read(journal, bytes, length, notices, err)) < 0)
        error_wrap(err, "%s", path);
    journal->changed = false;
    return result;
}

static void add_notice(struct text *notices, const char *text)
{
    text_add(notices, notices->length > 0 ? "; " : "");
    text_add(notices, text);
}

/* What was read and is no journal, or lies where the disk is damaged, is lost. All else (no
 * descriptor left, a right that is missing) says nothing of the file. */
static bool is_lost(const struct error *why)
{
    return why->number == 0 || why->number == EIO;
}

/* What is lost is kept for whoever wants to know why; the pass goes on from List. Anything else
 * stays where it is, and nothing is written over it. */
static void set_aside(struct journal *journal, const struct error *why, struct text *notices)
{
    scoped_free char *path = file_path(journal);
    if (!is_lost(why)) {
        scoped_free char *kept = memory_format(
            "%s: it cannot be read now, and stays as it is; nothing is remembered of this pass",
            why->text);
        add_notice(notices, kept);
        journal->writable = false;
        return;
    }
    const char *suffix = why->kind == ERROR_NEWER ? "newer" : "bad";
    scoped_free char *aside = memory_format("%s.%s", path, suffix);
    bool moved = journal->writable && rename(path, aside) == 0;
    scoped_free char *text = moved ? memory_format("%s; it is set aside as %s", why->text, aside)
                                   : memory_format("%s; it is ignored", why->text);
    add_notice(notices, text);
}

static char *steal_notices(struct text *notices)
{
    return notices->length > 0 ? text_steal(notices) : NULL;
}

int journal_peek(const char *folder, struct journal *ret_journal, char **ret_notice)
{
    struct journal journal = empty(folder);
    struct error err = {0};
    scoped_text struct text notices = {0};
    if (load(&journal, &notices, &err) < 0)
        add_notice(&notices, err.text);
    *ret_notice = steal_notices(&notices);
    *ret_journal = journal;
    return 0;
}

/* Makes the folder and takes its lock. */
static int enter_folder(
    struct journal *journal, const struct lock_options *options, struct error *err)
{
    scoped_free char *path = memory_format("%s/lock", journal->folder);
    scoped_free char *what =
        memory_format("%s: another pass runs on this state folder:", journal->folder);
    if (mkdir(journal->folder, 0700) < 0 && errno != EEXIST)
        return error_errno(err, errno, "%s", journal->folder);
    return lock_take(&journal->lock, path, what, options, err);
}

int journal_open(const char *folder, const struct lock_options *options,
    struct journal *ret_journal, char **ret_notice, struct error *err)
{
    struct journal journal = empty(folder);
    struct error why = {0}, unread = {0};
    scoped_text struct text notices = {0};
    journal.writable = enter_folder(&journal, options, &why) == 0;
    if (why.kind == ERROR_TIMEOUT) {
        journal_close(&journal);
        return error_set(err, why.kind, "%s", why.text);
    }
    if (!journal.writable)
        text_add_format(&notices, "%s: nothing is remembered of this pass", why.text);
    if (load(&journal, &notices, &unread) < 0)
        set_aside(&journal, &unread, &notices);
    else if (journal.writable)
        former_sweep(&journal); /* what a pass that was interrupted left */
    *ret_notice = steal_notices(&notices);
    *ret_journal = journal;
    return 0;
}

void journal_close(struct journal *journal)
{
    for (size_t i = 0; i < journal->count; i++)
        journal_entry_finish(&journal->entries[i]);
    for (size_t i = 0; i < journal->failure_count; i++)
        journal_failure_finish(&journal->failures[i]);
    free(journal->entries);
    free(journal->failures);
    free(journal->folder);
    index_finish(&journal->ids);
    index_finish(&journal->names);
    index_finish(&journal->failed_names);
    lock_release(&journal->lock);
    *journal = (struct journal){.lock = LOCK_NONE};
}

/* Old containers go first: what the journal names must be there. */
static int write_all(const struct journal *journal, struct error *err)
{
    scoped_free char *path = file_path(journal);
    scoped_text struct text text = {0};
    if (!journal->writable)
        return error_set(err, ERROR_FAILED, "%s: it cannot be written", journal->folder);
    record_write(journal, &text);
    if (text.truncated || text.length > JOURNAL_BYTES_MAX)
        return error_set(err, ERROR_LIMIT,
            "%s: it would have %zu bytes, and at most %zu can be read back", path, text.length,
            JOURNAL_BYTES_MAX);
    if (former_write(journal, err) < 0)
        return -1;
    return file_write_atomic(path, text_get(&text), text.length, 0600, err);
}

int journal_prove(struct journal *journal, struct error *err)
{
    journal->failed = write_all(journal, err) < 0;
    if (journal->failed)
        return error_wrap(err, "the journal cannot be written");
    journal->changed = false;
    former_sweep(journal);
    return 0;
}

int journal_save(struct journal *journal, struct error *err)
{
    return journal->changed || journal->failed ? journal_prove(journal, err) : 0;
}

bool journal_remembers(const struct journal *journal)
{
    return journal->writable && !journal->failed;
}
