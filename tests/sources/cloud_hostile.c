/* The cloud source against servers that break off, lie, flood, or say nothing. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "cloud_parts.h"
#include "folder.h"
#include "visit.h"
#include "web.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LARGE 300000 /* bytes of a manifest that takes more than one read */

static struct web web;
static char large[LARGE + 1];

static void setup(void)
{
    memset(large, ' ', LARGE);
    memcpy(large, "{\"name\": \"large\"", 16);
    large[LARGE - 1] = '}';
}

static struct source_set fetch(
    const char *folder, const char *path, const char *key, const char *value)
{
    char url[128];
    snprintf(url, sizeof(url), "%s%s", web.url, path);
    const char *const pairs[] = {"url", url, "accept_http", "yes", key, value, NULL};
    return visit("cloud", folder, pairs);
}

static void begin_answer(int fd, const char *fields, size_t announced)
{
    web_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n%s\r\n", announced, fields);
}

/* ---- Interrupted downloads */

struct plan {
    const char *fields; /* of the first answer, which breaks off after a third */
    const char *then;   /* the second: "rest", "wrong" (206 of other bytes), "all", "new" */
    const char *range, *condition; /* header lines that the second request must have; NULL: none */
    const char *told;              /* NULL: it is complete */
};

static const struct plan plans[] = {
    {"ETag: \"v1\"\r\n", "rest", "Range: bytes=100000-", "If-Range: \"v1\"", NULL},
    {"Last-Modified: Sat, 01 Jan 2022 10:00:00 GMT\r\n", "rest", "Range: bytes=100000-",
        "If-Range: Sat, 01 Jan 2022 10:00:00 GMT", NULL},
    {"ETag: W/\"v1\"\r\n", "all", NULL, NULL, NULL},
    {"", "all", NULL, NULL, NULL},
    {"ETag: \"v1\"\r\n", "new", "Range: bytes=100000-", "If-Range: \"v1\"", NULL},
    {"ETag: \"v1\"\r\n", "wrong", "Range: bytes=100000-", NULL,
        "asked for the bytes from 100000 on, and others came"},
    {"ETag: \"v1\"\r\n", "nothing", "Range: bytes=100000-", NULL, "after 100000 bytes"},
    {"ETag: \"v1\"\r\n", "empty", "Range: bytes=100000-", NULL, "found no bytes"},
};

static void send_second(int fd, const char *then)
{
    if (strcmp(then, "rest") == 0) {
        web_say(fd,
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 100000-%d/%d\r\n"
            "Content-Length: %d\r\n\r\n",
            LARGE - 1, LARGE, LARGE - 100000);
        web_send(fd, large + 100000, LARGE - 100000);
    } else if (strcmp(then, "wrong") == 0) {
        web_say(fd,
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/%d\r\n"
            "Content-Length: 10\r\n\r\n0123456789",
            LARGE);
    } else if (strcmp(then, "nothing") == 0) {
        web_say(fd,
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 100000-%d/%d\r\n"
            "Content-Length: 0\r\n\r\n",
            LARGE - 1, LARGE);
    } else if (strcmp(then, "empty") == 0) {
        web_answer(fd, "200 OK", "", "");
    } else {
        bool fresh = strcmp(then, "new") == 0;
        begin_answer(fd, fresh ? "ETag: \"v2\"\r\n" : "", LARGE);
        web_send(fd, large, LARGE);
    }
}

static void break_off_once(struct web *served, int fd, const char *request, unsigned number)
{
    const struct plan *plan = served->ctx;
    (void)request;
    if (number > 0) {
        send_second(fd, plan->then);
        return;
    }
    begin_answer(fd, plan->fields, LARGE);
    web_send(fd, large, 100000);
}

START_TEST(an_interrupted_download_is_taken_up)
{
    const struct plan *plan = &plans[_i];
    web_start(&web, break_off_once, plan);
    scoped(source_set_finish) struct source_set set = fetch(NULL, "/large.json", "attempts", "2");
    web_stop(&web);
    ck_assert_uint_eq(web.count, 2);
    if (plan->told) {
        visit_expect_failure(&set, SOURCE_RETRY, plan->told);
    } else {
        visit_expect(&set, SOURCE_COMPLETE, "large.json");
        ck_assert_uint_eq(set.items[0].length, LARGE);
        ck_assert_int_eq(memcmp(set.items[0].bytes, large, LARGE), 0);
    }
    ck_assert(!plan->range || web_has(web.requests[1], plan->range));
    ck_assert(!plan->condition || web_has(web.requests[1], plan->condition));
    ck_assert(plan->range || !strstr(web.requests[1], "\r\nRange:"));
}
END_TEST

