#include "journal/journal.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "journal/record.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOURNAL_BYTES_MAX ((size_t)16 << 20)
#define LOCK_POLL_MS      100

static char *file_path(const struct journal *journal)
{
    return memory_format("%s/journal.json", journal->folder);
}

static int say_holder(int lock, const char *folder, struct error *err)
{
    char pid[16] = "";
    ssize_t got = pread(lock, pid, sizeof(pid) - 1, 0);
    pid[got > 0 ? strspn(pid, "0123456789") : 0] = '\0';
    return error_set(err, ERROR_TIMEOUT, "%s/lock: another pass runs (process %s)", folder,
        *pid ? pid : "unknown");
}

/* flock(2) knows no timeout, and an alarm signal would disturb the caller's own: so it is asked
 * again. */
static int take_lock(struct journal *journal, long wait_ms, struct error *err)
{
    scoped_free char *path = memory_format("%s/lock", journal->folder);
    scoped_fd int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0)
        return error_errno(err, errno, "%s", path);
    int64_t until = clock_now_ms() + wait_ms;
    while (flock(lock, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_errno(err, errno, "%s", path);
        if (clock_now_ms() >= until)
            return say_holder(lock, journal->folder, err);
        poll(NULL, 0, LOCK_POLL_MS);
    }
    scoped_free char *pid = memory_format("%d\n", (int)getpid());
    if (ftruncate(lock, 0) < 0 || pwrite(lock, pid, strlen(pid), 0) < 0)
        return error_errno(err, errno, "%s", path);
    journal->lock = steal_fd(&lock);
    return 0;
}

static int load(struct journal *journal, struct error *err)
{
    scoped_free char *path = file_path(journal);
    scoped_free char *bytes = NULL;
    size_t length = 0;
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return 0;
    int result = file_read(path, JOURNAL_BYTES_MAX, &bytes, &length, err);
    if (result == 0 && (result = record_read(journal, bytes, length, err)) < 0)
        error_wrap(err, "%s", path);
    journal->changed = false;
    return result;
}

/* What cannot be read is kept for whoever wants to know why; the pass goes on from List. */
static char *set_aside(const struct journal *journal, const struct error *why)
{
    scoped_free char *path = file_path(journal);
    const char *suffix = why->kind == ERROR_NEWER ? "newer" : "bad";
    scoped_free char *aside = memory_format("%s.%s", path, suffix);
    if (rename(path, aside) < 0)
        return memory_format("%s; it is ignored", why->text);
    return memory_format("%s; it is set aside as %s", why->text, aside);
}

int journal_peek(const char *folder, struct journal *ret_journal, char **ret_notice)
{
    struct journal journal = {.folder = memory_string(folder), .lock = -1};
    struct error err = {0};
    *ret_notice = load(&journal, &err) < 0 ? memory_string(err.text) : NULL;
    *ret_journal = journal;
    return 0;
}

int journal_open(const char *folder, long wait_ms, struct journal *ret_journal, char **ret_notice,
    struct error *err)
{
    struct journal journal = {.folder = memory_string(folder), .lock = -1};
    *ret_notice = NULL;
    if (mkdir(folder, 0700) < 0 && errno != EEXIST) {
        *ret_notice =
            memory_format("%s: %s: nothing is remembered of this pass", folder, strerror(errno));
    } else if (take_lock(&journal, wait_ms, err) < 0) {
        if (err && err->kind == ERROR_TIMEOUT) {
            journal_close(&journal);
            return -1;
        }
        *ret_notice =
            memory_format("%s: nothing is remembered of this pass", err ? err->text : folder);
    } else {
        journal.writable = true;
    }
    struct error why = {0};
    if (!*ret_notice && load(&journal, &why) < 0)
        *ret_notice = set_aside(&journal, &why);
    *ret_journal = journal;
    return 0;
}

static void finish_entry(struct journal_entry *entry)
{
    free(entry->name);
    free(entry->id);
    free(entry->source);
    free(entry->key);
    free(entry->digest);
    free(entry->replaces);
    free(entry->former);
}

static void finish_failure(struct journal_failure *failure)
{
    free(failure->name);
    free(failure->digest);
    free(failure->reason);
}

void journal_close(struct journal *journal)
{
    for (size_t i = 0; i < journal->count; i++)
        finish_entry(&journal->entries[i]);
    for (size_t i = 0; i < journal->failure_count; i++)
        finish_failure(&journal->failures[i]);
    free(journal->entries);
    free(journal->failures);
    free(journal->folder);
    if (journal->lock >= 0)
        close(journal->lock);
    *journal = (struct journal){.lock = -1};
}

