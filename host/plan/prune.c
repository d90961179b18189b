#include "plan/prune.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/container.h"
#include "model/id.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 8 /* in a notice */

/* What it is looked for in. */
struct search {
    const struct desired_set *desired_set;
    const Kanto__ListContainersResponse *list;
    const struct journal *journal;
    struct prune *prune;
};

static bool is_noted(const struct prune *prune, const char *name)
{
    return desired_find(&prune->names, name) != NULL;
}

static void note(const struct search *search, const Kanto__Container *container,
    const struct journal_entry *entry, bool may)
{
    struct prune *prune = search->prune;
    if (!*container_name(container) || is_noted(prune, container_name(container)))
        return;
    size_t at = prune->names.count;
    memory_grow(&prune->may, &prune->capacity, at, sizeof(*prune->may));
    desired_add(
        &prune->names, container, entry ? entry->source : "", entry ? entry->key : "", "", NULL);
    prune->may[at] = may;
}

static void add_notice(struct prune *prune, char *text)
{
    memory_grow(
        &prune->notices, &prune->notice_capacity, prune->notice_count, sizeof(*prune->notices));
    prune->notices[prune->notice_count++] = text;
}

/* The journal's entry of this container, when this source made it and nobody desired_set it. */
static const struct journal_entry *given_up(const struct search *search,
    const struct desired_source *source, const Kanto__Container *container)
{
    const struct journal_entry *entry = journal_find(search->journal, container_id(container));
    bool from_here = entry && strcmp(entry->source, source->name) == 0;
    return from_here && !desired_find(search->desired_set, container_name(container)) ? entry
                                                                                      : NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Counts them; *ret_names: "a, b, c, …" (a List has no order). free() it. */
static size_t count_given_up(
    const struct search *search, const struct desired_source *source, char **ret_names)
{
    scoped_free const char **names =
        memory_zeroed(search->list->n_containers + 1, sizeof(const char *));
    struct text text = {0};
    size_t count = 0;
    for (size_t i = 0; i < search->list->n_containers; i++)
        if (given_up(search, source, search->list->containers[i]))
            names[count++] = container_name(search->list->containers[i]);
    qsort(names, count, sizeof(const char *), by_name);
    for (size_t i = 0; i < count && i < NAMES_MAX; i++)
        text_add_format(&text, "%s%s", i ? ", " : "", names[i]);
    text_add(&text, count > NAMES_MAX ? ", …" : "");
    *ret_names = text_steal(&text);
    return count;
}

/* Why nothing of this source may be removed, or NULL. free() it. */
static char *objection(const struct desired_source *source, size_t count, const char *names)
{
    if (!source->whole)
        return memory_format("source %s: %zu container%s no longer named (%s); nothing is removed, "
                             "as what the source says is not complete",
            source->name, count, count == 1 ? " is" : "s are", names);
    if (source->items == 0 && !source->prune_empty)
        return memory_format(
            "source %s: it is empty; nothing is removed (prune_empty = yes would)", source->name);
    if (count > source->prune_limit)
        return memory_format("source %s: %zu containers are no longer named (%s), more than "
                             "prune_limit = %zu; nothing is removed",
            source->name, count, names, source->prune_limit);
    return NULL;
}

static void search_source(const struct search *search, const struct desired_source *source)
{
    scoped_free char *names = NULL;
    size_t count = source->prune ? count_given_up(search, source, &names) : 0;
    if (count == 0)
        return;
    char *notice = objection(source, count, names);
    if (notice) {
        add_notice(search->prune, notice);
        return;
    }
    for (size_t i = 0; i < search->list->n_containers; i++) {
        const Kanto__Container *container = search->list->containers[i];
        const struct journal_entry *entry = given_up(search, source, container);
        if (entry)
            note(search, container, entry, true);
    }
}

static bool replaces_another(const struct search *search, const Kanto__Container *container)
{
    const struct journal_entry *entry =
        search->journal ? journal_find(search->journal, container_id(container)) : NULL;
    if (entry && entry->replaces)
        return true;
    for (size_t i = 0; i < search->list->n_containers; i++)
        if (strcmp(container_name(search->list->containers[i]), container_name(container)) == 0 &&
            id_replaces(container_id(container), container_id(search->list->containers[i]), NULL))
            return true;
    return false;
}

/* Replacements whose manifest is gone: they are undone. */
static void search_replacements(const struct search *search)
{
    for (size_t i = 0; i < search->list->n_containers; i++) {
        const Kanto__Container *container = search->list->containers[i];
        if (!desired_find(search->desired_set, container_name(container)) &&
            replaces_another(search, container))
            note(search, container, NULL, false);
    }
}

void prune_find(const struct desired_set *desired_set, const Kanto__ListContainersResponse *list,
    const struct journal *journal, struct prune *ret_prune)
{
    *ret_prune = (struct prune){0};
    struct search search = {desired_set, list, journal, ret_prune};
    for (size_t i = 0; journal && i < desired_set->source_count; i++)
        search_source(&search, &desired_set->sources[i]);
    search_replacements(&search);
}

void prune_finish(struct prune *prune)
{
    desired_finish(&prune->names);
    free(prune->may);
    for (size_t i = 0; i < prune->notice_count; i++)
        free(prune->notices[i]);
    free(prune->notices);
    *prune = (struct prune){0};
}
