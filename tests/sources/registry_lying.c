/* The registry source against registries that lie, and those that want a token: a server of the
 * tests. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "bundle/sha256.h"
#include "folder.h"
#include "layout.h"
#include "registry_parts.h"
#include "visit.h"
#include "web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST "sha256:35ca04bf7c61e14e328d9d7601330c5eb7775eee876376c0b833e42a0fa26bfe"
#define LAYER(rest)                                                                                \
    "{\"schemaVersion\": 2, \"layers\": [{\"mediaType\": \"" JSON_TYPE "\", " rest "}]}"

static struct web web;

static struct source_set pull(const char *name, const char *key, const char *value)
{
    char url[256];
    snprintf(url, sizeof(url), "oci://127.0.0.1:%d/%s", web.port, name);
    const char *const pairs[] = {
        "url", url, "accept_http", "yes", "attempts", "1", key, value, NULL};
    return visit("registry", NULL, pairs);
}

/* ---- What a manifest may not say */

static const struct {
    const char *manifest, *fields, *told;
} lies[] = {
    {"not json", "", "found no JSON object, expected an image manifest"},
    {"[]", "", "found no JSON object"},
    {"{}", "", "schemaVersion: expected 2"},
    {"{\"schemaVersion\": 1, \"layers\": []}", "", "schemaVersion: expected 2"},
    {"{\"schemaVersion\": 2}", "", "found neither layers nor manifests"},
    {"{\"schemaVersion\": 2, \"layers\": []}", "", "found no layer, expected some"},
    {"{\"schemaVersion\": 2, \"layers\": [], \"manifests\": []}", "",
        "found both layers and manifests"},
    {"{\"schemaVersion\": 2, \"manifests\": []}", "",
        "found an index without a manifest for linux/"},
    {LAYER("\"digest\": \"sha256:../../etc\", \"size\": 1"), "",
        "layers[0].digest: found \"sha256:../../etc\""},
    {LAYER("\"digest\": \"sha512:00\", \"size\": 1"), "", "layers[0].digest: found \"sha512:00\""},
    {LAYER("\"digest\": 5, \"size\": 1"), "", "layers[0].digest: found \"\""},
    {LAYER("\"digest\": \"" DIGEST "\""), "", "layers[0].size: expected a number"},
    {LAYER("\"digest\": \"" DIGEST "\", \"size\": -1"), "", "layers[0].size: expected a number"},
    {LAYER("\"digest\": \"" DIGEST "\", \"size\": 1e300"), "", "layers[0].size: expected a number"},
    {LAYER("\"digest\": \"" DIGEST "\", \"size\": 10737418240"), "",
        "layers[0].size: found 10737418240 bytes"},
    {LAYER("\"digest\": \"" DIGEST "\", \"size\": 0"), "", "layers[0].size: found 0 bytes"},
    {LAYER("\"digest\": \"" DIGEST "\", \"size\": 3"), "", "/blobs/" DIGEST ": found status 404"},
    {"{\"schemaVersion\": 2, \"layers\": [{\"mediaType\": \"application/pkcs7-signature\", "
     "\"digest\": "
     "\"" DIGEST "\", \"size\": 3}]}",
        "", "layers[0]: found a signature, expected what it signs before it"},
    {LAYER("\"digest\": \"" DIGEST "\", \"size\": 1"), "Docker-Content-Digest: " DIGEST "\r\n",
        "found bytes of digest sha256:"},
    {"{\"schemaVersion\": 2, \"manifests\": [{\"digest\": \"" DIGEST "\", \"size\": 1}]}", "",
        "/manifests/" DIGEST ": found bytes of digest"},
};

static void lie(struct web *served, int fd, const char *request, unsigned number)
{
    int which = *(const int *)served->ctx;
    (void)number;
    if (strstr(request, "/manifests/"))
        web_answer(fd, "200 OK", lies[which].fields, lies[which].manifest);
    else
        web_answer(fd, "404 Not Found", "", "");
}

START_TEST(a_lie_is_told)
{
    web_start(&web, lie, &_i);
    scoped(source_set_finish) struct source_set set = pull("a/b:c", NULL, NULL);
    web_stop(&web);
    visit_expect_failure(&set, SOURCE_RETRY, lies[_i].told);
    ck_assert_uint_eq(set.count, 0);
}
END_TEST

/* A thousand and one layers, and five million bytes of a manifest. */
static void exaggerate(struct web *served, int fd, const char *request, unsigned number)
{
    scoped_free char *whole = malloc(6000000);
    size_t used = (size_t)sprintf(whole, "{\"schemaVersion\": 2, \"layers\": [");
    int count = *(const int *)served->ctx;
    (void)request, (void)number;
    for (int i = 0; i < count; i++)
        used += (size_t)sprintf(
            whole + used, "%s{\"digest\": \"" DIGEST "\", \"size\": 1}", i ? "," : "");
    strcpy(whole + used, "]}");
    web_answer(fd, "200 OK", "", whole);
}