static struct journal_entry *find(const struct journal *journal, const char *id)
{
    for (size_t i = 0; i < journal->count; i++)
        if (strcmp(journal->entries[i].id, id) == 0)
            return &journal->entries[i];
    return NULL;
}

const struct journal_entry *journal_find(const struct journal *journal, const char *id)
{
    return find(journal, id);
}

static bool equal(const struct journal_entry *a, const struct journal_entry *b)
{
    return a->phase == b->phase && strcmp(a->name, b->name) == 0 &&
           strcmp(a->source, b->source) == 0 && strcmp(a->key, b->key) == 0 &&
           strcmp(a->digest, b->digest) == 0 && a->former_ran == b->former_ran &&
           a->restart == b->restart &&
           strcmp(a->replaces ? a->replaces : "", b->replaces ? b->replaces : "") == 0 &&
           a->former_length == b->former_length &&
           (a->former_length == 0 || memcmp(a->former, b->former, a->former_length) == 0);
}

bool journal_put(struct journal *journal, const struct journal_entry *entry)
{
    struct journal_entry *place = find(journal, entry->id);
    if (place && equal(place, entry))
        return false;
    struct journal_entry copy = {
        .name = memory_string(entry->name),
        .id = memory_string(entry->id),
        .source = memory_string(entry->source),
        .key = memory_string(entry->key),
        .digest = memory_string(entry->digest),
        .phase = entry->phase,
        .restart = entry->restart,
        .replaces = memory_string(entry->replaces),
        .former_ran = entry->former_ran,
        .former = entry->former ? memory_bytes(entry->former, entry->former_length) : NULL,
        .former_length = entry->former ? entry->former_length : 0,
    };
    if (place) {
        finish_entry(place);
    } else {
        memory_grow(&journal->entries, &journal->capacity, journal->count, sizeof(*place));
        place = &journal->entries[journal->count++];
    }
    *place = copy;
    journal->changed = true;
    return true;
}

static void drop(struct journal *journal, struct journal_entry *place)
{
    struct journal_entry *last = &journal->entries[--journal->count];
    finish_entry(place);
    if (place != last)
        *place = *last;
    *last = (struct journal_entry){0};
    journal->changed = true;
}

void journal_drop(struct journal *journal, const char *id)
{
    struct journal_entry *place = find(journal, id);
    if (place)
        drop(journal, place);
}

void journal_forget_lost(
    struct journal *journal, bool (*still)(void *context, const char *id), void *context)
{
    size_t i = 0;
    while (i < journal->count) {
        if (still(context, journal->entries[i].id))
            i++;
        else
            drop(journal, &journal->entries[i]);
    }
}

static struct journal_failure *failure_of(const struct journal *journal, const char *name)
{
    for (size_t i = 0; i < journal->failure_count; i++)
        if (strcmp(journal->failures[i].name, name) == 0)
            return &journal->failures[i];
    return NULL;
}

const struct journal_failure *journal_failure(
    const struct journal *journal, const char *name, const char *digest)
{
    const struct journal_failure *failure = failure_of(journal, name);
    return failure && strcmp(failure->digest, digest) == 0 ? failure : NULL;
}

void journal_fail(struct journal *journal, const char *name, const char *digest, const char *reason)
{
    journal_absolve(journal, name);
    memory_grow(&journal->failures, &journal->failure_capacity, journal->failure_count,
        sizeof(*journal->failures));
    journal->failures[journal->failure_count++] = (struct journal_failure){
        .name = memory_string(name),
        .digest = memory_string(digest),
        .reason = memory_string(reason),
    };
    journal->changed = true;
}

void journal_absolve(struct journal *journal, const char *name)
{
    struct journal_failure *failure = failure_of(journal, name);
    if (!failure)
        return;
    finish_failure(failure);
    *failure = journal->failures[--journal->failure_count];
    journal->changed = true;
}

int journal_save(struct journal *journal, struct error *err)
{
    if (!journal->changed)
        return 0;
    if (!journal->writable)
        return error_set(err, ERROR_FAILED, "%s: not writable", journal->folder);
    scoped_free char *path = file_path(journal);
    scoped(text_finish) struct text text = {0};
    record_write(journal, &text);
    if (file_write_atomic(path, text_get(&text), text.length, 0600, err) < 0)
        return -1;
    journal->changed = false;
    return 0;
}
