/* The cloud source against nginx: TLS, client certificates, conditions, redirects, limits. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "certificate.h"
#include "cloud_parts.h"
#include "folder.h"
#include "server.h"
#include "visit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char folder[FOLDER_NAME];
static const char *program;
static pid_t nginx;
/* of servers: usual; with an expired certificate; with one of the future; for known devices only */
static int port, expired, future, devices;

static const char conf[] =
    "daemon off; %s pid nginx.pid; error_log nginx.log warn; worker_processes 1;\n"
    "events {}\n"
    "http {\n"
    "  log_format told '$status $uri \"$http_authorization\" \"$http_if_none_match\" $host';\n"
    "  access_log access.log told;\n"
    "  client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp;\n"
    "  uwsgi_temp_path tmp; scgi_temp_path tmp;\n"
    "  ssl_certificate server.pem; ssl_certificate_key server.key;\n"
    "  root www;\n"
    "  server {\n"
    "    listen 127.0.0.1:%d ssl http2; server_name localhost;\n"
    "    location = /broken { return 500; }\n"
    "    location = /busy { add_header Retry-After 120 always; return 503; }\n"
    "    location = /loop { return 302 /loop; }\n"
    "    location = /moved { return 302 /hello.json; }\n"
    "    location = /plain { return 302 http://127.0.0.1:%d/hello.json; }\n"
    "    location = /other { return 302 https://127.0.0.1:%d/hello.json; }\n"
    "    location = /user { return 302 https://me:hidden@localhost:%d/hello.json; }\n"
    "    location = /gopher { return 302 gopher://localhost/hello.json; }\n"
    "    location = /known { return 302 https://localhost:%d/hello.json; }\n"
    "    location = /file { return 302 file:///etc/passwd; }\n"
    "    location = /slow.json { limit_rate 20; }\n"
    "    location = /no-validators.json { etag off; add_header Last-Modified \"\"; "
    "if_modified_since off; }\n"
    "    location = /token.json { if ($http_authorization != \"Bearer s3cret\") { return 401; } }\n"
    "    location = /basic.json { if ($http_authorization != \"Basic bWU6czNjcmV0\") { return 401; "
    "} }\n"
    "  }\n"
    "  server { listen 127.0.0.1:%d ssl; ssl_certificate expired.pem; ssl_certificate_key "
    "expired.key; }\n"
    "  server { listen 127.0.0.1:%d ssl; ssl_certificate future.pem; ssl_certificate_key "
    "future.key; }\n"
    "  server { listen 127.0.0.1:%d ssl; ssl_client_certificate ca.pem; ssl_verify_client on; }\n"
    "}\n";

static void write_files(void)
{
    folder_run(folder, "mkdir www tmp");
    folder_write_text(folder, "www/hello.json", MANIFEST);
    folder_write_text(folder, "www/token.json", MANIFEST);
    folder_write_text(folder, "www/basic.json", MANIFEST);
    folder_write_text(folder, "www/no-validators.json", MANIFEST);
    folder_write_text(folder, "www/two.json", "[" MANIFEST ", {\"name\": \"b\"}]");
    folder_write_text(folder, "www/empty.json", "%s", "");
    folder_write_text(
        folder, "www/portal.json", "<!DOCTYPE html>\n<title>Welcome aboard</title>\n");
    folder_run(folder,
        "truncate -s 10G www/huge.tar; head -c 5000 /dev/zero | tr '\\0' ' ' >www/slow.json");
    folder_run(folder,
        "mkdir b && echo 2 >b/VERSION && cp www/hello.json b/one.json && "
        "cp www/hello.json b/two.json && tar -czf www/b.tar.gz -C b VERSION one.json two.json");
    folder_write_text(folder, "token", "s3cret\n");
    folder_write_text(folder, "user", "me:s3cret\n");
    folder_run(folder, "chmod 0600 token user");
}