START_TEST(too_much_is_refused)
{
    static const int many = 1001, far_too_many = 50000;
    web_start(&web, exaggerate, &many);
    scoped(source_set_finish) struct source_set set = pull("a/b:c", NULL, NULL);
    web_stop(&web);
    visit_expect_failure(&set, SOURCE_RETRY, "layers: found 1001 entries, expected at most 1000");
    web_start(&web, exaggerate, &far_too_many);
    scoped(source_set_finish) struct source_set large = pull("a/b:c", NULL, NULL);
    web_stop(&web);
    visit_expect_failure(&large, SOURCE_RETRY, "expected at most 4194304 (of a manifest)");
}
END_TEST

/* An index that names an index that names … each with its true digest. */
static void nest(struct web *served, int fd, const char *request, unsigned number)
{
    char texts[8][256], digest[SHA256_TEXT] = DIGEST;
    (void)served, (void)request;
    for (int i = 7; i >= 0; i--) {
        snprintf(texts[i], sizeof(texts[i]),
            "{\"schemaVersion\": 2, \"manifests\": [{\"digest\": \"%s\", \"size\": 1}]}", digest);
        sha256_text(texts[i], strlen(texts[i]), digest);
    }
    web_answer(fd, "200 OK", "", texts[number < 8 ? number : 7]);
}

START_TEST(indexes_have_an_end)
{
    web_start(&web, nest, NULL);
    scoped(source_set_finish) struct source_set set = pull("a/b:c", NULL, NULL);
    web_stop(&web);
    visit_expect_failure(&set, SOURCE_RETRY, "found an index, expected a manifest after 3 of them");
    ck_assert_uint_eq(web.count, 4);
}
END_TEST

/* ---- A good registry that wants a token, behind a CDN */

struct wanted {
    const char *challenge; /* with @ for the server's URL */
    const char *token;     /* its answer */
    const char *told;      /* NULL: it works */
};

static const struct wanted tokens[] = {
    {"Bearer realm=\"@/token\",service=\"reg & co\",scope=\"repository:a/b:pull\"",
        "{\"token\": \"t0ken\", \"expires_in\": 60}", NULL},
    {"Bearer realm=\"@/token?x=1\"", "{\"access_token\": \"t0ken\"}", NULL},
    {"Bearer realm=\"@/token\"", "{\"token\": \"a\\r\\nX-Evil: 1\"}",
        "found no token in the answer"},
    {"Bearer realm=\"@/token\"", "{\"token\": \"\"}", "found no token in the answer"},
    {"Bearer realm=\"@/token\"", "[]", "found no token in the answer"},
    {"Bearer realm=\"@/token\"", "{\"token\": \"another\"}", "found status 401 Unauthorized"},
    {"Bearer realm=\"@/nowhere\"", "", "/nowhere: found status 404 Not Found"},
    {"Bearer realm=\"file:///etc/passwd\"", "", "the registry's realm for tokens: found \"file:"},
    {"Bearer realm=\"@\"token", "{}", "/: found status 404"},
    {"Negotiate", "", "found status 401 Unauthorized"},
};

static void answer_manifest(int fd, const char *request)
{
    const struct layout_layer layer = {JSON_TYPE, "hello.json", MANIFEST, strlen(MANIFEST)};
    scoped_free char *text = layout_text(&layer, 1);
    web_answer(fd, "200 OK", "Content-Type: application/vnd.oci.image.manifest.v1+json\r\n",
        strncmp(request, "HEAD", 4) == 0 ? "" : text);
}

static void want_token(struct web *served, int fd, const char *request, unsigned number)
{
    const struct wanted *wanted = served->ctx;
    char fields[512];
    (void)number;
    if (web_is(request, "/token")) {
        web_answer(fd, "200 OK", "", wanted->token);
    } else if (web_is(request, "/cdn/blob")) {
        web_answer(fd, "200 OK", "", MANIFEST);
    } else if (strncmp(request, "GET /v2/", 8) != 0) {
        web_answer(fd, "404 Not Found", "", "");
    } else if (!web_has(request, "Authorization: Bearer t0ken")) {
        size_t before = strcspn(wanted->challenge, "@");
        const char *behind = wanted->challenge + before;
        snprintf(fields, sizeof(fields), "WWW-Authenticate: %.*s%s%s\r\n", (int)before,
            wanted->challenge, *behind ? served->url : "", *behind ? behind + 1 : "");
        web_answer(fd, "401 Unauthorized", fields, "");
    } else if (strstr(request, "/blobs/")) { /* to another name of this host */
        snprintf(
            fields, sizeof(fields), "Location: http://localhost:%d/cdn/blob\r\n", served->port);
        web_answer(fd, "307 Temporary Redirect", fields, "");
    } else {
        answer_manifest(fd, request);
    }
}

