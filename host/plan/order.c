#include "plan/order.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX         "container_"
#define CYCLE_TEXT_MAX 4000

static bool has_host_name(const Kanto__Container *container, const char *host)
{
    if (container->host_name && *container->host_name)
        return strcmp(container->host_name, host) == 0;
    size_t length = strlen(container->name);
    return strncmp(host, container->name, length) == 0 && strcmp(host + length, "-host") == 0;
}

static bool looks_up(const struct desired *from, const struct desired *to)
{
    const Kanto__HostConfig *host_config = from->container->host_config;
    for (size_t i = 0; host_config && i < host_config->n_extra_hosts; i++) {
        const char *address = strchr(host_config->extra_hosts[i], ':');
        if (address && strncmp(address + 1, PREFIX, sizeof(PREFIX) - 1) == 0 &&
            has_host_name(to->container, address + sizeof(PREFIX)))
            return true;
    }
    return false;
}

static bool is_after(const struct desired *from, const struct desired *to)
{
    for (size_t i = 0; i < from->after_count; i++)
        if (strcmp(from->after[i], to->container->name) == 0)
            return true;
    return false;
}

static bool restarts_with(const struct desired *from, const struct desired *to)
{
    return from->restart_with && strcmp(from->restart_with, to->container->name) == 0;
}

const char *order_reason(const struct desired_set *desired_set, size_t from, size_t to)
{
    const struct desired *desired = &desired_set->items[from], *other = &desired_set->items[to];
    if (from == to)
        return NULL;
    if (looks_up(desired, other))
        return "extra_hosts";
    if (is_after(desired, other))
        return "after";
    return restarts_with(desired, other) ? "restart_with" : NULL;
}

static void add_edges(const struct desired_set *desired_set, size_t from, struct order_edges *edges)
{
    const struct desired *desired = &desired_set->items[from];
    const Kanto__HostConfig *host_config = desired->container->host_config;
    bool waits = (host_config && host_config->n_extra_hosts) || desired->after_count > 0 ||
                 desired->restart_with;
    for (size_t to = 0; waits && to < desired_set->count; to++) {
        if (!order_reason(desired_set, from, to))
            continue;
        memory_grow(&edges->on, &edges->capacity, edges->count, sizeof(*edges->on));
        edges->on[edges->count++] = to;
    }
}

/* One step of a depth-first walk: the path from the root lies on a stack of its own, since a
 * hostile set of manifests may chain thousands. */
struct walk {
    const struct desired_set *desired_set;
    struct order *order;
    enum mark { WHITE, GREY, BLACK } * marks;
    size_t *path; /* the desired ones from the root to here */
    size_t *edge; /* the edge that is looked at next, for each of them */
    size_t depth;
    struct text cycles;
};

static const char *name_of(const struct walk *walk, size_t index)
{
    return walk->desired_set->items[index].container->name;
}

/* The path from `back_to` to its end is a cycle, whose last edge is dropped. */
static void name_cycle(struct walk *walk, size_t back_to)
{
    struct text *text = &walk->cycles;
    size_t at = 0, last = walk->path[walk->depth - 1];
    if (walk->order->cycle_count++ >= ORDER_CYCLES_TOLD)
        return;
    while (walk->path[at] != back_to)
        at++;
    text_add(text, text->length ? "; " : "");
    for (; at < walk->depth; at++)
        text_add_format(text, "%s → ", name_of(walk, walk->path[at]));
    text_add_format(text, "%s (%s does not wait for %s: %s)", name_of(walk, back_to),
        name_of(walk, last), name_of(walk, back_to),
        order_reason(walk->desired_set, last, back_to));
}

static void push(struct walk *walk, size_t index)
{
    walk->marks[index] = GREY;
    walk->path[walk->depth] = index;
    walk->edge[walk->depth++] = 0;
}

