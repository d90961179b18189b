/* The fetching sources polled by a host that stays: each poll is a helper of its own, and what it
 * knows of the last one is what the host kept. */
#include "base/cleanup.h"
#include "cloud_parts.h"
#include "folder.h"
#include "source/watch.h"
#include "visit.h"
#include "web.h"

#include <stdio.h>
#include <string.h>

#define WAIT_MS 30000

/* The first two polls find the same, the third another one, the fourth an overloaded server. */
static void serve_versions(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served;
    bool known = web_has(request, "If-None-Match: \"1\"");
    if (number == 0 || (number == 1 && !known))
        web_answer(fd, "200 OK", "ETag: \"1\"\r\n", MANIFEST);
    else if (number == 1)
        web_say(fd, "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n");
    else if (number == 2)
        web_answer(fd, "200 OK", "ETag: \"2\"\r\n", "{\"name\": \"other\"}");
    else
        web_answer(fd, "503 Service Unavailable", "Retry-After: 3600\r\n", "");
}

static struct source_set next(struct source_watch *watch)
{
    struct source_set set = {0};
    size_t which = 1;
    ck_assert_int_eq(source_watch_next(watch, WAIT_MS, &which, &set), 1);
    ck_assert_uint_eq(which, 0);
    return set;
}

START_TEST(a_host_that_stays_polls)
{
    struct web web;
    char folder[FOLDER_NAME], url[128], kept[64];
    folder_make(folder);
    web_start(&web, serve_versions, NULL);
    snprintf(url, sizeof(url), "%s/m.json", web.url);
    snprintf(kept, sizeof(kept), "%s/kept", folder);
    const struct source_setting settings[] = {{"url", url, "test"}, {"accept_http", "yes", "test"},
        {"poll", "1s", "test"}, {"attempts", "1", "test"}};
    const struct source_options options = {.name = "c",
        .plugin = KD_BUILD_DIR "/plugins/cloud.so",
        .user = "root",
        .settings = settings,
        .settings_count = countof(settings),
        .deadline_ms = WAIT_MS,
        .loader = KD_BUILD_DIR "/kanto-deployer-loader",
        .kept_folder = kept,
        .kept_write = true};
    struct source_watch *watch = source_watch_start(&options, 1);
    scoped(source_set_finish) struct source_set first = next(watch);
    visit_expect(&first, SOURCE_COMPLETE, "m.json");
    scoped(source_set_finish) struct source_set same = next(watch);
    visit_expect(&same, SOURCE_UNCHANGED, "m.json");
    scoped(source_set_finish) struct source_set other = next(watch);
    visit_expect(&other, SOURCE_COMPLETE, "m.json");
    ck_assert_str_eq(other.items[0].bytes, "{\"name\": \"other\"}");
    scoped(source_set_finish) struct source_set busy = next(watch);
    visit_expect_failure(&busy, SOURCE_RETRY, "found status 503 Service Unavailable");
    ck_assert_int_eq(busy.serves, SOURCE_SERVES_KEPT);
    ck_assert_int_ge(busy.next_ms, 3600000);
    source_watch_end(watch);
    web_stop(&web);
    ck_assert_uint_eq(web.count, 4);
    ck_assert(web_has(web.requests[2], "If-None-Match: \"1\""));
    ck_assert(web_has(web.requests[3], "If-None-Match: \"2\""));
    folder_remove(folder);
}
END_TEST

void add_watch_tests(TCase *cases)
{
    tcase_add_test(cases, a_host_that_stays_polls);
}
