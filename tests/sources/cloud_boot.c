/* The very first boot: nothing is kept, so the network and the clock are waited for, as long as
 * total_timeout says. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "cloud_parts.h"
#include "folder.h"
#include "server.h"
#include "visit.h"
#include "web.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define LATE_MS 2000

static struct web web;

static void serve_one(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request, (void)number;
    web_answer(fd, "200 OK", "ETag: \"1\"\r\n", MANIFEST);
}

static void *come_late(void *port)
{
    poll(NULL, 0, LATE_MS);
    web_start_at(&web, *(const int *)port, serve_one, NULL);
    return NULL;
}

/* One attempt is all that a server gets; a network that is not there is none. */
START_TEST(a_network_that_comes_late_is_waited_for)
{
    char url[64];
    int port = server_port();
    pthread_t thread;
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/m.json", port);
    const char *const pairs[] = {"url", url, "accept_http", "yes", "attempts", "1", NULL};
    ck_assert_int_eq(pthread_create(&thread, NULL, come_late, &port), 0);
    scoped(source_set_finish) struct source_set set = visit("cloud", NULL, pairs);
    pthread_join(thread, NULL);
    web_stop(&web);
    visit_expect(&set, SOURCE_COMPLETE, "m.json");
    ck_assert(visit_noted(&set, "cannot connect: Connection refused; again in"));
}
END_TEST

/* As long as total_timeout says, and no longer. */
static const struct {
    const char *url, *told;
} absences[] = {
    {"https://no-such-host.invalid/m.json", "cannot find the host's address"},
    {"https://127.0.0.1:1/m.json", "cannot connect: Connection refused"},
};

START_TEST(it_is_not_waited_for_longer)
{
    const char *const pairs[] = {
        "url", absences[_i].url, "attempts", "1", "total_timeout", "3s", NULL};
    int64_t began = clock_now_ms();
    scoped(source_set_finish) struct source_set set = visit("cloud", NULL, pairs);
    visit_expect_failure(&set, SOURCE_RETRY, absences[_i].told);
    ck_assert(visit_noted(&set, "again in"));
    ck_assert_int_lt(clock_now_ms() - began, 30000);
}
END_TEST

START_TEST(without_a_network_what_is_kept_serves)
{
    char folder[FOLDER_NAME], url[128];
    folder_make(folder);
    web_start(&web, serve_one, NULL);
    snprintf(url, sizeof(url), "%s/m.json", web.url);
    const char *const pairs[] = {"url", url, "accept_http", "yes", NULL};
    scoped(source_set_finish) struct source_set set = visit("cloud", folder, pairs);
    visit_expect(&set, SOURCE_COMPLETE, "m.json");
    web_stop(&web);
    scoped(source_set_finish) struct source_set kept = visit("cloud", folder, pairs);
    visit_expect_failure(&kept, SOURCE_RETRY, "/m.json: cannot connect: Connection refused");
    ck_assert_int_eq(kept.serves, SOURCE_SERVES_KEPT);
    ck_assert_uint_eq(kept.count, 1);
    ck_assert_str_eq(kept.items[0].bytes, MANIFEST);
    ck_assert(!visit_noted(&kept, "again in")); /* there is something: no time is lost */
    folder_remove(folder);
}
END_TEST

void add_boot_tests(TCase *cases)
{
    tcase_add_test(cases, a_network_that_comes_late_is_waited_for);
    tcase_add_loop_test(cases, it_is_not_waited_for_longer, 0, countof(absences));
    tcase_add_test(cases, without_a_network_what_is_kept_serves);
}