static void make_certificates(void)
{
    certificate_make(folder, "ca", NULL, CERTIFICATE_CA, -1, 10);
    certificate_make(folder, "other-ca", NULL, CERTIFICATE_CA, -1, 10);
    certificate_make(folder, "server", "ca", CERTIFICATE_SERVER, -1, 10);
    certificate_make(folder, "expired", "ca", CERTIFICATE_SERVER, -10, -1);
    certificate_make(folder, "future", "ca", CERTIFICATE_SERVER, 5, 10);
    certificate_make(folder, "device", "ca", CERTIFICATE_CLIENT, -1, 10);
    certificate_make(folder, "stranger", "other-ca", CERTIFICATE_CLIENT, -1, 10);
}

static void begin(void)
{
    folder_make(folder);
    port = server_port();
    expired = server_port();
    future = server_port();
    devices = server_port();
    make_certificates();
    write_files();
    folder_write_text(folder, "nginx.conf", conf, geteuid() == 0 ? "user root;" : "", port, port,
        devices, port, devices, expired, future, devices);
    const char *const arguments[] = {
        program, "-e", "stderr", "-p", folder, "-c", folder_path(folder, "nginx.conf"), NULL};
    nginx = server_start(folder, "stderr", arguments, port);
}

static void end(void)
{
    server_stop(nginx);
    folder_remove(folder);
}

/* Settings of one visit: url, the tests' CA, and four more at most. */
struct request {
    char url[128];
    const char *pairs[24];
};

static void aim(struct request *request, int at, const char *path)
{
    snprintf(request->url, sizeof(request->url), "https://localhost:%d%s", at, path);
    memset(request->pairs, 0, sizeof(request->pairs));
    request->pairs[0] = "url";
    request->pairs[1] = request->url;
    request->pairs[2] = "ca";
    request->pairs[3] = folder_path(folder, "ca.pem");
    request->pairs[4] = "attempts";
    request->pairs[5] = "1";
}

static void add(struct request *request, const char *key, const char *value)
{
    size_t at = 0;
    while (request->pairs[at])
        at += 2;
    request->pairs[at] = key;
    request->pairs[at + 1] = value;
}

static void expect_logged(const char *line)
{
    server_wait_logged(folder, "access.log", line, "", 1);
}

static bool logged(const char *line)
{
    return server_logged(folder, "access.log", line, "") > 0;
}

START_TEST(a_manifest_is_fetched_once)
{
    struct request request;
    char kept[FOLDER_NAME];
    folder_make(kept);
    aim(&request, port, "/hello.json");
    scoped(source_set_finish) struct source_set set = visit("cloud", kept, request.pairs);
    visit_expect(&set, SOURCE_COMPLETE, "hello.json");
    ck_assert_str_eq(set.items[0].bytes, MANIFEST);
    ck_assert_str_eq(set.items[0].origin, request.url);
    ck_assert_msg(set.next_ms >= 810000 && set.next_ms < 990000, "%lld", (long long)set.next_ms);
    ck_assert_int_eq(strncmp(set.revision, "sha256:", 7), 0);
    scoped(source_set_finish) struct source_set again = visit("cloud", kept, request.pairs);
    visit_expect(&again, SOURCE_UNCHANGED, "hello.json");
    expect_logged("304 /hello.json");
    /* Another bearing of the same file: all of it comes, as what is known is another's. */
    add(&request, "max_members", "5");
    scoped(source_set_finish) struct source_set other = visit("cloud", kept, request.pairs);
    visit_expect(&other, SOURCE_COMPLETE, "hello.json");
    folder_remove(kept);
}
END_TEST

