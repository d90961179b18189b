/* The cloud source: what proves this device goes to the URL's own scheme, host and port. */
#include "base/cleanup.h"
#include "cloud_parts.h"
#include "folder.h"
#include "visit.h"
#include "web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct web web, other;

/* A server that sends to another one, and one that sends back to it. */
static void send_on(struct web *served, int fd, const char *request, unsigned number)
{
    char fields[256];
    (void)number;
    if (web_is(request, "/m.json"))
        snprintf(fields, sizeof(fields), "Location: %s/on?signed=hidden\r\n", other.url);
    else if (web_is(request, "/on"))
        snprintf(fields, sizeof(fields), "Location: %s/back\r\n", web.url);
    else if (web_is(request, "/here"))
        snprintf(fields, sizeof(fields), "Location: back\r\n");
    (void)served;
    if (web_is(request, "/back"))
        web_answer(fd, "200 OK", "", MANIFEST);
    else
        web_answer(fd, "302 Found", fields, "");
}

static struct source_set fetch(const char *path)
{
    char folder[FOLDER_NAME], url[128];
    folder_make(folder);
    folder_write_text(folder, "user", "me:s3cret\n");
    snprintf(url, sizeof(url), "%s%s", web.url, path);
    web_start(&other, send_on, NULL);
    const char *const pairs[] = {
        "url", url, "accept_http", "yes", "credentials", folder_path(folder, "user"), NULL};
    struct source_set set = visit("cloud", NULL, pairs);
    web_stop(&other);
    folder_remove(folder);
    return set;
}

static bool authorized(const struct web *served, unsigned number)
{
    return web_has(served->requests[number], "Authorization: Basic bWU6czNjcmV0");
}

START_TEST(a_redirect_within_the_host_keeps_the_password)
{
    web_start(&web, send_on, NULL);
    scoped(source_set_finish) struct source_set set = fetch("/here");
    web_stop(&web);
    visit_expect(&set, SOURCE_COMPLETE, "here.json");
    ck_assert(authorized(&web, 0) && authorized(&web, 1));
    ck_assert(!visit_noted(&set, "sent over http://")); /* nobody can listen on this machine */
}
END_TEST

START_TEST(a_password_in_the_clear_is_told)
{
    char folder[FOLDER_NAME];
    folder_make(folder);
    folder_write_text(folder, "user", "me:s3cret\n");
    const char *const pairs[] = {"url", "http://no-such-host.invalid/m.json", "accept_http", "yes",
        "total_timeout", "1s", "credentials", folder_path(folder, "user"), NULL};
    scoped(source_set_finish) struct source_set set = visit("cloud", NULL, pairs);
    folder_remove(folder);
    ck_assert(visit_noted(&set, "credentials: sent over http://"));
}
END_TEST

/* Another port is another host. Nor does who was asked meanwhile say where the password goes. */
START_TEST(a_redirect_elsewhere_loses_it_for_good)
{
    web_start(&web, send_on, NULL);
    scoped(source_set_finish) struct source_set set = fetch("/m.json");
    web_stop(&web);
    visit_expect(&set, SOURCE_COMPLETE, "m.json");
    ck_assert(authorized(&web, 0));
    ck_assert_uint_eq(other.count, 1);
    ck_assert_ptr_null(strstr(other.requests[0], "Authorization"));
    ck_assert_uint_eq(web.count, 2);
    ck_assert_ptr_null(strstr(web.requests[1], "Authorization"));
}
END_TEST

/* A cookie, a password in the home folder: nothing of the kind is sent. */
static void set_cookie(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request;
    if (number == 0)
        web_answer(fd, "302 Found", "Location: /m.json\r\nSet-Cookie: a=b; Path=/\r\n", "");
    else
        web_answer(fd, "200 OK", "", MANIFEST);
}

START_TEST(what_the_conf_does_not_name_is_not_sent)
{
    char folder[FOLDER_NAME], url[128];
    folder_make(folder);
    folder_write_text(folder, ".netrc", "machine 127.0.0.1 login me password s3cret\n");
    setenv("HOME", folder, 1);
    web_start(&web, set_cookie, NULL);
    snprintf(url, sizeof(url), "%s/first.json", web.url);
    const char *const pairs[] = {"url", url, "accept_http", "yes", NULL};
    scoped(source_set_finish) struct source_set set = visit("cloud", NULL, pairs);
    web_stop(&web);
    folder_remove(folder);
    visit_expect(&set, SOURCE_COMPLETE, "first.json");
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_ptr_null(strstr(web.requests[i], "Authorization"));
        ck_assert_ptr_null(strstr(web.requests[i], "Cookie"));
    }
}
END_TEST

static void refuse_elsewhere(struct web *served, int fd, const char *request, unsigned number)
{
    char fields[256];
    (void)request, (void)number;
    snprintf(fields, sizeof(fields), "Location: %s/on?signed=hidden\r\n", other.url);
    web_answer(
        fd, served == &web ? "302 Found" : "403 Forbidden", served == &web ? fields : "", "");
}

START_TEST(who_answered_is_named_without_its_secrets)
{
    web_start(&web, refuse_elsewhere, NULL);
    web_start(&other, refuse_elsewhere, NULL);
    char url[128], told[128];
    snprintf(url, sizeof(url), "%s/m.json?signed=hidden", web.url);
    snprintf(told, sizeof(told), "/m.json (redirected to %s/on): found status 403", other.url);
    const char *const pairs[] = {"url", url, "accept_http", "yes", NULL};
    scoped(source_set_finish) struct source_set set = visit("cloud", NULL, pairs);
    web_stop(&web);
    web_stop(&other);
    visit_expect_failure(&set, SOURCE_RETRY, told);
    ck_assert(!visit_noted(&set, "hidden"));
}
END_TEST

void add_trust_tests(TCase *cases)
{
    tcase_add_test(cases, a_redirect_within_the_host_keeps_the_password);
    tcase_add_test(cases, a_password_in_the_clear_is_told);
    tcase_add_test(cases, a_redirect_elsewhere_loses_it_for_good);
    tcase_add_test(cases, what_the_conf_does_not_name_is_not_sent);
    tcase_add_test(cases, who_answered_is_named_without_its_secrets);
}
