/* Who waits for whom. An extra_hosts entry `name:container_HOST` is an edge to the wished container
 * whose host name is HOST: kanto-cm leaves the entry out of /etc/hosts, silently, while that one
 * does not run. */
#ifndef KD_PLAN_ORDER_H
#define KD_PLAN_ORDER_H

#include "plan/wish.h"

struct order_edges {
    size_t *on; /* indexes of the wishes that this one waits for */
    size_t count;
    size_t capacity;
};

struct order {
    struct order_edges *waits; /* one for each wish */
    size_t count;
    char *cycle; /* "a → b → a": the edges that close a cycle are dropped; NULL: there is none */
};

void order_make(const struct wishes *wishes, struct order *ret_order);
void order_finish(struct order *order);

#endif
