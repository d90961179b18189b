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

/* Nothing was kept that could be the same: this server gave nothing to ask by. */
static void unasked_after_all(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request;
    if (number == 0)
        web_answer(fd, "200 OK", "", MANIFEST);
    else
        web_say(fd, "HTTP/1.1 304 Not Modified\r\n\r\n");
}

START_TEST(nothing_changed_is_believed_where_it_was_asked)
{
    char folder[FOLDER_NAME];
    folder_make(folder);
    web_start(&web, unasked_after_all, NULL);
    scoped(source_set_finish) struct source_set set = fetch(folder, "/m.json", NULL, NULL);
    visit_expect(&set, SOURCE_COMPLETE, "m.json");
    scoped(source_set_finish) struct source_set again = fetch(folder, "/m.json", NULL, NULL);
    web_stop(&web);
    visit_expect_failure(&again, SOURCE_RETRY, "found status 304 Not Modified, expected 200");
    ck_assert_int_eq(again.serves, SOURCE_SERVES_KEPT);
    folder_remove(folder);
}
END_TEST

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

/* ---- Odd, and good all the same */

static void with_trailers(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request, (void)number;
    web_say(fd,
        "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nTransfer-Encoding: chunked\r\nTrailer: ETag\r\n\r\n"
        "%zx\r\n%s\r\n0\r\nETag: \"2\"\r\n\r\n",
        strlen(MANIFEST), MANIFEST);
}

START_TEST(what_follows_a_body_is_no_header)
{
    char folder[FOLDER_NAME];
    folder_make(folder);
    web_start(&web, with_trailers, NULL);
    scoped(source_set_finish) struct source_set set = fetch(folder, "/m.json", NULL, NULL);
    scoped(source_set_finish) struct source_set again = fetch(folder, "/m.json", NULL, NULL);
    web_stop(&web);
    visit_expect(&set, SOURCE_COMPLETE, "m.json");
    ck_assert(web_has(web.requests[1], "If-None-Match: \"1\""));
    folder_remove(folder);
}
END_TEST

/* Always packed, whatever was asked for. */
static void pack_always(struct web *served, int fd, const char *request, unsigned number)
{
    size_t length = 0;
    scoped_free char *packed = folder_read(served->ctx, "packed.gz", &length);
    (void)request, (void)number;
    begin_answer(fd, "Content-Encoding: gzip\r\n", length);
    web_send(fd, packed, length);
}

