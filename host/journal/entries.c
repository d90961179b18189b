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
    free(entry->hand);
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
           a->restart == b->restart && a->undoing == b->undoing &&
           strcmp(a->hand ? a->hand : "", b->hand ? b->hand : "") == 0 &&
           strcmp(a->replaces ? a->replaces : "", b->replaces ? b->replaces : "") == 0 &&
           strcmp(a->former_sum, b->former_sum) == 0;
}

/* The same with the caller's strings; without what goes with what is not under way. */
static struct journal_entry normal(const struct journal_entry *entry)
{
    struct journal_entry whole = *entry;
    bool keeps = whole.replaces || whole.restart == RESTART_OWED;
    if (!whole.former || !keeps) {
        whole.former = NULL;
        whole.former_length = 0;
    }
    if (!keeps)
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
    copy.hand = memory_string(entry->hand);
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

static bool is_retired(const struct journal_entry *entry)
{
    return entry->phase == JOURNAL_RETIRED;
}

size_t journal_count(const struct journal *journal)
{
    size_t count = 0;
    for (size_t i = 0; i < journal->count; i++)
        count += !is_retired(&journal->entries[i]);
    return count;
}

/* The oldest ones go: entries keep the order in which they were retired, as long as none is dropped
 * from among them. */
static void drop_oldest(struct journal *journal)
{
    size_t retired = journal->count - journal_count(journal);
    for (size_t i = 0; retired > JOURNAL_RETIRED_MAX && i < journal->count;) {
        if (!is_retired(&journal->entries[i])) {
            i++;
            continue;
        }
        drop(journal, i);
        retired--;
    }
}

void journal_retire(struct journal *journal, const char *id)
{
    const struct journal_entry *entry = find(journal, id);
    if (!entry || is_retired(entry))
        return;
    journal_put(journal, &(struct journal_entry){
                             .name = entry->name,
                             .id = entry->id,
                             .source = (char *)"",
                             .key = (char *)"",
                             .digest = (char *)"",
                             .phase = JOURNAL_RETIRED,
                         });
    drop_oldest(journal);
}

void journal_forget_lost(
    struct journal *journal, bool (*still)(void *context, const char *id), void *context)
{
    size_t i = 0;
    while (i < journal->count) {
        const struct journal_entry *entry = &journal->entries[i];
        if (is_retired(entry) || still(context, entry->id))
            i++;
        else if (entry->phase == JOURNAL_INTENDED)
            drop(journal, i);
        else
            journal_retire(journal, entry->id);
    }
}