START_TEST(a_change_is_seen)
{
    struct request request;
    char kept[FOLDER_NAME];
    folder_make(kept);
    folder_write_text(folder, "www/changing.json", MANIFEST);
    aim(&request, port, "/changing.json");
    scoped(source_set_finish) struct source_set set = visit("cloud", kept, request.pairs);
    visit_expect(&set, SOURCE_COMPLETE, "changing.json");
    folder_write_text(folder, "www/changing.json", "{\"name\": \"other\"}");
    scoped(source_set_finish) struct source_set changed = visit("cloud", kept, request.pairs);
    visit_expect(&changed, SOURCE_COMPLETE, "changing.json");
    ck_assert_str_eq(changed.items[0].bytes, "{\"name\": \"other\"}");
    /* The same bytes with another time: stated once more, and after that it is known again. */
    folder_run(folder, "touch -d 2001-01-01 www/changing.json");
    scoped(source_set_finish) struct source_set touched = visit("cloud", kept, request.pairs);
    visit_expect(&touched, SOURCE_COMPLETE, "changing.json");
    scoped(source_set_finish) struct source_set last = visit("cloud", kept, request.pairs);
    visit_expect(&last, SOURCE_UNCHANGED, "changing.json");
    expect_logged("304 /changing.json");
    folder_remove(kept);
}
END_TEST

static const struct {
    const char *path, *keys;
} contents[] = {
    {"/two.json", "two.json"},
    {"/b.tar.gz", "one.json two.json"},
    {"/moved", "moved.json"},
    {"/hello.json?signed=s3cret#x", "hello.json"},
};

START_TEST(what_is_there_is_stated)
{
    struct request request;
    aim(&request, port, contents[_i].path);
    scoped(source_set_finish) struct source_set set = visit("cloud", NULL, request.pairs);
    visit_expect(&set, SOURCE_COMPLETE, contents[_i].keys);
    for (size_t i = 0; i < set.count; i++)
        ck_assert_ptr_null(strstr(set.items[i].origin, "s3cret"));
}
END_TEST

START_TEST(a_server_without_validators_is_compared)
{
    struct request request;
    char kept[FOLDER_NAME];
    folder_make(kept);
    aim(&request, port, "/no-validators.json");
    scoped(source_set_finish) struct source_set set = visit("cloud", kept, request.pairs);
    visit_expect(&set, SOURCE_COMPLETE, "no-validators.json");
    scoped(source_set_finish) struct source_set again = visit("cloud", kept, request.pairs);
    visit_expect(&again, SOURCE_UNCHANGED, "no-validators.json");
    ck_assert(!logged("304 /no-validators.json"));
    folder_remove(kept);
}
END_TEST

static const struct {
    int *port;
    const char *path, *key, *value, *told;
} refusals[] = {
    {&port, "/missing.json", NULL, NULL, "/missing.json: found status 404 Not Found, expected 200"},
    {&port, "/broken", NULL, NULL, "found status 500 Internal Server Error, expected 200"},
    {&port, "/busy", NULL, NULL, "found status 503 Service Unavailable, expected 200"},
    {&port, "/loop", NULL, NULL, "more than 5 redirects (redirects)"},
    {&port, "/moved", "redirects", "0", "more than 0 redirects (redirects)"},
    {&port, "/plain", NULL, NULL, "redirects to http://127.0.0.1"},
    {&port, "/plain", "accept_http", "yes", "redirects to http://127.0.0.1"},
    {&port, "/gopher", NULL, NULL, "redirects to gopher://localhost/hello.json, expected https://"},
    {&port, "/user", NULL, NULL, "redirects to a URL with a user in it"},
    {&port, "/file", NULL, NULL, "redirects to file:///etc/passwd, expected https://"},
    {&port, "/huge.tar", NULL, NULL,
        "found 10737418240 bytes announced, expected at most 67108864 (max_file)"},
    {&port, "/hello.json", "max_file", "50", "bytes announced, expected at most 50 (max_file)"},
    {&port, "/slow.json", "min_speed_time", "2s",
        "slower than 100 bytes/s (min_speed) for 2000 ms"},
    {&port, "/slow.json", "total_timeout", "1s", "took longer than 1000 ms (total_timeout)"},
    {&port, "/empty.json", NULL, NULL, "found no bytes, expected manifests"},
    {&port, "/portal.json", NULL, NULL, "/portal.json: "},
    {&port, "/token.json", NULL, NULL,
        "found status 401 Unauthorized, expected 200 (bearer_token or credentials)"},
    {&expired, "/hello.json", NULL, NULL, "certificate has expired (this device's clock says 20"},
    {&future, "/hello.json", "total_timeout", "2s",
        "certificate is not yet valid (this device's clock says 20"},
    {&devices, "/hello.json", NULL, NULL, "found status 400 Bad Request"},
};