/* ---- What no server should do */

static void vanish(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)fd, (void)request, (void)number;
}

static void cut_always(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request, (void)number;
    begin_answer(fd, "", 50000);
    web_send(fd, large, 1000);
}

static void flood_body(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request, (void)number;
    web_say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (web_say(fd, "2000\r\n") && web_send(fd, large, 0x2000) && web_say(fd, "\r\n"))
        ;
}

static void flood_fields(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request, (void)number;
    web_say(fd, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 1000000 && web_say(fd, "X-Field-%d: %01000d\r\n", i, i); i++)
        ;
}

static void flood_interim(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request, (void)number;
    while (web_say(fd, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"))
        ;
}

static void flood_error(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request, (void)number;
    web_say(fd, "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (web_say(fd, "2000\r\n") && web_send(fd, large, 0x2000) && web_say(fd, "\r\n"))
        ;
}

static void babble(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request, (void)number;
    web_say(fd, "SSH-2.0-OpenSSH_9.2p1\r\n");
}

static void lie_about_length(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request, (void)number;
    web_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" MANIFEST);
}

static void never_changed(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request, (void)number;
    web_say(fd, "HTTP/1.1 304 Not Modified\r\n\r\n");
}

static void part_unasked(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request, (void)number;
    web_answer(fd, "206 Partial Content", "Content-Range: bytes 0-60/61\r\n", MANIFEST);
}

static void no_content(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request, (void)number;
    web_say(fd, "HTTP/1.1 204 No Content\r\n\r\n");
}

static const struct {
    web_handler *handler;
    const char *told;
    unsigned requests; /* 0: any */
} misdeeds[] = {
    {vanish, "Empty reply from server", 3},
    {cut_always, "the connection ended after 1000 bytes, more were announced", 3},
    {flood_body, "found more than 100000 bytes, expected no more (max_file)", 1},
    {flood_fields, "m.json: ", 0},
    {flood_interim, "m.json: ", 0},
    {flood_error, "found status 404 Not Found", 1},
    {babble, "m.json: ", 0},
    {lie_about_length, "m.json: ", 0},
    {never_changed, "found status 304 Not Modified, expected 200", 1},
    {part_unasked, "found status 206 Partial Content, expected 200", 1},
    {no_content, "found status 204 No Content, expected 200", 1},
};

START_TEST(a_misdeed_is_told)
{
    web_start(&web, misdeeds[_i].handler, NULL);
    const char *url = folder_path(web.url, "m.json");
    const char *const pairs[] = {"url", url, "accept_http", "yes", "attempts", "3", "max_file",
        "100000", "total_timeout", "10s", NULL};
    scoped(source_set_finish) struct source_set set = visit("cloud", NULL, pairs);
    web_stop(&web);
    visit_expect_failure(&set, SOURCE_RETRY, misdeeds[_i].told);
    ck_assert_uint_eq(set.count, 0);
    if (misdeeds[_i].requests)
        ck_assert_uint_eq(web.count, misdeeds[_i].requests);
}
END_TEST

/* ---- Overloaded for a moment, or longer */

static void busy_once(struct web *served, int fd, const char *request, unsigned number)
{
    (void)request;
    if (number == 0)
        web_answer(fd, "503 Service Unavailable", served->ctx, "busy");
    else
        web_answer(fd, "200 OK", "", MANIFEST);
}

START_TEST(a_short_pause_is_waited_for)
{
    web_start(&web, busy_once, "Retry-After: 1\r\n");
    scoped(source_set_finish) struct source_set set = fetch(NULL, "/m.json", NULL, NULL);
    web_stop(&web);
    visit_expect(&set, SOURCE_COMPLETE, "m.json");
    ck_assert(visit_noted(&set, "found status 503 Service Unavailable"));
    ck_assert(visit_noted(&set, "again in 1000 ms"));
}
END_TEST

START_TEST(a_long_pause_is_left_to_the_next_poll)
{
    /* as seconds, and as a date */
    char date[64] = "Retry-After: 3600\r\n";
    time_t then = time(NULL) + 3700;
    struct tm parts;
    if (_i == 1)
        strftime(date, sizeof(date), "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n",
            gmtime_r(&then, &parts));
    web_start(&web, busy_once, date);
    scoped(source_set_finish) struct source_set set = fetch(NULL, "/m.json", NULL, NULL);
    web_stop(&web);
    visit_expect_failure(&set, SOURCE_RETRY, "found status 503 Service Unavailable");
    ck_assert_uint_eq(web.count, 1);
    ck_assert_int_ge(set.next_ms, 3600000);
}
END_TEST

/* ---- No network at boot */

static void serve_one(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request, (void)number;
    web_answer(fd, "200 OK", "ETag: \"1\"\r\n", MANIFEST);
}

START_TEST(without_a_network_what_is_kept_serves)
{
    char folder[FOLDER_NAME];
    folder_make(folder);
    web_start(&web, serve_one, NULL);
    scoped(source_set_finish) struct source_set set = fetch(folder, "/m.json", NULL, NULL);
    visit_expect(&set, SOURCE_COMPLETE, "m.json");
    web_stop(&web);
    scoped(source_set_finish) struct source_set kept = fetch(folder, "/m.json", NULL, NULL);
    visit_expect_failure(&kept, SOURCE_RETRY, "/m.json: cannot connect: Connection refused");
    ck_assert_int_eq(kept.serves, SOURCE_SERVES_KEPT);
    ck_assert_uint_eq(kept.count, 1);
    ck_assert_str_eq(kept.items[0].bytes, MANIFEST);
    ck_assert(!visit_noted(&kept, "again in")); /* there is something: no time is lost */
    folder_remove(folder);
}
END_TEST

/* It accepts, and says nothing to a TLS handshake. */
START_TEST(a_silent_server_is_left)
{
    char url[64];
    web_start(&web, vanish, NULL);
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/m.json", web.port);
    const char *const pairs[] = {"url", url, "connect_timeout", "500ms", "attempts", "1", NULL};
    scoped(source_set_finish) struct source_set set = visit("cloud", NULL, pairs);
    web_stop(&web);
    visit_expect_failure(
        &set, SOURCE_RETRY, "m.json: no connection within 500 ms (connect_timeout)");
}
END_TEST

START_TEST(at_the_first_boot_a_network_is_waited_for)
{
    const char *const pairs[] = {
        "url", "https://no-such-host.invalid/m.json", "attempts", "2", NULL};
    scoped(source_set_finish) struct source_set set = visit("cloud", NULL, pairs);
    visit_expect_failure(&set, SOURCE_RETRY, "cannot find the host's address");
    ck_assert(visit_noted(&set, "again in"));
}
END_TEST

/* ---- A proxy, from the conf alone */

START_TEST(a_proxy_is_used_where_the_conf_has_one)
{
    char folder[FOLDER_NAME];
    folder_make(folder);
    folder_write_text(folder, "user", "me:s3cret\n");
    web_start(&web, serve_one, NULL);
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    const char *const pairs[] = {"url", "http://example.invalid/m.json", "accept_http", "yes",
        "proxy", web.url, "proxy_credentials", folder_path(folder, "user"), NULL};
    scoped(source_set_finish) struct source_set set = visit("cloud", NULL, pairs);
    scoped(source_set_finish) struct source_set straight = fetch(NULL, "/n.json", NULL, NULL);
    web_stop(&web);
    visit_expect(&set, SOURCE_COMPLETE, "m.json");
    visit_expect(&straight, SOURCE_COMPLETE, "n.json");
    ck_assert_int_eq(strncmp(web.requests[0], "GET http://example.invalid/m.json ", 34), 0);
    ck_assert(web_has(web.requests[0], "Proxy-Authorization: Basic bWU6czNjcmV0"));
    ck_assert_int_eq(strncmp(web.requests[1], "GET /n.json ", 12), 0);
    folder_remove(folder);
}
END_TEST

void add_hostile_tests(TCase *cases)
{
    tcase_add_checked_fixture(cases, setup, NULL);
    tcase_add_loop_test(cases, an_interrupted_download_is_taken_up, 0, countof(plans));
    tcase_add_loop_test(cases, a_misdeed_is_told, 0, countof(misdeeds));
    tcase_add_test(cases, a_short_pause_is_waited_for);
    tcase_add_loop_test(cases, a_long_pause_is_left_to_the_next_poll, 0, 2);
    tcase_add_test(cases, without_a_network_what_is_kept_serves);
    tcase_add_test(cases, a_silent_server_is_left);
    tcase_add_test(cases, at_the_first_boot_a_network_is_waited_for);
    tcase_add_test(cases, a_proxy_is_used_where_the_conf_has_one);
}
