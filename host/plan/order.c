#include "plan/order.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "container_"

static bool has_host_name(const Kanto__Container *container, const char *host)
{
    if (container->host_name && *container->host_name)
        return strcmp(container->host_name, host) == 0;
    size_t length = strlen(container->name);
    return strncmp(host, container->name, length) == 0 && strcmp(host + length, "-host") == 0;
}

static void add_edges(const struct wishes *wishes, size_t from, struct order_edges *edges)
{
    const Kanto__HostConfig *host_config = wishes->items[from].container->host_config;
    for (size_t i = 0; host_config && i < host_config->n_extra_hosts; i++) {
        const char *address = strchr(host_config->extra_hosts[i], ':');
        if (!address || strncmp(address + 1, PREFIX, sizeof(PREFIX) - 1) != 0)
            continue;
        for (size_t to = 0; to < wishes->count; to++) {
            if (to == from || !has_host_name(wishes->items[to].container, address + sizeof(PREFIX)))
                continue;
            memory_grow(&edges->on, &edges->capacity, edges->count, sizeof(*edges->on));
            edges->on[edges->count++] = to;
        }
    }
}

/* One step of a depth-first walk: the path from the root lies on a stack of its own, since a
 * hostile set of manifests may chain thousands. */
struct walk {
    enum mark { WHITE, GREY, BLACK } * marks;
    size_t *path; /* the wishes from the root to here */
    size_t *edge; /* the edge that is looked at next, for each of them */
    size_t depth;
};

static void name_cycle(
    const struct wishes *wishes, const struct walk *walk, size_t back_to, struct order *order)
{
    struct text text = {.max = 500};
    size_t at = 0;
    while (walk->path[at] != back_to)
        at++;
    for (; at < walk->depth; at++)
        text_add_format(&text, "%s → ", wishes->items[walk->path[at]].container->name);
    text_add(&text, wishes->items[back_to].container->name);
    if (order->cycle)
        text_finish(&text);
    else
        order->cycle = text_steal(&text);
}

static void push(struct walk *walk, size_t index)
{
    walk->marks[index] = GREY;
    walk->path[walk->depth] = index;
    walk->edge[walk->depth++] = 0;
}

static void walk_from(
    const struct wishes *wishes, size_t root, struct walk *walk, struct order *order)
{
    push(walk, root);
    while (walk->depth) {
        size_t here = walk->path[walk->depth - 1];
        struct order_edges *edges = &order->waits[here];
        size_t *edge = &walk->edge[walk->depth - 1];
        if (*edge == edges->count) {
            walk->marks[here] = BLACK;
            walk->depth--;
            continue;
        }
        size_t to = edges->on[*edge];
        if (walk->marks[to] == GREY) {
            name_cycle(wishes, walk, to, order);
            edges->on[*edge] = edges->on[--edges->count];
            continue;
        }
        (*edge)++;
        if (walk->marks[to] == WHITE)
            push(walk, to);
    }
}

void order_make(const struct wishes *wishes, struct order *ret_order)
{
    *ret_order = (struct order){
        .waits = memory_zeroed(wishes->count, sizeof(struct order_edges)),
        .count = wishes->count,
    };
    for (size_t i = 0; i < wishes->count; i++)
        add_edges(wishes, i, &ret_order->waits[i]);
    scoped_free enum mark *marks = memory_zeroed(wishes->count, sizeof(*marks));
    scoped_free size_t *path = memory_zeroed(wishes->count, sizeof(*path));
    scoped_free size_t *edge = memory_zeroed(wishes->count, sizeof(*edge));
    struct walk walk = {.marks = marks, .path = path, .edge = edge};
    for (size_t i = 0; i < wishes->count; i++)
        if (marks[i] == WHITE)
            walk_from(wishes, i, &walk, ret_order);
}

void order_finish(struct order *order)
{
    for (size_t i = 0; i < order->count; i++)
        free(order->waits[i].on);
    free(order->waits);
    free(order->cycle);
    *order = (struct order){0};
}