START_TEST(a_refusal_has_its_reason)
{
    struct request request;
    aim(&request, *refusals[_i].port, refusals[_i].path);
    if (refusals[_i].key)
        add(&request, refusals[_i].key, refusals[_i].value);
    scoped(source_set_finish) struct source_set set = visit("cloud", NULL, request.pairs);
    visit_expect_failure(&set, SOURCE_RETRY, refusals[_i].told);
    ck_assert(!visit_noted(&set, "hidden"));
    /* The clock may be right in a moment: nothing is kept, so it is waited for. */
    ck_assert_int_eq(visit_noted(&set, "again in"), refusals[_i].port == &future);
    ck_assert_uint_eq(set.count, 0);
    ck_assert_int_gt(set.next_ms, 0);
    if (strcmp(refusals[_i].path, "/busy") == 0)
        ck_assert_int_ge(set.next_ms, 120000);
    else
        ck_assert_int_le(set.next_ms, 60000);
}
END_TEST

START_TEST(another_authority_is_not_trusted)
{
    struct request request;
    aim(&request, port, "/hello.json");
    request.pairs[3] = folder_path(folder, "other-ca.pem");
    scoped(source_set_finish) struct source_set own = visit("cloud", NULL, request.pairs);
    visit_expect_failure(&own, SOURCE_RETRY, "none of the certificates in ca signed it");
    request.pairs[3] = NULL;
    scoped(source_set_finish) struct source_set system = visit("cloud", NULL, request.pairs);
    visit_expect_failure(&system, SOURCE_RETRY, "none of the system's certification authorities");
    /* by a name that the certificate does not have */
    aim(&request, port, "/hello.json");
    snprintf(request.url, sizeof(request.url), "https://127.0.0.2:%d/hello.json", port);
    scoped(source_set_finish) struct source_set name = visit("cloud", NULL, request.pairs);
    visit_expect_failure(&name, SOURCE_RETRY, "127.0.0.2");
}
END_TEST

/* Another host by its name is another host: neither token nor password go there. */
START_TEST(a_token_goes_to_its_host_alone)
{
    struct request request;
    aim(&request, port, "/token.json");
    add(&request, "bearer_token", folder_path(folder, "token"));
    scoped(source_set_finish) struct source_set set = visit("cloud", NULL, request.pairs);
    visit_expect(&set, SOURCE_COMPLETE, "token.json");
    aim(&request, port, "/basic.json");
    add(&request, "credentials", folder_path(folder, "user"));
    scoped(source_set_finish) struct source_set basic = visit("cloud", NULL, request.pairs);
    visit_expect(&basic, SOURCE_COMPLETE, "basic.json");
    /* nor is it told there who this device is */
    static const char *const elsewhere[] = {"/other", "/known"};
    for (size_t i = 0; i < countof(elsewhere); i++) {
        aim(&request, port, elsewhere[i]);
        add(&request, "bearer_token", folder_path(folder, "token"));
        add(&request, "client_certificate", folder_path(folder, "device.pem"));
        add(&request, "client_key", folder_path(folder, "device.key"));
        scoped(source_set_finish) struct source_set other = visit("cloud", NULL, request.pairs);
        visit_expect_failure(&other, SOURCE_RETRY, "/hello.json): found status 400 Bad Request");
    }
    expect_logged("302 /other \"Bearer s3cret\"");
    expect_logged("400 /hello.json \"-\" \"-\" 127.0.0.1");
    expect_logged("400 /hello.json \"-\" \"-\" localhost");
    ck_assert(!logged("/hello.json \"Bearer"));
}
END_TEST