/* The others keep their places: the order of the edges is the order of the desired set. */
static void drop_edge(struct order_edges *edges, size_t edge)
{
    edges->count--;
    memmove(&edges->on[edge], &edges->on[edge + 1], (edges->count - edge) * sizeof(*edges->on));
}

static void walk_from(struct walk *walk, size_t root)
{
    push(walk, root);
    while (walk->depth) {
        size_t here = walk->path[walk->depth - 1];
        struct order_edges *edges = &walk->order->waits[here];
        size_t *edge = &walk->edge[walk->depth - 1];
        if (*edge == edges->count) {
            walk->marks[here] = BLACK;
            walk->depth--;
            continue;
        }
        size_t to = edges->on[*edge];
        if (walk->marks[to] == GREY) {
            name_cycle(walk, to);
            drop_edge(edges, *edge);
            continue;
        }
        (*edge)++;
        if (walk->marks[to] == WHITE)
            push(walk, to);
    }
}

static void break_cycles(const struct desired_set *desired_set, struct order *order)
{
    scoped_free enum mark *marks = memory_zeroed(desired_set->count, sizeof(*marks));
    scoped_free size_t *path = memory_zeroed(desired_set->count, sizeof(*path));
    scoped_free size_t *edge = memory_zeroed(desired_set->count, sizeof(*edge));
    struct walk walk = {.desired_set = desired_set,
        .order = order,
        .marks = marks,
        .path = path,
        .edge = edge,
        .cycles = {.max = CYCLE_TEXT_MAX}};
    for (size_t i = 0; i < desired_set->count; i++)
        if (marks[i] == WHITE)
            walk_from(&walk, i);
    if (order->cycle_count == 0)
        return;
    order->cycle =
        order->cycle_count > ORDER_CYCLES_TOLD || walk.cycles.truncated
            ? memory_format("%s … (%zu cycles)", text_get(&walk.cycles), order->cycle_count)
            : memory_string(text_get(&walk.cycles));
    text_finish(&walk.cycles);
}

/* Marks what is critical and, from there, what it waits for. */
static void mark_first(
    const struct desired_set *desired_set, const struct order *order, bool *first)
{
    scoped_free size_t *open = memory_zeroed(desired_set->count, sizeof(*open));
    size_t depth = 0;
    for (size_t i = 0; i < desired_set->count; i++) {
        first[i] = desired_set->items[i].critical;
        if (first[i])
            open[depth++] = i;
    }
    while (depth) {
        const struct order_edges *edges = &order->waits[open[--depth]];
        for (size_t i = 0; i < edges->count; i++) {
            size_t to = edges->on[i];
            if (!first[to])
                open[depth++] = to;
            first[to] = true;
        }
    }
}

static void give_turns(const struct desired_set *desired_set, struct order *order)
{
    scoped_free bool *first = memory_zeroed(desired_set->count, sizeof(*first));
    size_t count = 0;
    mark_first(desired_set, order, first);
    order->turns = memory_zeroed(desired_set->count, sizeof(*order->turns));
    for (size_t i = 0; i < desired_set->count; i++)
        if (first[i])
            order->turns[count++] = i;
    for (size_t i = 0; i < desired_set->count; i++)
        if (!first[i])
            order->turns[count++] = i;
}

void order_make(const struct desired_set *desired_set, struct order *ret_order)
{
    *ret_order = (struct order){
        .waits = memory_zeroed(desired_set->count, sizeof(struct order_edges)),
        .count = desired_set->count,
    };
    for (size_t i = 0; i < desired_set->count; i++)
        add_edges(desired_set, i, &ret_order->waits[i]);
    break_cycles(desired_set, ret_order);
    give_turns(desired_set, ret_order);
}

void order_finish(struct order *order)
{
    for (size_t i = 0; i < order->count; i++)
        free(order->waits[i].on);
    free(order->waits);
    free(order->turns);
    free(order->cycle);
    *order = (struct order){0};
}
