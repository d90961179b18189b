#include "plan/wish.h"

#include "base/memory.h"
#include "model/container.h"

#include <stdlib.h>
#include <string.h>

bool wishes_add(struct wishes *wishes, const Kanto__Container *container, const char *source,
    const char *key, const char *origin, size_t *ret_first)
{
    for (size_t i = 0; i < wishes->count; i++) {
        if (strcmp(wishes->items[i].container->name, container->name) != 0)
            continue;
        if (ret_first)
            *ret_first = i;
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

void wishes_finish(struct wishes *wishes)
{
    for (size_t i = 0; i < wishes->count; i++) {
        struct wish *wish = &wishes->items[i];
        container_free(wish->container);
        free(wish->source);
        free(wish->key);
        free(wish->origin);
    }
    free(wishes->items);
    *wishes = (struct wishes){0};
}
