/* The registry source: who is sent its password, and who is not. A registry, and another server
 * that would like to have it. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "folder.h"
#include "layout.h"
#include "registry_parts.h"
#include "visit.h"
#include "web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSWORD "Authorization: Basic bWU6czNjcmV0"

static struct web web, other;

struct plan {
    const char *registry;   /* what the registry answers to whom it does not know; % is the other */
    const char *blobs;      /* where it sends for blobs; NULL: it has them */
    const char *token;      /* where the registry's own /token sends; NULL: it has one */
    const char *cdn;        /* the challenge of the other server; NULL: it gives the bytes */
    const char *auth_hosts; /* % is the other's host and port */
    const char *told;       /* NULL: it works */
    bool password;          /* the other one gets it */
};

static const struct plan plans[] = {
    /* the host behind a redirect asks for the password, or for a token from itself */
    {NULL, "%/blob", NULL, "Basic realm=\"mine\"", NULL, "): found status 401 Unauthorized", false},
    {NULL, "%/blob", NULL, "Bearer realm=\"%/token\"", NULL, "): found status 401 Unauthorized",
        false},
    {NULL, "%/blob", NULL, "Basic realm=\"mine\"", "%", "): found status 401 Unauthorized", false},
    {"Basic realm=\"r\"", "%/blob", NULL, "Basic realm=\"mine\"", NULL,
        "): found status 401 Unauthorized", false},
    /* the registry itself may ask */
    {"Basic realm=\"r\"", NULL, NULL, NULL, NULL, NULL, false},
    {"Basic realm=\"r\"", "%/blob", NULL, NULL, NULL, NULL, false},
    /* a realm elsewhere, allowed or not */
    {"Bearer realm=\"%/token\"", NULL, NULL, NULL, NULL, "(auth_hosts)", false},
    {"Bearer realm=\"%/token\"", NULL, NULL, NULL, "127.0.0.1", "(auth_hosts)", false},
    {"Bearer realm=\"%/token\"", NULL, NULL, NULL, "auth.example.org", "(auth_hosts)", false},
    {"Bearer realm=\"%/token\"", NULL, NULL, NULL, "auth.example.org %", NULL, true},
    {"Bearer realm=\"%/token\"", NULL, NULL, NULL, "%,auth.example.org", NULL, true},
    {"Bearer realm=\"http://me:hidden@127.0.0.1/token\"", NULL, NULL, NULL, NULL, "a user in it",
        false},
    /* the token service sends elsewhere: the password stays */
    {"Bearer realm=\"@/token\"", NULL, "%/token", NULL, NULL, NULL, false},
    {"Bearer realm=\"@/token\"", NULL, "%/token", NULL, "%", NULL, false},
};

/* "%" and "@" become the other's and the registry's URL. */
static char *expand(const char *text, bool host_only)
{
    char *whole = memory_string("");
    for (const char *at = text; *at; at++) {
        const struct web *named = *at == '%' ? &other : *at == '@' ? &web : NULL;
        const char *url = named ? named->url + (host_only ? strlen("http://") : 0) : "";
        char *longer = named && (at == text || at[1] == '/' || host_only)
                           ? memory_format("%s%s", whole, url)
                           : memory_format("%s%c", whole, *at);
        free(whole);
        whole = longer;
    }
    return whole;
}

static void say_line(int fd, const char *status, const char *name, const char *text)
{
    scoped_free char *value = expand(text, false);
    scoped_free char *line = memory_format("%s: %s\r\n", name, value);
    web_answer(fd, status, line, "");
}

static void be_registry(struct web *served, int fd, const char *request, unsigned number)
{
    const struct plan *plan = served->ctx;
    const struct layout_layer layer = {JSON_TYPE, "hello.json", MANIFEST, strlen(MANIFEST)};
    bool known = !plan->registry || web_has(request, PASSWORD) ||
                 web_has(request, "Authorization: Bearer t0ken");
    (void)number;
    if (web_is(request, "/token") && plan->token) {
        say_line(fd, "307 Temporary Redirect", "Location", plan->token);
    } else if (web_is(request, "/token")) {
        web_answer(fd, "200 OK", "", "{\"token\": \"t0ken\"}");
    } else if (!known) {
        say_line(fd, "401 Unauthorized", "WWW-Authenticate", plan->registry);
    } else if (strstr(request, "/manifests/")) {
        scoped_free char *text = layout_text(&layer, 1);
        web_answer(fd, "200 OK", "", text);
    } else if (plan->blobs) {
        say_line(fd, "307 Temporary Redirect", "Location", plan->blobs);
    } else {
        web_answer(fd, "200 OK", "", MANIFEST);
    }
}

static void be_other(struct web *served, int fd, const char *request, unsigned number)
{
    const struct plan *plan = served->ctx;
    (void)number;
    if (web_is(request, "/token"))
        web_answer(fd, "200 OK", "", "{\"token\": \"t0ken\"}");
    else if (plan->cdn && !strstr(request, "\r\nAuthorization:"))
        say_line(fd, "401 Unauthorized", "WWW-Authenticate", plan->cdn);
    else
        web_answer(fd, "200 OK", "", MANIFEST);
}