/* The helper of a user who may read neither key nor token: it gets descriptors. */
START_TEST(a_device_proves_itself)
{
    struct request request;
    char plugins[FOLDER_NAME];
    if (geteuid() != 0) {
        printf("left out: a plugin of another user (the tests do not run as root)\n");
        return;
    }
    folder_make(plugins);
    folder_run(plugins, "cp %s/plugins/cloud.so .", KD_BUILD_DIR);
    scoped_free char *plugin = memory_format("%s/cloud.so", plugins);
    aim(&request, devices, "/hello.json");
    add(&request, "client_certificate", folder_path(folder, "device.pem"));
    add(&request, "client_key", folder_path(folder, "device.key"));
    scoped(source_set_finish) struct source_set set =
        visit_as("nobody", plugin, NULL, request.pairs);
    visit_expect(&set, SOURCE_COMPLETE, "hello.json");
    aim(&request, devices, "/hello.json");
    add(&request, "client_certificate", folder_path(folder, "stranger.pem"));
    add(&request, "client_key", folder_path(folder, "stranger.key"));
    scoped(source_set_finish) struct source_set stranger =
        visit_as("nobody", plugin, NULL, request.pairs);
    visit_expect_failure(&stranger, SOURCE_RETRY, "found status 400 Bad Request");
    aim(&request, devices, "/hello.json");
    add(&request, "client_certificate", folder_path(folder, "device.pem"));
    add(&request, "client_key", folder_path(folder, "stranger.key"));
    scoped(source_set_finish) struct source_set mixed =
        visit_as("nobody", plugin, NULL, request.pairs);
    visit_expect_failure(&mixed, SOURCE_RETRY, "client_certificate or client_key: ");
    /* The system's authorities and name service can be read by that user. */
    aim(&request, port, "/hello.json");
    request.pairs[3] = NULL;
    scoped(source_set_finish) struct source_set system =
        visit_as("nobody", plugin, NULL, request.pairs);
    visit_expect_failure(&system, SOURCE_RETRY, "none of the system's certification authorities");
    folder_remove(plugins);
}
END_TEST

static void expect_known(struct request *request)
{
    scoped(source_set_finish) struct source_set set = visit("cloud", NULL, request->pairs);
    visit_expect(&set, SOURCE_COMPLETE, "hello.json");
}

START_TEST(a_key_may_be_locked_or_lie_beside_its_certificate)
{
    struct request request;
    folder_run(folder, "cat device.pem device.key >both.pem && openssl pkcs8 -topk8 -in device.key "
                       "-passout pass:s3cret -out locked.key");
    aim(&request, devices, "/hello.json");
    add(&request, "client_certificate", folder_path(folder, "both.pem"));
    expect_known(&request);
    aim(&request, devices, "/hello.json");
    add(&request, "client_certificate", folder_path(folder, "device.pem"));
    add(&request, "client_key", folder_path(folder, "locked.key"));
    add(&request, "client_key_password", folder_path(folder, "token"));
    expect_known(&request);
}
END_TEST

