#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"
#include "plan/order.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

/* A wish named `name` that looks up `peers` (a list that ends with NULL). */
static void add(
    struct wishes *wishes, const char *name, const char *host_name, const char *const *peers)
{
    scoped_container Kanto__Container *container = memory_zeroed(1, sizeof(*container));
    kanto__container__init(container);
    container->name = memory_string(name);
    container->host_name = memory_string(host_name);
    Kanto__HostConfig *host_config = memory_zeroed(1, sizeof(*host_config));
    kanto__host_config__init(host_config);
    container->host_config = host_config;
    size_t count = 0;
    while (peers && peers[count])
        count++;
    host_config->extra_hosts = memory_zeroed(count, sizeof(char *));
    host_config->n_extra_hosts = count;
    for (size_t i = 0; i < count; i++)
        host_config->extra_hosts[i] = memory_format("peer:%s", peers[i]);
    ck_assert(wishes_add(wishes, container, "manifests", name, name, NULL));
}

static bool waits_for(const struct order *order, size_t from, size_t to)
{
    for (size_t i = 0; i < order->waits[from].count; i++)
        if (order->waits[from].on[i] == to)
            return true;
    return false;
}

START_TEST(a_container_waits_for_the_host_it_looks_up)
{
    struct wishes wishes = {0};
    struct order order;
    static const char *const web[] = {"container_db-host", "container_cache", "host_ip", NULL};
    add(&wishes, "web", NULL, web);
    add(&wishes, "db", NULL, NULL);
    add(&wishes, "store", "cache", NULL);
    add(&wishes, "d", NULL, NULL);
    order_make(&wishes, &order);
    ck_assert(waits_for(&order, 0, 1));
    ck_assert(waits_for(&order, 0, 2));
    ck_assert_uint_eq(order.waits[0].count, 2);
    ck_assert_uint_eq(order.waits[1].count, 0);
    ck_assert_ptr_null(order.cycle);
    order_finish(&order);
    wishes_finish(&wishes);
}
END_TEST

START_TEST(a_cycle_is_named_and_broken)
{
    struct wishes wishes = {0};
    struct order order;
    static const char *const a[] = {"container_b-host", NULL},
                             *const b[] = {"container_c-host", NULL},
                             *const c[] = {"container_a-host", NULL};
    add(&wishes, "a", NULL, a);
    add(&wishes, "b", NULL, b);
    add(&wishes, "c", NULL, c);
    order_make(&wishes, &order);
    ck_assert_str_eq(order.cycle, "a → b → c → a");
    ck_assert_uint_eq(order.waits[0].count + order.waits[1].count + order.waits[2].count, 2);
    order_finish(&order);
    wishes_finish(&wishes);
}
END_TEST

START_TEST(a_long_chain_is_walked)
{
    enum { LENGTH = 1000 };
    struct wishes wishes = {0};
    struct order order;
    for (int i = 0; i < LENGTH; i++) {
        scoped_free char *name = memory_format("c%d", i);
        scoped_free char *peer = memory_format("container_c%d-host", i + 1);
        const char *const peers[] = {peer, NULL};
        add(&wishes, name, NULL, peers);
    }
    order_make(&wishes, &order);
    ck_assert(waits_for(&order, 0, 1));
    ck_assert(waits_for(&order, LENGTH - 2, LENGTH - 1));
    ck_assert_ptr_null(order.cycle);
    order_finish(&order);
    wishes_finish(&wishes);
}
END_TEST

START_TEST(the_first_of_a_name_wins)
{
    struct wishes wishes = {0};
    add(&wishes, "web", NULL, NULL);
    size_t first = 99;
    ck_assert(!wishes_add(&wishes, wishes.items[0].container, "other", "k", "o", &first));
    ck_assert_uint_eq(first, 0);
    ck_assert_uint_eq(wishes.count, 1);
    wishes_finish(&wishes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("order");
    TCase *cases = tcase_create("order");
    tcase_add_test(cases, a_container_waits_for_the_host_it_looks_up);
    tcase_add_test(cases, a_cycle_is_named_and_broken);
    tcase_add_test(cases, a_long_chain_is_walked);
    tcase_add_test(cases, the_first_of_a_name_wins);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
