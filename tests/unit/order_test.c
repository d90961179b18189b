#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"
#include "plan/order.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

/* A desired container named `name` that looks up `peers` (a list that ends with NULL). */
static void add(struct desired_set *desired_set, const char *name, const char *host_name,
    const char *const *peers)
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
    ck_assert(desired_add(desired_set, container, "manifests", name, name, NULL));
}

static void set_after(struct desired_set *desired_set, size_t index, const char *name)
{
    struct desired *desired = &desired_set->items[index];
    size_t capacity = desired->after_count;
    memory_grow(&desired->after, &capacity, desired->after_count, sizeof(*desired->after));
    desired->after[desired->after_count++] = memory_string(name);
}

/* Desired ones named a, b, c, … */
static void add_letters(struct desired_set *desired_set, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(desired_set, (const char[]){(char)('a' + i), '\0'}, NULL, NULL);
}

static void expect_turns(const struct order *order, const char *letters)
{
    char turns[27] = "";
    for (size_t i = 0; i < order->count; i++)
        turns[i] = (char)('a' + order->turns[i]);
    ck_assert_str_eq(turns, letters);
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
    struct desired_set desired_set = {0};
    struct order order;
    static const char *const web[] = {"container_db-host", "container_cache", "host_ip", NULL};
    add(&desired_set, "web", NULL, web);
    add(&desired_set, "db", NULL, NULL);
    add(&desired_set, "store", "cache", NULL);
    add(&desired_set, "d", NULL, NULL);
    order_make(&desired_set, &order);
    ck_assert(waits_for(&order, 0, 1));
    ck_assert(waits_for(&order, 0, 2));
    ck_assert_uint_eq(order.waits[0].count, 2);
    ck_assert_uint_eq(order.waits[1].count, 0);
    ck_assert_ptr_null(order.cycle);
    order_finish(&order);
    desired_finish(&desired_set);
}
END_TEST

START_TEST(a_cycle_is_named_and_broken)
{
    struct desired_set desired_set = {0};
    struct order order;
    static const char *const a[] = {"container_b-host", NULL},
                             *const b[] = {"container_c-host", NULL},
                             *const c[] = {"container_a-host", NULL};
    add(&desired_set, "a", NULL, a);
    add(&desired_set, "b", NULL, b);
    add(&desired_set, "c", NULL, c);
    order_make(&desired_set, &order);
    ck_assert_str_eq(order.cycle, "a → b → c → a (c does not wait for a: extra_hosts)");
    ck_assert_uint_eq(order.waits[0].count + order.waits[1].count + order.waits[2].count, 2);
    order_finish(&order);
    desired_finish(&desired_set);
}
END_TEST

START_TEST(the_configuration_makes_edges_too)
{
    struct desired_set desired_set = {0};
    struct order order;
    static const char *const peer[] = {"container_b-host", NULL};
    add(&desired_set, "a", NULL, peer);
    add(&desired_set, "b", NULL, NULL);
    add(&desired_set, "c", NULL, NULL);
    set_after(&desired_set, 0, "b"); /* the same edge twice is one */
    set_after(&desired_set, 0, "nobody");
    set_after(&desired_set, 1, "c");
    desired_set.items[0].restart_with = memory_string("c");
    order_make(&desired_set, &order);
    ck_assert_uint_eq(order.waits[0].count, 2);
    ck_assert(waits_for(&order, 0, 1) && waits_for(&order, 0, 2) && waits_for(&order, 1, 2));
    ck_assert_uint_eq(order.waits[1].count, 1);
    ck_assert_str_eq(order_reason(&desired_set, 0, 1), "extra_hosts");
    ck_assert_str_eq(order_reason(&desired_set, 1, 2), "after");
    ck_assert_str_eq(order_reason(&desired_set, 0, 2), "restart_with");
    ck_assert_ptr_null(order_reason(&desired_set, 2, 0));
    ck_assert_ptr_null(order.cycle);
    order_finish(&order);
    desired_finish(&desired_set);
}
END_TEST