static const char *find_request(const char *path)
{
    for (unsigned i = 0; i < web.count; i++)
        if (web_is(web.requests[i], path))
            return web.requests[i];
    ck_abort_msg("nobody asked for %s", path);
    return NULL;
}

START_TEST(a_token_is_fetched)
{
    char folder[FOLDER_NAME];
    folder_make(folder);
    folder_write_text(folder, "user", "me:s3cret\n");
    web_start(&web, want_token, &tokens[_i]);
    scoped(source_set_finish) struct source_set set =
        pull("a/b:c", "credentials", folder_path(folder, "user"));
    web_stop(&web);
    folder_remove(folder);
    ck_assert_uint_lt(web.count, 8);
    if (tokens[_i].told) {
        visit_expect_failure(&set, SOURCE_RETRY, tokens[_i].told);
        return;
    }
    visit_expect(&set, SOURCE_COMPLETE, "hello.json");
    const char *asked = find_request("/token"), *blob = find_request("/cdn/blob");
    ck_assert(web_has(asked, "Authorization: Basic bWU6czNjcmV0"));
    ck_assert_ptr_nonnull(strstr(asked, "scope=repository%3aa%2fb%3apull"));
    ck_assert(_i != 0 || strstr(asked, "service=reg+%26+co"));
    ck_assert(_i != 1 || strstr(asked, "?x=1&"));
    /* neither token nor password for the one who has the bytes */
    ck_assert_ptr_null(strstr(blob, "Authorization"));
    ck_assert_uint_eq(web.count, 5); /* 401, token, manifest, blob, CDN: one token for all */
}
END_TEST

/* ---- A registry that says no more than it must */

struct terse {
    const char *head; /* how it answers HEAD */
    bool cut;         /* its first blob breaks off */
};

static const struct terse terse[] = {{"200 OK", false}, {"405 Method Not Allowed", false},
    {"501 Not Implemented", false}, {"200 OK", true}};

/* Without Docker-Content-Digest, without validators. */
static void say_little(struct web *served, int fd, const char *request, unsigned number)
{
    const struct terse *plan = served->ctx;
    (void)number;
    if (strncmp(request, "HEAD", 4) == 0) {
        web_answer(fd, plan->head, "", "");
    } else if (strstr(request, "/manifests/")) {
        answer_manifest(fd, request);
    } else if (strstr(request, "\r\nRange: bytes=10-\r\n")) {
        web_say(fd,
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 10-%zu/%zu\r\n"
            "Content-Length: %zu\r\n\r\n%s",
            strlen(MANIFEST) - 1, strlen(MANIFEST), strlen(MANIFEST) - 10, &MANIFEST[10]);
    } else if (plan->cut) {
        web_say(
            fd, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%.10s", strlen(MANIFEST), MANIFEST);
    } else {
        web_answer(fd, "200 OK", "", MANIFEST);
    }
}

START_TEST(a_terse_registry_is_understood)
{
    char folder[FOLDER_NAME], url[64];
    folder_make(folder);
    web_start(&web, say_little, &terse[_i]);
    snprintf(url, sizeof(url), "oci://127.0.0.1:%d/a/b:c", web.port);
    const char *const pairs[] = {"url", url, "accept_http", "yes", NULL};
    scoped(source_set_finish) struct source_set set = visit("registry", folder, pairs);
    unsigned first = web.count;
    scoped(source_set_finish) struct source_set again = visit("registry", folder, pairs);
    web_stop(&web);
    folder_remove(folder);
    visit_expect(&set, SOURCE_COMPLETE, "hello.json");
    ck_assert_str_eq(set.items[0].bytes, MANIFEST);
    ck_assert_uint_eq(first, terse[_i].cut ? 3 : 2);
    visit_expect(&again, SOURCE_UNCHANGED, "hello.json");
    ck_assert_uint_eq(web.count, first + 2); /* HEAD and manifest, no blob */
}
END_TEST

void add_lying_tests(TCase *cases)
{
    tcase_add_loop_test(cases, a_terse_registry_is_understood, 0, countof(terse));
    tcase_add_loop_test(cases, a_lie_is_told, 0, countof(lies));
    tcase_add_test(cases, too_much_is_refused);
    tcase_add_test(cases, indexes_have_an_end);
    tcase_add_loop_test(cases, a_token_is_fetched, 0, countof(tokens));
}
