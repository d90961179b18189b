/* What two containers cannot both have: with many ports the answer is the same as port by port. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"
#include "model/resources.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static Kanto__Container *create(size_t ports)
{
    Kanto__Container *container = memory_zeroed(1, sizeof(*container));
    kanto__container__init(container);
    container->host_config = memory_zeroed(1, sizeof(*container->host_config));
    kanto__host_config__init(container->host_config);
    container->host_config->port_mappings = memory_zeroed(ports, sizeof(Kanto__PortMapping *));
    return container;
}

static void add_port(Kanto__Container *container, const char *protocol, const char *address,
    int64_t first, int64_t last)
{
    Kanto__PortMapping *port = memory_zeroed(1, sizeof(*port));
    kanto__port_mapping__init(port);
    port->protocol = memory_string(protocol);
    port->host_ip = memory_string(address);
    port->host_port = first;
    port->host_port_end = last;
    container->host_config->port_mappings[container->host_config->n_port_mappings++] = port;
}

static void add_some_port(Kanto__Container *container)
{
    static const char *const protocols[] = {NULL, "tcp", "udp"};
    static const char *const addresses[] = {
        "127.0.0.1", "127.0.0.2", "192.0.2.1", "127.0.0.1", "192.0.2.2", NULL, "0.0.0.0", "::"};
    /* Few are everywhere: else all meet. */
    size_t address = (size_t)rand() % (rand() % 40 ? 5 : countof(addresses));
    int64_t first = rand() % 2000;
    add_port(container, protocols[rand() % 3], addresses[address], first,
        rand() % 3 ? 0 : first + rand() % 5);
}

/* The ports one by one, each in a container of its own. */
static bool share_one(const Kanto__Container *a, const Kanto__Container *b)
{
    Kanto__HostConfig one = *a->host_config, other = *b->host_config;
    Kanto__Container left = *a, right = *b;
    left.host_config = &one;
    right.host_config = &other;
    one.n_port_mappings = other.n_port_mappings = 1;
    for (size_t i = 0; i < a->host_config->n_port_mappings; i++)
        for (size_t j = 0; j < b->host_config->n_port_mappings; j++) {
            one.port_mappings = &a->host_config->port_mappings[i];
            other.port_mappings = &b->host_config->port_mappings[j];
            if (resources_share_port(&left, &right))
                return true;
        }
    return false;
}

START_TEST(many_ports_meet_as_single_ones_do)
{
    size_t met = 0;
    srand(7);
    for (int round = 0; round < 400; round++) {
        size_t left = 1 + (size_t)rand() % 60, right = 1 + (size_t)rand() % 60;
        scoped_container Kanto__Container *a = create(left), *b = create(right);
        while (a->host_config->n_port_mappings < left)
            add_some_port(a);
        while (b->host_config->n_port_mappings < right)
            add_some_port(b);
        bool expected = share_one(a, b);
        ck_assert_int_eq(resources_share_port(a, b), expected);
        ck_assert_int_eq(resources_share_port(b, a), expected);
        met += expected;
    }
    ck_assert_uint_gt(met, 50);
    ck_assert_uint_lt(met, 350);
}
END_TEST

#define MANY 28000 /* in a megabyte */

/* Port by port it would be 784 million pairs of texts. */
START_TEST(many_ports_cost_no_more_than_their_number)
{
    scoped_container Kanto__Container *a = create(MANY), *b = create(MANY);
    for (int64_t i = 0; i < MANY; i++) {
        scoped_free char *one = memory_format("10.0.%d.%d", (int)(i / 200), (int)(i % 200));
        scoped_free char *other = memory_format("10.1.%d.%d", (int)(i / 200), (int)(i % 200));
        add_port(a, "tcp", one, 1, 65535);
        add_port(b, "tcp", other, 1, 65535);
    }
    for (int i = 0; i < 20; i++)
        ck_assert(!resources_share_port(a, b));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resources");
    TCase *cases = tcase_create("resources");
    tcase_set_timeout(cases, 30);
    tcase_add_test(cases, many_ports_meet_as_single_ones_do);
    tcase_add_test(cases, many_ports_cost_no_more_than_their_number);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
