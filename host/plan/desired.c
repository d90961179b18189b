#include "plan/desired.h"

#include "base/memory.h"
#include "model/container.h"

#include <stdlib.h>
#include <string.h>

static struct desired *find(const struct desired_set *desired_set, const char *name)
{
    size_t place = 0;
    return index_find(&desired_set->names, name, &place) ? &desired_set->items[place] : NULL;
}

static void add_claim(
    struct desired *desired, const char *source, const char *key, const char *origin)
{
    memory_grow(
        &desired->claims, &desired->claim_capacity, desired->claim_count, sizeof(*desired->claims));
    desired->claims[desired->claim_count++] = (struct desired_claim){
        .source = memory_string(source),
        .key = memory_string(key),
        .origin = memory_string(origin),
    };
}

bool desired_add(struct desired_set *desired_set, const Kanto__Container *container,
    const char *source, const char *key, const char *origin, size_t *ret_first)
{
    struct desired *winner = find(desired_set, container->name);
    if (winner) {
        add_claim(winner, source, key, origin);
        if (strcmp(winner->source, source) == 0)
            desired_contest(winner, origin);
        if (ret_first)
            *ret_first = (size_t)(winner - desired_set->items);
        return false;
    }
    memory_grow(&desired_set->items, &desired_set->capacity, desired_set->count,
        sizeof(*desired_set->items));
    struct desired *desired = &desired_set->items[desired_set->count++];
    *desired = (struct desired){
        .container = container_clone(container),
        .source = memory_string(source),
        .key = memory_string(key),
        .origin = memory_string(origin),
    };
    container_digest(desired->container, &desired->digest);
    index_put(&desired_set->names, desired->container->name, desired_set->count - 1);
    return true;
}

void desired_contest(struct desired *desired, const char *origin)
{
    if (desired->contested)
        return;
    desired->contested = strcmp(desired->origin, origin) == 0
                             ? memory_format("%s names it twice", origin)
                             : memory_format("%s and %s both name it", desired->origin, origin);
}

struct desired *desired_change(struct desired_set *desired_set, const char *name)
{
    return find(desired_set, name);
}

const struct desired *desired_find(const struct desired_set *desired_set, const char *name)
{
    return find(desired_set, name);
}

struct desired_source *desired_add_source(struct desired_set *desired_set, const char *name)
{
    memory_grow(&desired_set->sources, &desired_set->source_capacity, desired_set->source_count,
        sizeof(*desired_set->sources));
    struct desired_source *source = &desired_set->sources[desired_set->source_count++];
    *source = (struct desired_source){.name = memory_string(name)};
    return source;
}

const struct desired_source *desired_source_of(
    const struct desired_set *desired_set, const char *name)
{
    for (size_t i = 0; desired_set && i < desired_set->source_count; i++) {
        const struct desired_source *source = &desired_set->sources[i];
        if (strcmp(source->name, name) == 0 ||
            (source->renamed_from && strcmp(source->renamed_from, name) == 0))
            return source;
    }
    return NULL;
}

static void finish_one(struct desired *desired)
{
    container_free(desired->container);
    free(desired->source);
    free(desired->key);
    free(desired->origin);
    for (size_t i = 0; i < desired->claim_count; i++) {
        free(desired->claims[i].source);
        free(desired->claims[i].key);
        free(desired->claims[i].origin);
    }
    free(desired->claims);
    free(desired->contested);
    free(desired->restart_with);
    for (size_t i = 0; i < desired->after_count; i++)
        free(desired->after[i]);
    free(desired->after);
}

void desired_finish(struct desired_set *desired_set)
{
    for (size_t i = 0; i < desired_set->count; i++)
        finish_one(&desired_set->items[i]);
    for (size_t i = 0; i < desired_set->source_count; i++) {
        free(desired_set->sources[i].name);
        free(desired_set->sources[i].renamed_from);
    }
    free(desired_set->items);
    index_finish(&desired_set->names);
    free(desired_set->sources);
    *desired_set = (struct desired_set){0};
}
