#include "base/memory.h"
#include "journal/checksum.h"
#include "journal/journal.h"

#include <stdlib.h>
#include <string.h>

void journal_entry_finish(struct journal_entry *entry)
{
    free(entry->name);
    free(entry->id);
    free(entry->source);
    free(entry->key);
    free(entry->digest);
    free(entry->replaces);
    free(entry->former);
}

static struct journal_entry *find(const struct journal *journal, const char *id)
{
    size_t place = 0;
    return index_find(&journal->ids, id, &place) ? &journal->entries[place] : NULL;
}

const struct journal_entry *journal_find(const struct journal *journal, const char *id)
{
    return find(journal, id);
}

const struct journal_entry *journal_next_of(
    const struct journal *journal, const char *name, size_t *at)
{
    size_t place = 0;
    return index_next(&journal->names, name, at, &place) ? &journal->entries[place] : NULL;
}

static bool equal(const struct journal_entry *a, const struct journal_entry *b)
{
    return a->phase == b->phase && strcmp(a->name, b->name) == 0 &&
           strcmp(a->source, b->source) == 0 && strcmp(a->key, b->key) == 0 &&
           strcmp(a->digest, b->digest) == 0 && a->former_ran == b->former_ran &&
           a->restart == b->restart &&
           strcmp(a->replaces ? a->replaces : "", b->replaces ? b->replaces : "") == 0 &&
           strcmp(a->former_sum, b->former_sum) == 0;
}

/* The same with the caller's strings; without what only a replacement has, where it is none. */
static struct journal_entry normal(const struct journal_entry *entry)
{
    struct journal_entry whole = *entry;
    if (!whole.former || !whole.replaces) {
        whole.former = NULL;
        whole.former_length = 0;
    }
    if (!whole.replaces)
        *whole.former_sum = '\0';
    if (whole.former)
        checksum_print(whole.former, whole.former_length, whole.former_sum);
    return whole;
}

static struct journal_entry copy_of(const struct journal_entry *entry)
{
    struct journal_entry copy = *entry;
    copy.name = memory_string(entry->name);
    copy.id = memory_string(entry->id);
    copy.source = memory_string(entry->source);
    copy.key = memory_string(entry->key);
    copy.digest = memory_string(entry->digest);
    copy.replaces = memory_string(entry->replaces);
    copy.former = entry->former ? memory_bytes(entry->former, entry->former_length) : NULL;
    return copy;
}

static void enter(struct journal *journal, size_t place)
{
    index_put(&journal->ids, journal->entries[place].id, place);
    index_put(&journal->names, journal->entries[place].name, place);
}

static void leave(struct journal *journal, size_t place)
{
    index_remove(&journal->ids, journal->entries[place].id, place);
    index_remove(&journal->names, journal->entries[place].name, place);
}

bool journal_put(struct journal *journal, const struct journal_entry *entry)
{
    struct journal_entry *old = find(journal, entry->id), whole = normal(entry);
    size_t place = journal->count;
    if (old && equal(old, &whole))
        return false;
    whole = copy_of(&whole);
    if (old) {
        place = (size_t)(old - journal->entries);
        leave(journal, place);
        journal_entry_finish(old);
    } else {
        memory_grow(&journal->entries, &journal->capacity, journal->count++, sizeof(*old));
    }
    journal->entries[place] = whole;
    enter(journal, place);
    journal->changed = true;
    return true;
}

static void drop(struct journal *journal, size_t place)
{
    size_t last = --journal->count;
    leave(journal, place);
    journal_entry_finish(&journal->entries[place]);
    if (place != last) {
        leave(journal, last);
        journal->entries[place] = journal->entries[last];
        enter(journal, place);
    }
    journal->entries[last] = (struct journal_entry){0};
    journal->changed = true;
}

void journal_drop(struct journal *journal, const char *id)
{
    const struct journal_entry *entry = find(journal, id);
    if (entry)
        drop(journal, (size_t)(entry - journal->entries));
}

void journal_forget_lost(
    struct journal *journal, bool (*still)(void *context, const char *id), void *context)
{
    size_t i = 0;
    while (i < journal->count) {
        if (still(context, journal->entries[i].id))
            i++;
        else
            drop(journal, i);
    }
}