START_TEST(every_cycle_is_named)
{
    struct desired_set desired_set = {0};
    struct order order;
    add_letters(&desired_set, 5);
    set_after(&desired_set, 0, "b");
    set_after(&desired_set, 1, "a");
    set_after(&desired_set, 2, "d");
    desired_set.items[3].restart_with = memory_string("c");
    set_after(&desired_set, 4, "a");
    order_make(&desired_set, &order);
    ck_assert_str_eq(order.cycle, "a → b → a (b does not wait for a: after); "
                                  "c → d → c (d does not wait for c: restart_with)");
    ck_assert_uint_eq(order.cycle_count, 2);
    ck_assert(waits_for(&order, 0, 1) && !waits_for(&order, 1, 0));
    ck_assert(waits_for(&order, 2, 3) && !waits_for(&order, 3, 2));
    ck_assert(waits_for(&order, 4, 0));
    order_finish(&order);
    desired_finish(&desired_set);
}
END_TEST

/* All wait for all: 20 names, and still no more text than a person reads. */
START_TEST(a_flood_of_cycles_is_broken)
{
    enum { COUNT = 20 };
    struct desired_set desired_set = {0};
    struct order order;
    add_letters(&desired_set, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < COUNT; j++)
            set_after(&desired_set, i, (const char[]){(char)('a' + j), '\0'});
    order_make(&desired_set, &order);
    /* What is left has no cycle: of each two at most one waits for the other. */
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < COUNT; j++)
            ck_assert(!waits_for(&order, i, j) || !waits_for(&order, j, i));
    ck_assert_uint_eq(order.cycle_count, COUNT * (COUNT - 1) / 2);
    ck_assert_msg(strstr(order.cycle, "(190 cycles)") != NULL, "%s", order.cycle);
    ck_assert_uint_lt(strlen(order.cycle), 5000);
    order_finish(&order);
    desired_finish(&desired_set);
}
END_TEST

START_TEST(critical_ones_and_what_they_wait_for_go_first)
{
    struct desired_set desired_set = {0};
    struct order order;
    add_letters(&desired_set, 6);
    desired_set.items[2].critical = desired_set.items[5].critical = true;
    set_after(&desired_set, 5, "b");
    set_after(&desired_set, 1, "e");
    set_after(&desired_set, 3, "a");
    order_make(&desired_set, &order);
    expect_turns(&order, "bcefad");
    order_finish(&order);
    desired_finish(&desired_set);
}
END_TEST

START_TEST(without_critical_ones_the_order_stays)
{
    struct desired_set desired_set = {0};
    struct order order;
    add_letters(&desired_set, 3);
    set_after(&desired_set, 0, "c");
    order_make(&desired_set, &order);
    expect_turns(&order, "abc");
    order_finish(&order);
    desired_finish(&desired_set);
}
END_TEST

START_TEST(a_long_chain_is_walked)
{
    enum { LENGTH = 1000 };
    struct desired_set desired_set = {0};
    struct order order;
    for (int i = 0; i < LENGTH; i++) {
        scoped_free char *name = memory_format("c%d", i);
        scoped_free char *peer = memory_format("container_c%d-host", i + 1);
        const char *const peers[] = {peer, NULL};
        add(&desired_set, name, NULL, peers);
    }
    order_make(&desired_set, &order);
    ck_assert(waits_for(&order, 0, 1));
    ck_assert(waits_for(&order, LENGTH - 2, LENGTH - 1));
    ck_assert_ptr_null(order.cycle);
    order_finish(&order);
    desired_finish(&desired_set);
}
END_TEST

START_TEST(the_first_of_a_name_wins)
{
    struct desired_set desired_set = {0};
    add(&desired_set, "web", NULL, NULL);
    size_t first = 99;
    ck_assert(
        !desired_add(&desired_set, desired_set.items[0].container, "other", "k", "o", &first));
    ck_assert_uint_eq(first, 0);
    ck_assert_uint_eq(desired_set.count, 1);
    ck_assert_uint_eq(desired_set.items[0].claim_count, 1);
    ck_assert_str_eq(desired_set.items[0].claims[0].source, "other");
    ck_assert_str_eq(desired_set.items[0].claims[0].key, "k");
    desired_finish(&desired_set);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("order");
    TCase *cases = tcase_create("order");
    tcase_add_test(cases, a_container_waits_for_the_host_it_looks_up);
    tcase_add_test(cases, a_cycle_is_named_and_broken);
    tcase_add_test(cases, the_configuration_makes_edges_too);
    tcase_add_test(cases, every_cycle_is_named);
    tcase_add_test(cases, a_flood_of_cycles_is_broken);
    tcase_add_test(cases, critical_ones_and_what_they_wait_for_go_first);
    tcase_add_test(cases, without_critical_ones_the_order_stays);
    tcase_add_test(cases, a_long_chain_is_walked);
    tcase_add_test(cases, the_first_of_a_name_wins);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