START_TEST(a_content_encoding_is_named)
{
    char folder[FOLDER_NAME];
    folder_make(folder);
    folder_run(folder, "printf '%%s' '%s' | gzip >packed.gz", MANIFEST);
    web_start(&web, pack_always, folder);
    scoped(source_set_finish) struct source_set json = fetch(NULL, "/m.json", NULL, NULL);
    visit_expect_failure(&json, SOURCE_RETRY, "Content-Encoding: gzip");
    ck_assert(web_has(web.requests[0], "Accept-Encoding: identity"));
    folder_run(
        folder, "echo '{}' >m.json && tar -czf b.tar.gz m.json && gzip -c b.tar.gz >packed.gz");
    scoped(source_set_finish) struct source_set twice = fetch(NULL, "/b.tar.gz", NULL, NULL);
    visit_expect_failure(&twice, SOURCE_RETRY, "Content-Encoding: gzip");
    /* A server that says of what lies there what it is. */
    folder_run(folder, "cp b.tar.gz packed.gz");
    scoped(source_set_finish) struct source_set once = fetch(NULL, "/b.tar.gz", NULL, NULL);
    web_stop(&web);
    visit_expect(&once, SOURCE_COMPLETE, "m.json");
    folder_remove(folder);
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

static const struct {
    const char *fields;
    int64_t least, most; /* milliseconds until it is asked again */
} pauses[] = {
    {"Retry-After: 3600\r\n", 3600000, 3970000},
    /* as a date, which is the server's word, as is what time it is now: this device may not know */
    {"Date: Sat, 01 Jan 2000 10:00:00 GMT\r\nRetry-After: Sat, 01 Jan 2000 11:00:00 GMT\r\n",
        3600000, 3970000},
    {"Date: Sat, 01 Jan 2101 10:00:00 GMT\r\nRetry-After: Sat, 01 Jan 2101 11:00:00 GMT\r\n",
        3600000, 3970000},
    /* a day at most */
    {"Retry-After: 99999999999999999999999999\r\n", 86400000, 95050000},
    {"Retry-After: 4294967295\r\n", 86400000, 95050000},
    {"Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n", 86400000, 95050000},
    /* makes no sense */
    {"Retry-After: -3600\r\n", 30000, 60000},
    {"Retry-After: soon\r\n", 30000, 60000},
    {"Retry-After: 60s\r\n", 30000, 60000},
    {"Date: Sat, 01 Jan 2000 10:00:00 GMT\r\nRetry-After: Sat, 01 Jan 2000 09:00:00 GMT\r\n", 30000,
        60000},
};

START_TEST(a_long_pause_is_left_to_the_next_poll)
{
    web_start(&web, busy_once, pauses[_i].fields);
    scoped(source_set_finish) struct source_set set = fetch(NULL, "/m.json", "attempts", "1");
    web_stop(&web);
    visit_expect_failure(&set, SOURCE_RETRY, "found status 503 Service Unavailable");
    ck_assert_uint_eq(web.count, 1);
    ck_assert_msg(set.next_ms >= pauses[_i].least && set.next_ms <= pauses[_i].most,
        "%s: found %lld", pauses[_i].fields, (long long)set.next_ms);
}
END_TEST

/* By a date, of this device's own clock where the server has none. */
START_TEST(a_date_is_understood)
{
    char date[64];
    time_t then = time(NULL) + 3700;
    struct tm parts;
    strftime(
        date, sizeof(date), "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n", gmtime_r(&then, &parts));
    web_start(&web, busy_once, date);
    scoped(source_set_finish) struct source_set set = fetch(NULL, "/m.json", NULL, NULL);
    web_stop(&web);
    visit_expect_failure(&set, SOURCE_RETRY, "found status 503 Service Unavailable");
    ck_assert_uint_eq(web.count, 1);
    ck_assert_int_ge(set.next_ms, 3600000);
}
END_TEST

/* It accepts, and says nothing to a TLS handshake. */
START_TEST(a_silent_server_is_left)
{
    char url[64];
    web_start(&web, vanish, NULL);
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/m.json", web.port);
    const char *const pairs[] = {
        "url", url, "connect_timeout", "500ms", "total_timeout", "3s", NULL};
    scoped(source_set_finish) struct source_set set = visit("cloud", NULL, pairs);
    web_stop(&web);
    visit_expect_failure(&set, SOURCE_RETRY, "m.json: no connection within");
    ck_assert(visit_noted(&set, "m.json: no connection within 500 ms (connect_timeout); again in"));
}
END_TEST

/* ---- A proxy, from the conf alone */

static void serve_one(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request, (void)number;
    web_answer(fd, "200 OK", "ETag: \"1\"\r\n", MANIFEST);
}

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
    tcase_add_loop_test(cases, a_misdeed_is_told, 0, countof(misdeeds));
    tcase_add_test(cases, a_short_pause_is_waited_for);
    tcase_add_loop_test(cases, a_long_pause_is_left_to_the_next_poll, 0, countof(pauses));
    tcase_add_test(cases, a_date_is_understood);
    tcase_add_test(cases, nothing_changed_is_believed_where_it_was_asked);
    tcase_add_test(cases, what_follows_a_body_is_no_header);
    tcase_add_test(cases, a_content_encoding_is_named);
    tcase_add_test(cases, a_silent_server_is_left);
    tcase_add_test(cases, a_proxy_is_used_where_the_conf_has_one);
}