START_TEST(a_bundle_is_verified)
{
    struct request request;
    char url[128];
    folder_run(folder, "cp www/b.tar.gz www/signed.tar.gz; openssl cms -sign -binary -md sha256 "
                       "-outform DER -signer device.pem -inkey device.key -in www/signed.tar.gz "
                       "-out www/signed.tar.gz.sig");
    snprintf(url, sizeof(url), "https://localhost:%d/signed.tar.gz.sig", port);
    aim(&request, port, "/signed.tar.gz");
    add(&request, "verify_ca", folder_path(folder, "ca.pem"));
    scoped(source_set_finish) struct source_set bare = visit("cloud", NULL, request.pairs);
    ck_assert_msg(bare.result != SOURCE_COMPLETE, "taken without a signature");
    add(&request, "signature", url);
    scoped(source_set_finish) struct source_set set = visit("cloud", NULL, request.pairs);
    visit_expect(&set, SOURCE_COMPLETE, "one.json two.json");
    /* A bare manifest is no way around it. */
    aim(&request, port, "/hello.json");
    add(&request, "verify_ca", folder_path(folder, "ca.pem"));
    scoped(source_set_finish) struct source_set json = visit("cloud", NULL, request.pairs);
    ck_assert_msg(json.result != SOURCE_COMPLETE, "a manifest was taken without a signature");
    /* nor is one that is signed, as it has no version */
    folder_run(folder,
        "openssl cms -sign -binary -nodetach -md sha256 -outform DER -signer device.pem "
        "-inkey device.key -in www/hello.json -out www/hello.p7m");
    aim(&request, port, "/hello.p7m");
    add(&request, "verify_ca", folder_path(folder, "ca.pem"));
    add(&request, "verify_purpose", "any");
    scoped(source_set_finish) struct source_set signed_json = visit("cloud", NULL, request.pairs);
    visit_expect_failure(&signed_json, SOURCE_RETRY, "found no VERSION, expected one");
    aim(&request, port, "/signed.tar.gz");
    add(&request, "verify_ca", folder_path(folder, "ca.pem"));
    add(&request, "signature", url);
    folder_run(folder, "printf x >>www/signed.tar.gz");
    scoped(source_set_finish) struct source_set changed = visit("cloud", NULL, request.pairs);
    ck_assert_msg(changed.result != SOURCE_COMPLETE, "taken after a change");
    ck_assert_uint_eq(changed.count, 0);
}
END_TEST

START_TEST(an_older_bundle_is_refused)
{
    struct request request;
    char kept[FOLDER_NAME];
    folder_make(kept);
    folder_run(folder, "cp www/b.tar.gz www/versions.tar.gz");
    aim(&request, port, "/versions.tar.gz");
    scoped(source_set_finish) struct source_set set = visit("cloud", kept, request.pairs);
    visit_expect(&set, SOURCE_COMPLETE, "one.json two.json");
    folder_run(folder, "echo 1 >b/VERSION && tar -czf www/versions.tar.gz -C b VERSION one.json");
    scoped(source_set_finish) struct source_set older = visit("cloud", kept, request.pairs);
    visit_expect_failure(&older, SOURCE_RETRY, "accept_older");
    ck_assert_int_eq(older.serves, SOURCE_SERVES_KEPT);
    ck_assert_uint_eq(older.count, 2);
    folder_remove(kept);
}
END_TEST

START_TEST(the_plugin_keeps_the_contract)
{
    struct request request;
    aim(&request, port, "/hello.json");
    visit_check("cloud", request.pairs);
}
END_TEST

void add_nginx_tests(TCase *cases)
{
    program = server_find("nginx", "the tests of the cloud source with TLS");
    if (!program)
        return;
    tcase_add_unchecked_fixture(cases, begin, end);
    tcase_add_test(cases, a_manifest_is_fetched_once);
    tcase_add_test(cases, a_change_is_seen);
    tcase_add_loop_test(cases, what_is_there_is_stated, 0, countof(contents));
    tcase_add_test(cases, a_server_without_validators_is_compared);
    tcase_add_loop_test(cases, a_refusal_has_its_reason, 0, countof(refusals));
    tcase_add_test(cases, another_authority_is_not_trusted);
    tcase_add_test(cases, a_token_goes_to_its_host_alone);
    tcase_add_test(cases, a_device_proves_itself);
    tcase_add_test(cases, a_key_may_be_locked_or_lie_beside_its_certificate);
    tcase_add_test(cases, a_bundle_is_verified);
    tcase_add_test(cases, an_older_bundle_is_refused);
    tcase_add_test(cases, the_plugin_keeps_the_contract);
}
