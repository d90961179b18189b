/* The behaviour that the set itself shows: it comes out the same again, and holds manifests. */
#include "base/cleanup.h"
#include "base/index.h"
#include "check/record.h"
#include "manifest/manifest.h"

#include <stdlib.h>
#include <string.h>

/* Keys are unique in a set. */
static void add_keys(const struct source_set *set, struct index *index)
{
    for (size_t i = 0; i < set->count; i++)
        index_put(index, set->items[i].key, i);
}

static const struct source_item *find(
    const struct source_set *set, const struct index *index, const char *key)
{
    size_t place = 0;
    return index_find(index, key, &place) ? &set->items[place] : NULL;
}

static bool same_item(const struct source_item *a, const struct source_item *b)
{
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0 &&
           strcmp(a->revision, b->revision) == 0 && strcmp(a->origin, b->origin) == 0;
}

static void check_same(
    struct check *check, const struct source_set *first, const struct source_set *second)
{
    if (second->reason) {
        check_record(
            check, "behaviour.same", CHECK_FAILED, "the second time it %s", second->reason);
        return;
    }
    if (first->count != second->count)
        check_record(check, "behaviour.same", CHECK_FAILED,
            "stated %zu items, and %zu the second time", first->count, second->count);
    scoped(index_finish) struct index index = {0};
    add_keys(second, &index);
    for (size_t i = 0; i < first->count && i < second->count; i++) {
        const struct source_item *a = &first->items[i], *b = find(second, &index, a->key);
        if (!b)
            check_record(
                check, "behaviour.same", CHECK_FAILED, "\"%s\" is missing the second time", a->key);
        else if (!same_item(a, b))
            check_record(check, "behaviour.same", CHECK_FAILED,
                "\"%s\" is another one the second time", a->key);
        else if (strcmp(second->items[i].key, a->key) != 0)
            check_record(check, "behaviour.same", CHECK_WARNING,
                "the order is another one the second time (\"%s\"): of two manifests of one name "
                "the first is deployed",
                a->key);
    }
    check_record(check, "behaviour.same", CHECK_OK, "twice the same %zu items", first->count);
}

static const char *first_error(const struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        if (diagnostics->items[i].severity == SEVERITY_ERROR)
            return diagnostics->items[i].text;
    return "it is no valid manifest";
}

static void check_names(struct check *check, const struct manifests *manifests)
{
    scoped(index_finish) struct index index = {0};
    for (size_t i = 0; i < manifests->count; i++) {
        const char *name = manifests->items[i].container->name;
        size_t first = 0;
        if (index_find(&index, name, &first))
            check_record(check, "behaviour.manifests", CHECK_WARNING,
                "two manifests are named \"%s\": neither changes what runs, and where nothing "
                "runs the first one is created",
                name);
        else
            index_put(&index, name, i);
    }
}

static void check_manifests(struct check *check, const struct source_set *set)
{
    struct manifests manifests = {0};
    for (size_t i = 0; i < set->count; i++) {
        const struct source_item *item = &set->items[i];
        struct diagnostics diagnostics = {0};
        if (manifest_parse(item->key, item->origin, item->bytes, item->length,
                &manifest_default_limits, &manifests, &diagnostics) < 0)
            check_record(check, "behaviour.manifests", CHECK_FAILED, "%s: %s", item->key,
                first_error(&diagnostics));
        diagnostics_finish(&diagnostics);
    }
    check_names(check, &manifests);
    if (set->count == 0)
        check_record(
            check, "behaviour.manifests", CHECK_SKIPPED, "the set is empty with these settings");
    check_record(check, "behaviour.manifests", CHECK_OK, "%zu", manifests.count);
    manifests_finish(&manifests);
}

void check_set(struct check *check, const struct source_set *first, const struct source_set *second)
{
    check_same(check, first, second);
    check_manifests(check, first);
}
