/* The cloud source, and downloads that break off: what comes then is the rest of the same file, or
 * all of it is fetched again. Never half of one and half of another. */
#include "base/cleanup.h"
#include "cloud_parts.h"
#include "visit.h"
#include "web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGE  300000 /* bytes of a manifest that takes more than one read */
#define PART   100000 /* of them come before the first answer breaks off */
#define STRONG "ETag: \"v1\"\r\n"
#define DATED  "Last-Modified: Sat, 01 Jan 2022 10:00:00 GMT\r\n"
#define RANGE  "Content-Range: bytes 100000-299999/300000\r\n"
#define ASKED  "Range: bytes=100000-"

static struct web web;
/* As the first answer begins; and another file of the same length, which is there from then on. */
static char before[LARGE + 1], after[LARGE + 1];

static void setup(void)
{
    memset(before, ' ', LARGE);
    memcpy(before, "{\"name\": \"large\"", 16);
    before[LARGE - 1] = '}';
    memcpy(after, before, LARGE);
    after[LARGE - 2] = '\n';
}

static struct source_set fetch(const char *attempts, const char *max_file)
{
    char url[128];
    snprintf(url, sizeof(url), "%s/large.json", web.url);
    const char *const pairs[] = {
        "url", url, "accept_http", "yes", "attempts", attempts, "max_file", max_file, NULL};
    return visit("cloud", NULL, pairs);
}

static void begin_answer(int fd, const char *fields, size_t announced)
{
    web_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n%s\r\n", announced, fields);
}

/* ---- The same file */

struct plan {
    const char *first;             /* fields of the answer that breaks off */
    const char *second;            /* of the 206; NULL: a 200 with all */
    const char *range, *condition; /* header lines that the second request must have; NULL: none */
};

static const struct plan plans[] = {
    {STRONG, STRONG RANGE, ASKED, "If-Range: \"v1\""},
    {STRONG, RANGE, ASKED, "If-Range: \"v1\""},
    {DATED, DATED RANGE, ASKED, "If-Range: Sat, 01 Jan 2022 10:00:00 GMT"},
    {STRONG DATED, STRONG RANGE, ASKED, "If-Range: \"v1\""},
    /* nothing strong to ask by: all of it */
    {"ETag: W/\"v1\"\r\n", NULL, NULL, NULL},
    {"", NULL, NULL, NULL},
    /* asked for a part, got all: as long as max_file allows */
    {STRONG, NULL, ASKED, "If-Range: \"v1\""},
};

static void take_up(struct web *served, int fd, const char *request, unsigned number)
{
    const struct plan *plan = served->ctx;
    (void)request;
    if (number == 0) {
        begin_answer(fd, plan->first, LARGE);
        web_send(fd, before, PART);
    } else if (plan->second) {
        web_say(fd, "HTTP/1.1 206 Partial Content\r\n%sContent-Length: %d\r\n\r\n", plan->second,
            LARGE - PART);
        web_send(fd, before + PART, LARGE - PART);
    } else {
        begin_answer(fd, "", LARGE);
        web_send(fd, before, LARGE);
    }
}

START_TEST(the_rest_of_the_same_file_is_taken)
{
    const struct plan *plan = &plans[_i];
    web_start(&web, take_up, plan);
    scoped(source_set_finish) struct source_set set = fetch("2", "300000");
    web_stop(&web);
    ck_assert_uint_eq(web.count, 2);
    visit_expect(&set, SOURCE_COMPLETE, "large.json");
    ck_assert_uint_eq(set.items[0].length, LARGE);
    ck_assert_int_eq(memcmp(set.items[0].bytes, before, LARGE), 0);
    ck_assert(!plan->range || web_has(web.requests[1], plan->range));
    ck_assert(!plan->condition || web_has(web.requests[1], plan->condition));
    ck_assert(plan->range || !strstr(web.requests[1], "\r\nRange:"));
}
END_TEST

/* ---- Another file, or no answer to the question */

struct swap {
    const char *first;  /* fields of the answer that breaks off */
    const char *status; /* of the second answer */
    const char *second; /* its fields */
    const char *told;   /* why that is not the rest */
};

#define OTHER "another file came"

static const struct swap swaps[] = {
    {STRONG, "206 Partial Content", "ETag: \"v2\"\r\n" RANGE, OTHER},
    {STRONG, "206 Partial Content", "ETag: W/\"v1\"\r\n" RANGE, OTHER},
    {STRONG, "206 Partial Content", STRONG "ETag: \"v2\"\r\n" RANGE, OTHER},
    {STRONG DATED, "206 Partial Content",
        STRONG "Last-Modified: Sun, 02 Jan 2022 10:00:00 GMT\r\n" RANGE, OTHER},
    {DATED, "206 Partial Content", "Last-Modified: Sun, 02 Jan 2022 10:00:00 GMT\r\n" RANGE, OTHER},
    {DATED, "206 Partial Content", STRONG RANGE, OTHER},
    {STRONG, "206 Partial Content", STRONG "Content-Range: bytes 100000-299999/400000\r\n", OTHER},
    {STRONG, "206 Partial Content", "Content-Range: bytes 100000-299999/*\r\n", "no total"},
    {STRONG, "206 Partial Content", STRONG "Content-Encoding: gzip\r\n" RANGE, OTHER},
    {STRONG, "206 Partial Content", STRONG "Content-Range: bytes 0-199999/300000\r\n",
        "the bytes from 100000 on"},
    {STRONG, "206 Partial Content", STRONG "Content-Range: bytes 100001-299999/300000\r\n",
        "the bytes from 100000 on"},
    {STRONG, "206 Partial Content", STRONG, "the bytes from 100000 on"},
    {STRONG, "206 Partial Content", STRONG "Content-Range: 100000-299999/300000\r\n",
        "the bytes from 100000 on"},
    {STRONG, "206 Partial Content", STRONG "Content-Range: bytes 100000-299999/200000\r\n",
        "the bytes from 100000 on"},
    {STRONG, "206 Partial Content", STRONG "Content-Range: bytes 100000--1/300000\r\n",
        "the bytes from 100000 on"},
    {STRONG, "206 Partial Content",
        STRONG "Content-Range: bytes 18446744073709651616-299999/300000\r\n",
        "the bytes from 100000 on"},
    {STRONG, "206 Partial Content", STRONG "Content-Type: multipart/byteranges; boundary=x\r\n",
        "the bytes from 100000 on"},
    {STRONG, "416 Range Not Satisfiable", "Content-Range: bytes */50\r\n",
        "416 Range Not Satisfiable"},
};