START_TEST(the_password_goes_where_the_conf_says)
{
    const struct plan *plan = &plans[_i];
    char folder[FOLDER_NAME], url[64];
    folder_make(folder);
    folder_write_text(folder, "user", "me:s3cret\n");
    web_start(&web, be_registry, plan);
    web_start(&other, be_other, plan);
    snprintf(url, sizeof(url), "oci://127.0.0.1:%d/a/b:c", web.port);
    scoped_free char *hosts = plan->auth_hosts ? expand(plan->auth_hosts, true) : NULL;
    const char *const pairs[] = {"url", url, "accept_http", "yes", "attempts", "1", "credentials",
        folder_path(folder, "user"), "auth_hosts", hosts, NULL};
    scoped(source_set_finish) struct source_set set = visit("registry", NULL, pairs);
    web_stop(&web);
    web_stop(&other);
    folder_remove(folder);
    if (plan->told)
        visit_expect_failure(&set, SOURCE_RETRY, plan->told);
    else
        visit_expect(&set, SOURCE_COMPLETE, "hello.json");
    ck_assert(!visit_noted(&set, "hidden") && !visit_noted(&set, "s3cret"));
    bool got = false;
    for (unsigned i = 0; i < web.count && !plan->registry; i++) /* it did not ask */
        ck_assert_ptr_null(strstr(web.requests[i], "\r\nAuthorization:"));
    for (unsigned i = 0; i < other.count; i++) {
        got = got || web_has(other.requests[i], PASSWORD);
        ck_assert_msg(plan->password || !strstr(other.requests[i], "\r\nAuthorization:"), "%s",
            other.requests[i]);
    }
    ck_assert_int_eq(got, plan->password);
}
END_TEST

/* A token is good for two requests. */
static void expire(struct web *served, int fd, const char *request, unsigned number)
{
    static unsigned left;
    static char wanted[64];
    if (number == 0)
        left = 0;
    if (web_is(request, "/token")) {
        char answer[128];
        left = 2;
        snprintf(wanted, sizeof(wanted), "Authorization: Bearer t%u", number);
        snprintf(answer, sizeof(answer), "{\"token\": \"t%u\", \"expires_in\": -1}", number);
        web_answer(fd, "200 OK", "", answer);
    } else if (left == 0 || !web_has(request, wanted)) {
        say_line(fd, "401 Unauthorized", "WWW-Authenticate", "Bearer realm=\"@/token\"");
    } else if (left--, strstr(request, "/manifests/")) {
        web_answer(fd, "200 OK", "", served->ctx);
    } else {
        web_answer(fd, "200 OK", "", MANIFEST);
    }
}

START_TEST(a_token_that_ended_is_fetched_again)
{
    const struct layout_layer layers[] = {{JSON_TYPE, "a.json", MANIFEST, strlen(MANIFEST)},
        {JSON_TYPE, "b.json", MANIFEST, strlen(MANIFEST)},
        {JSON_TYPE, "c.json", MANIFEST, strlen(MANIFEST)}};
    char url[64];
    scoped_free char *text = layout_text(layers, 3);
    web_start(&web, expire, text);
    snprintf(url, sizeof(url), "oci://127.0.0.1:%d/a/b:c", web.port);
    const char *const pairs[] = {"url", url, "accept_http", "yes", "attempts", "1", NULL};
    scoped(source_set_finish) struct source_set set = visit("registry", NULL, pairs);
    web_stop(&web);
    visit_expect(&set, SOURCE_COMPLETE, "a.json b.json c.json");
    /* 4 good ones, and twice a 401 and a token */
    ck_assert_uint_eq(web.count, 8);
}
END_TEST

/* A token service in need is asked when it says, too. */
static void overloaded(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)number;
    if (web_is(request, "/token"))
        web_answer(fd, "503 Service Unavailable", "Retry-After: 7200\r\n", "");
    else
        say_line(fd, "401 Unauthorized", "WWW-Authenticate", "Bearer realm=\"@/token\"");
}

START_TEST(a_token_service_in_need_is_left_alone)
{
    char url[64];
    web_start(&web, overloaded, NULL);
    snprintf(url, sizeof(url), "oci://127.0.0.1:%d/a/b:c", web.port);
    const char *const pairs[] = {"url", url, "accept_http", "yes", NULL};
    scoped(source_set_finish) struct source_set set = visit("registry", NULL, pairs);
    web_stop(&web);
    visit_expect_failure(&set, SOURCE_RETRY, "/token: found status 503 Service Unavailable");
    ck_assert_uint_eq(web.count, 2);
    ck_assert_int_ge(set.next_ms, 7200000);
}
END_TEST

static const struct {
    const char *key, *value, *told;
} mistakes[] = {
    {"auth_hosts", "https://auth.example.org", "auth_hosts: found \"https://auth.example.org\""},
    {"auth_hosts", "a.example b@c", "auth_hosts: found \"b@c\", expected HOST or HOST:PORT"},
    {"auth_hosts", "auth.example.org/token", "expected HOST or HOST:PORT"},
    {"url", "oci://me:hidden@h/a", "url: found an @ in it (not shown)"},
    {"url", "oci://me:hid/den@h/a", "url: found an @ in it (not shown)"},
};

START_TEST(a_mistake_in_the_conf_is_named)
{
    bool url = strcmp(mistakes[_i].key, "url") == 0;
    const char *const pairs[] = {
        mistakes[_i].key, mistakes[_i].value, "url", url ? NULL : "oci://h/a", NULL};
    scoped(source_set_finish) struct source_set set = visit("registry", NULL, pairs);
    visit_expect_failure(&set, SOURCE_FATAL, mistakes[_i].told);
    ck_assert_ptr_null(strstr(set.reason, "hid"));
}
END_TEST

void add_auth_tests(TCase *cases)
{
    tcase_add_loop_test(cases, the_password_goes_where_the_conf_says, 0, countof(plans));
    tcase_add_test(cases, a_token_that_ended_is_fetched_again);
    tcase_add_test(cases, a_token_service_in_need_is_left_alone);
    tcase_add_loop_test(cases, a_mistake_in_the_conf_is_named, 0, countof(mistakes));
}
