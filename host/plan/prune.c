#include "plan/prune.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/container.h"
#include "model/id.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 8 /* in a notice */

/* A container of ours whose name no manifest has. */
struct orphan {
    const Kanto__Container *container;
    const struct journal_entry *entry;   /* NULL: the journal does not know it */
    const struct desired_source *source; /* that deployed it, and is there; or NULL */
    bool replaces;                       /* another one of its name: an interrupted replacement */
};

struct search {
    const struct snapshot *snapshot;
    const struct desired_set *desired_set;
    struct orphan *orphans;
    size_t count, capacity;
    struct prune *prune;
};

/* ---- Which they are ---- */

/* What a person has renamed is theirs. */
static const struct journal_entry *entry_of(
    const struct search *search, const Kanto__Container *container)
{
    const struct journal_entry *entry =
        search->snapshot->journal ? journal_find(search->snapshot->journal, container_id(container))
                                  : NULL;
    bool ours = entry && entry->phase != JOURNAL_RETIRED &&
                strcmp(entry->name, container_name(container)) == 0;
    return ours ? entry : NULL;
}

static void consider(struct search *search, const Kanto__Container *container)
{
    const char *name = container_name(container);
    const struct journal_entry *entry = entry_of(search, container);
    if (!*name || desired_find(search->desired_set, name) ||
        (!entry && !id_is_for_name(container_id(container), name)))
        return;
    struct orphan orphan = {
        .container = container,
        .entry = entry,
        .source = entry ? desired_source_of(search->desired_set, entry->source) : NULL,
        .replaces = entry && entry->replaces,
    };
    /* A command that looks at some folder only says nothing of what others deployed. */
    if (search->desired_set->partial && !orphan.source && !orphan.replaces)
        return;
    memory_grow(&search->orphans, &search->capacity, search->count, sizeof(*search->orphans));
    search->orphans[search->count++] = orphan;
}

/* Of several of one name, the one that its source may take back stands for it. */
static int by_name(const void *a, const void *b)
{
    const struct orphan *one = a, *other = b;
    int order = strcmp(container_name(one->container), container_name(other->container));
    return order ? order : (other->source != NULL) - (one->source != NULL);
}

static void find_orphans(struct search *search)
{
    const Kanto__ListContainersResponse *list = search->snapshot->list;
    for (size_t i = 0; i < list->n_containers; i++)
        consider(search, list->containers[i]);
    if (search->count)
        qsort(search->orphans, search->count, sizeof(*search->orphans), by_name);
}

/* ---- Which of them may go ---- */

/* "a, b, c, …", and how many. free() it. */
static char *names_of(
    const struct search *search, const struct desired_source *source, size_t *ret_count)
{
    struct text text = {0};
    size_t count = 0;
    for (size_t i = 0; i < search->count; i++) {
        if (search->orphans[i].source != source)
            continue;
        if (count < NAMES_MAX)
            text_add_format(
                &text, "%s%s", count ? ", " : "", container_name(search->orphans[i].container));
        count++;
    }
    text_add(&text, count > NAMES_MAX ? ", …" : "");
    *ret_count = count;
    return text_steal(&text);
}

static const struct desired_source *first_that_is_not_whole(
    const struct desired_set *set, const struct desired_source *own)
{
    if (!own->whole)
        return own;
    for (size_t i = 0; i < set->source_count; i++)
        if (!set->sources[i].whole)
            return &set->sources[i];
    return NULL;
}

/* Why nothing of this source may be removed, or NULL. free() it. */
static char *objection(const struct search *search, const struct desired_source *source)
{
    size_t count = 0;
    scoped_free char *names = names_of(search, source, &count);
    const struct desired_source *broken = first_that_is_not_whole(search->desired_set, source);
    const char *gone = count == 1 ? "container is" : "containers are";
    if (broken == source)
        return memory_format("source %s: %zu %s no longer named (%s); nothing is removed, as what "
                             "the source says is not complete",
            source->name, count, gone, names);
    if (broken)
        return memory_format("source %s: %zu %s no longer named (%s); nothing is removed, as what "
                             "source %s says is not complete: it may name them",
            source->name, count, gone, names, broken->name);
    if (source->items == 0 && !source->prune_empty)
        return memory_format(
            "source %s: it is empty; nothing is removed (prune_empty = yes would)", source->name);
    if (count > source->prune_limit)
        return memory_format("source %s: %zu containers are no longer named (%s), more than "
                             "prune_limit = %zu; nothing is removed",
            source->name, count, names, source->prune_limit);
    return NULL;
}

/* ---- What becomes of them ---- */

static char *why_of(const struct orphan *orphan)
{
    if (!orphan->entry)
        return memory_format("orphaned: no manifest names it, and the journal does not know whose "
                             "it is");
    if (!orphan->source)
        return memory_format("orphaned: source %s, which deployed it, is not in the configuration "
                             "(renamed_from = %s in another one takes it over)",
            orphan->entry->source, orphan->entry->source);
    return memory_format("orphaned: source %s does not name it any more%s", orphan->source->name,
        orphan->source->prune ? "" : " (prune = no)");
}

static void record(struct search *search, const struct orphan *orphan, bool may)
{
    struct prune *prune = search->prune;
    const struct journal_entry *entry = orphan->entry;
    size_t at = prune->names.count;
    if (desired_find(&prune->names, container_name(orphan->container)))
        return;
    memory_grow(&prune->may, &prune->capacity, at, sizeof(*prune->may));
    memory_grow(&prune->why, &prune->why_capacity, at, sizeof(*prune->why));
    desired_add(&prune->names, orphan->container, entry ? entry->source : "",
        entry ? entry->key : "", "", NULL);
    prune->may[at] = may;
    prune->why[at] = why_of(orphan);
}

/* Returns whether what this source does not name any more may go; else that is reported once. */
static bool may_remove(struct search *search, const struct desired_source *source)
{
    struct prune *prune = search->prune;
    size_t count = 0;
    free(names_of(search, source, &count));
    char *notice = source->prune && count ? objection(search, source) : NULL;
    if (notice) {
        memory_grow(
            &prune->notices, &prune->notice_capacity, prune->notice_count, sizeof(*prune->notices));
        prune->notices[prune->notice_count++] = notice;
    }
    return source->prune && !notice;
}

void prune_find(const struct snapshot *snapshot, struct prune *ret_prune)
{
    const struct desired_set *desired_set = snapshot->desired_set;
    struct search search = {.snapshot = snapshot, .desired_set = desired_set, .prune = ret_prune};
    *ret_prune = (struct prune){0};
    find_orphans(&search);
    scoped_free bool *may = memory_zeroed(desired_set->source_count, sizeof(*may));
    for (size_t i = 0; i < desired_set->source_count; i++)
        may[i] = may_remove(&search, &desired_set->sources[i]);
    for (size_t i = 0; i < search.count; i++) {
        const struct orphan *orphan = &search.orphans[i];
        record(&search, orphan, orphan->source && may[orphan->source - desired_set->sources]);
    }
    free(search.orphans);
}

void prune_finish(struct prune *prune)
{
    for (size_t i = 0; i < prune->names.count; i++)
        free(prune->why[i]);
    desired_finish(&prune->names);
    free(prune->may);
    free(prune->why);
    for (size_t i = 0; i < prune->notice_count; i++)
        free(prune->notices[i]);
    free(prune->notices);
    *prune = (struct prune){0};
}
