/* Who waits for whom, and who goes first. A desired container waits
 *   - by an extra_hosts entry `name:container_HOST` for the one whose host name is HOST: kanto-cm
 *     leaves the entry out of /etc/hosts, silently, while that one does not run;
 *   - by `after` and `restart_with` of its [container NAME] for those of these names.
 * A name that no manifest has is not waited for. */
#ifndef KD_PLAN_ORDER_H
#define KD_PLAN_ORDER_H

#include "plan/desired.h"

struct order_edges {
    size_t *on; /* indexes of the desired ones that this one waits for, each once, never its own */
    size_t count;
    size_t capacity;
};

struct order {
    struct order_edges *waits; /* one for each desired; without cycles */
    size_t *turns; /* indexes of all desired ones: critical ones, and whatever they wait for,
                                  before the others; in the order of the desired set otherwise */
    size_t count;
    char *cycle; /* every cycle with its members and what was dropped to break it, as "a → b → a (b
                    does not wait for a: extra_hosts)", with "; " between them, the first
                    ORDER_CYCLES_TOLD of them; NULL: there is none */
    size_t cycle_count;
};

#define ORDER_CYCLES_TOLD 10

void order_make(const struct desired_set *desired_set, struct order *ret_order);
void order_finish(struct order *order);

/* By what one desired container waits for another: "extra_hosts", "after", "restart_with" (the first that
 * holds); NULL: it does not. */
const char *order_reason(const struct desired_set *desired_set, size_t from, size_t to);

#endif
