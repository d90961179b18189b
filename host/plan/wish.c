#include "plan/wish.h"

#include "base/memory.h"
#include "model/container.h"

#include <stdlib.h>
#include <string.h>

static struct wish *find(const struct wishes *wishes, const char *name)
{
    for (size_t i = 0; i < wishes->count; i++)
        if (strcmp(wishes->items[i].container->name, name) == 0)
            return &wishes->items[i];
    return NULL;
}

static void add_claim(struct wish *wish, const char *source, const char *key, const char *origin)
{
    memory_grow(&wish->claims, &wish->claim_capacity, wish->claim_count, sizeof(*wish->claims));
    wish->claims[wish->claim_count++] = (struct wish_claim){
        .source = memory_string(source),
        .key = memory_string(key),
        .origin = memory_string(origin),
    };
}

bool wishes_add(struct wishes *wishes, const Kanto__Container *container, const char *source,
    const char *key, const char *origin, size_t *ret_first)
{
    struct wish *winner = find(wishes, container->name);
    if (winner) {
        add_claim(winner, source, key, origin);
        if (ret_first)
            *ret_first = (size_t)(winner - wishes->items);
        return false;
    }
    memory_grow(&wishes->items, &wishes->capacity, wishes->count, sizeof(*wishes->items));
    struct wish *wish = &wishes->items[wishes->count++];
    *wish = (struct wish){
        .container = container_clone(container),
        .source = memory_string(source),
        .key = memory_string(key),
        .origin = memory_string(origin),
    };
    container_digest(wish->container, &wish->digest);
    return true;
}

const struct wish *wishes_find(const struct wishes *wishes, const char *name)
{
    return find(wishes, name);
}

struct wish_source *wishes_add_source(struct wishes *wishes, const char *name)
{
    memory_grow(
        &wishes->sources, &wishes->source_capacity, wishes->source_count, sizeof(*wishes->sources));
    struct wish_source *source = &wishes->sources[wishes->source_count++];
    *source = (struct wish_source){.name = memory_string(name)};
    return source;
}

static void wish_finish(struct wish *wish)
{
    container_free(wish->container);
    free(wish->source);
    free(wish->key);
    free(wish->origin);
    for (size_t i = 0; i < wish->claim_count; i++) {
        free(wish->claims[i].source);
        free(wish->claims[i].key);
        free(wish->claims[i].origin);
    }
    free(wish->claims);
    free(wish->restart_with);
    for (size_t i = 0; i < wish->after_count; i++)
        free(wish->after[i]);
    free(wish->after);
}

void wishes_finish(struct wishes *wishes)
{
    for (size_t i = 0; i < wishes->count; i++)
        wish_finish(&wishes->items[i]);
    for (size_t i = 0; i < wishes->source_count; i++)
        free(wishes->sources[i].name);
    free(wishes->items);
    free(wishes->sources);
    *wishes = (struct wishes){0};
}