/* What it says of the part, it has another file in any case. */
static void swap(struct web *served, int fd, const char *request, unsigned number)
{
    const struct swap *plan = served->ctx;
    if (number == 0) {
        begin_answer(fd, plan->first, LARGE);
        web_send(fd, before, PART);
    } else if (strstr(request, "\r\nRange:")) {
        web_say(fd, "HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n", plan->status, plan->second,
            LARGE - PART);
        web_send(fd, after + PART, LARGE - PART);
    } else {
        begin_answer(fd, "ETag: \"v2\"\r\n", LARGE);
        web_send(fd, after, LARGE);
    }
}

START_TEST(another_file_is_fetched_from_its_beginning)
{
    web_start(&web, swap, &swaps[_i]);
    scoped(source_set_finish) struct source_set set = fetch("3", NULL);
    web_stop(&web);
    visit_expect(&set, SOURCE_COMPLETE, "large.json");
    ck_assert_int_eq(memcmp(set.items[0].bytes, after, LARGE), 0);
    ck_assert_uint_eq(web.count, 3);
    ck_assert(visit_noted(&set, swaps[_i].told));
    ck_assert_ptr_null(strstr(web.requests[2], "\r\nRange:"));
}
END_TEST

START_TEST(within_the_attempts)
{
    web_start(&web, swap, &swaps[_i]);
    scoped(source_set_finish) struct source_set set = fetch("2", NULL);
    web_stop(&web);
    visit_expect_failure(&set, SOURCE_RETRY, swaps[_i].told);
    ck_assert_uint_eq(web.count, 2);
    ck_assert_uint_eq(set.count, 0);
}
END_TEST

/* ---- Answers that break off again and again */

static void drop_by_drop(struct web *served, int fd, const char *request, unsigned number)
{
    const char *range = strstr(request, "\r\nRange: bytes=");
    size_t at = range ? (size_t)atol(range + 15) : 0, end = at + 60000;
    (void)served, (void)number;
    if (at == 0)
        begin_answer(fd, STRONG, LARGE);
    else
        web_say(fd,
            "HTTP/1.1 206 Partial Content\r\n" STRONG "Content-Range: bytes %zu-%d/%d\r\n"
            "Content-Length: %zu\r\n\r\n",
            at, LARGE - 1, LARGE, LARGE - at);
    web_send(fd, before + at, end < LARGE ? 60000 : LARGE - at);
}

START_TEST(a_line_that_breaks_often_gets_all_of_it)
{
    web_start(&web, drop_by_drop, NULL);
    scoped(source_set_finish) struct source_set set = fetch("5", NULL);
    web_stop(&web);
    visit_expect(&set, SOURCE_COMPLETE, "large.json");
    ck_assert_int_eq(memcmp(set.items[0].bytes, before, LARGE), 0);
    ck_assert_uint_eq(web.count, 5);
}
END_TEST

/* Says of a part that it is there, and sends none; or less than it said. */
static const struct {
    int announced, sent;
    const char *told;
} shorts[] = {{0, 0, "after 100000 bytes"}, {10, 10, "after 100010 bytes"},
    {LARGE - PART, 10, "after 100010 bytes"}};

static void fall_short(struct web *served, int fd, const char *request, unsigned number)
{
    int which = *(const int *)served->ctx;
    (void)request;
    if (number == 0) {
        begin_answer(fd, STRONG, LARGE);
        web_send(fd, before, PART);
        return;
    }
    web_say(fd, "HTTP/1.1 206 Partial Content\r\n" RANGE "Content-Length: %d\r\n\r\n",
        shorts[which].announced);
    web_send(fd, before + PART, (size_t)shorts[which].sent);
}

START_TEST(a_short_part_is_not_the_end)
{
    web_start(&web, fall_short, &_i);
    scoped(source_set_finish) struct source_set set = fetch("2", NULL);
    web_stop(&web);
    visit_expect_failure(&set, SOURCE_RETRY, shorts[_i].told);
}
END_TEST

void add_resume_tests(TCase *cases)
{
    tcase_add_checked_fixture(cases, setup, NULL);
    tcase_add_loop_test(cases, the_rest_of_the_same_file_is_taken, 0, countof(plans));
    tcase_add_loop_test(cases, another_file_is_fetched_from_its_beginning, 0, countof(swaps));
    tcase_add_loop_test(cases, within_the_attempts, 0, countof(swaps));
    tcase_add_test(cases, a_line_that_breaks_often_gets_all_of_it);
    tcase_add_loop_test(cases, a_short_part_is_not_the_end, 0, countof(shorts));
}
