/* The registry source against docker-registry, filled by skopeo from a layout of the tests. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "certificate.h"
#include "folder.h"
#include "layout.h"
#include "registry_parts.h"
#include "server.h"
#include "visit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[FOLDER_NAME];
static const char *program, *skopeo;
static pid_t plain, closed;
static int plain_port, closed_port; /* http, for anyone; https, for those who know the password */

static void start_plain(void)
{
    plain_port = server_port();
    folder_write_text(folder, "plain.yml",
        "version: 0.1\nlog: {accesslog: {disabled: false}, level: warn}\n"
        "storage: {filesystem: {rootdirectory: %s/stored}}\nhttp: {addr: \"127.0.0.1:%d\"}\n",
        folder, plain_port);
    const char *const arguments[] = {program, "serve", folder_path(folder, "plain.yml"), NULL};
    plain = server_start(folder, "plain", arguments, plain_port);
}

static void start_closed(void)
{
    closed_port = server_port();
    /* me:s3cret, by bcrypt */
    folder_write_text(folder, "htpasswd", "%s",
        "me:$2b$04$FOChH7iQtDtJw5wSXYM4b.GA08D3CmKgk0BJ9V8fc9AOe0va6v/Ly\n");
    folder_write_text(folder, "closed.yml",
        "version: 0.1\nlog: {level: warn}\n"
        "storage: {filesystem: {rootdirectory: %s/stored-closed}}\n"
        "auth: {htpasswd: {realm: fleet, path: %s/htpasswd}}\n"
        "http: {addr: \"127.0.0.1:%d\", tls: {certificate: %s/server.pem, key: %s/server.key}}\n",
        folder, folder, closed_port, folder, folder);
    const char *const arguments[] = {program, "serve", folder_path(folder, "closed.yml"), NULL};
    closed = server_start(folder, "closed", arguments, closed_port);
}

static void begin(void)
{
    folder_make(folder);
    certificate_make(folder, "ca", NULL, CERTIFICATE_CA, -1, 10);
    certificate_make(folder, "server", "ca", CERTIFICATE_SERVER, -1, 10);
    folder_run(folder, "mkdir trust && cp ca.pem trust/ca.crt");
    folder_write_text(folder, "user", "me:s3cret\n");
    folder_write_text(folder, "wrong", "me:wrong\n");
    start_plain();
    start_closed();
}

static void end(void)
{
    server_stop(plain);
    server_stop(closed);
    folder_remove(folder);
}

/* Pushes an artifact to the plain registry. The layout is this test's own. */
static void push(const char *name, const struct layout_layer *layers, size_t count,
    char ret_digest[LAYOUT_DIGEST])
{
    char own[FOLDER_NAME];
    folder_make(own);
    layout_begin(own);
    layout_manifest(own, "x", layers, count, ret_digest);
    folder_run(own,
        "%s copy -q --insecure-policy --preserve-digests --dest-tls-verify=false "
        "oci:layout:x docker://127.0.0.1:%d/%s",
        skopeo, plain_port, name);
    folder_remove(own);
}

static void push_manifest(const char *name, const char *text, char ret_digest[LAYOUT_DIGEST])
{
    const struct layout_layer layer = {JSON_TYPE, "hello.json", text, strlen(text)};
    push(name, &layer, 1, ret_digest);
}

static struct source_set pull(
    const char *kept, const char *name, const char *key, const char *value)
{
    char url[256];
    snprintf(url, sizeof(url), "oci://127.0.0.1:%d/%s", plain_port, name);
    const char *const pairs[] = {
        "url", url, "accept_http", "yes", "attempts", "1", key, value, NULL};
    return visit("registry", kept, pairs);
}

static int logged(const char *method, const char *path)
{
    return server_logged(folder, "plain.log", method, path);
}

START_TEST(a_tag_is_pulled_once)
{
    char kept[FOLDER_NAME], digest[LAYOUT_DIGEST], moved[LAYOUT_DIGEST];
    folder_make(kept);
    push_manifest("once/fleet:stable", MANIFEST, digest);
    scoped(source_set_finish) struct source_set set = pull(kept, "once/fleet:stable", NULL, NULL);
    visit_expect(&set, SOURCE_COMPLETE, "hello.json");
    ck_assert_str_eq(set.items[0].bytes, MANIFEST);
    ck_assert_str_eq(set.revision, digest);
    ck_assert_int_gt(set.next_ms, 0);
    scoped(source_set_finish) struct source_set same = pull(kept, "once/fleet:stable", NULL, NULL);
    visit_expect(&same, SOURCE_UNCHANGED, "hello.json");
    server_wait_logged(folder, "plain.log", "\"HEAD", "/v2/once/fleet/manifests/stable", 1);
    ck_assert_int_eq(logged("\"GET", "/v2/once/fleet/manifests/stable"), 1);
    ck_assert_int_eq(logged("\"GET", "/v2/once/fleet/blobs/"), 1);
    push_manifest("once/fleet:stable", "{\"name\": \"other\"}", moved);
    scoped(source_set_finish) struct source_set other = pull(kept, "once/fleet:stable", NULL, NULL);
    visit_expect(&other, SOURCE_COMPLETE, "hello.json");
    ck_assert_str_eq(other.revision, moved);
    ck_assert_str_eq(other.items[0].bytes, "{\"name\": \"other\"}");
    folder_remove(kept);
}
END_TEST

START_TEST(a_digest_needs_no_request)
{
    char kept[FOLDER_NAME], digest[LAYOUT_DIGEST], name[256];
    folder_make(kept);
    push_manifest("pinned/fleet:v1", MANIFEST, digest);
    snprintf(name, sizeof(name), "pinned/fleet@%s", digest);
    scoped(source_set_finish) struct source_set set = pull(kept, name, NULL, NULL);
    visit_expect(&set, SOURCE_COMPLETE, "hello.json");
    scoped(source_set_finish) struct source_set same = pull(kept, name, NULL, NULL);
    visit_expect(&same, SOURCE_UNCHANGED, "hello.json");
    ck_assert(visit_noted(&same, "0 requests"));
    folder_remove(kept);
}
END_TEST

START_TEST(layers_are_manifests_and_a_bundle)
{
    scoped_free char *bundle = NULL;
    size_t length = 0;
    char kept[FOLDER_NAME];
    folder_make(kept);
    folder_run(kept,
        "mkdir b && echo 7 >b/VERSION && echo '" MANIFEST "' >b/one.json && "
        "echo '" MANIFEST "' >b/two.json && tar -czf b.tar.gz -C b VERSION one.json two.json");
    bundle = folder_read(kept, "b.tar.gz", &length);
    const struct layout_layer layers[] = {
        {JSON_TYPE, "hello.json", MANIFEST, strlen(MANIFEST)},
        {BUNDLE_TYPE, "b.tar.gz", bundle, length},
        {"application/vnd.oci.image.layer.v1.tar", NULL, "[" MANIFEST "]", strlen(MANIFEST) + 2},
    };
    push("layers/fleet:1", layers, countof(layers), NULL);
    scoped(source_set_finish) struct source_set set = pull(kept, "layers/fleet:1", NULL, NULL);
    visit_expect(&set, SOURCE_COMPLETE, "hello.json one.json two.json layer-3.json");
    /* All layers together are bounded. */
    char most[32];
    snprintf(most, sizeof(most), "%zu", length + 2 * strlen(MANIFEST));
    scoped(source_set_finish) struct source_set large =
        pull(NULL, "layers/fleet:1", "max_file", most);
    visit_expect_failure(&large, SOURCE_RETRY, "in all (max_file)");
    /* The same bytes as an older version. */
    folder_run(kept, "echo 6 >b/VERSION && tar -czf b.tar.gz -C b VERSION one.json two.json");
    scoped_free char *older = folder_read(kept, "b.tar.gz", &length);
    const struct layout_layer second = {BUNDLE_TYPE, "b.tar.gz", older, length};
    push("layers/fleet:1", &second, 1, NULL);
    scoped(source_set_finish) struct source_set downgrade =
        pull(kept, "layers/fleet:1", NULL, NULL);
    visit_expect_failure(&downgrade, SOURCE_RETRY, "accept_older");
    ck_assert_int_eq(downgrade.serves, SOURCE_SERVES_KEPT);
    folder_remove(kept);
}
END_TEST

START_TEST(what_is_missing_is_told)
{
    char digest[LAYOUT_DIGEST];
    push_manifest("missing/fleet:1", MANIFEST, digest);
    scoped(source_set_finish) struct source_set tag = pull(NULL, "missing/fleet:2", NULL, NULL);
    visit_expect_failure(
        &tag, SOURCE_RETRY, "/v2/missing/fleet/manifests/2: found status 404 Not Found");
    const struct layout_layer text = {"text/plain", "README", "hello", 5};
    push("missing/fleet:3", &text, 1, NULL);
    scoped(source_set_finish) struct source_set type = pull(NULL, "missing/fleet:3", NULL, NULL);
    visit_expect_failure(
        &type, SOURCE_RETRY, "layers[0].mediaType: found \"text/plain\", expected");
}
END_TEST

/* Whoever can write to the registry's disk. */
static void tamper(const char *digest, const char *command)
{
    const char *hex = digest + strlen("sha256:");
    folder_run(
        folder, "cd stored/docker/registry/v2/blobs/sha256/%.2s/%s && %s data", hex, hex, command);
}

static const struct {
    const char *command, *told;
} damages[] = {
    {"sed -i s/hello/jello/", "found bytes of digest sha256:"},
    {"truncate -s 10", "found 10 bytes, expected"},
    {"truncate -s +20", "bytes announced, expected at most"},
    {"truncate -s 0", "found 0 bytes, expected"},
};

START_TEST(tampered_bytes_are_refused)
{
    char name[64], manifest[LAYOUT_DIGEST], text[128], blob[LAYOUT_DIGEST];
    snprintf(text, sizeof(text), "{\"name\": \"hello-%d\"}", _i);
    snprintf(name, sizeof(name), "tampered/fleet-%d:1", _i);
    push_manifest(name, text, manifest);
    folder_run(
        folder, "printf '%%s' '%s' | sha256sum | cut -c1-64 | tr -d '\\n' >blob-%d", text, _i);
    char file[16];
    snprintf(file, sizeof(file), "blob-%d", _i);
    scoped_free char *hex = folder_read(folder, file, NULL);
    snprintf(blob, sizeof(blob), "sha256:%.64s", hex);
    tamper(blob, damages[_i].command);
    scoped(source_set_finish) struct source_set set = pull(NULL, name, NULL, NULL);
    visit_expect_failure(&set, SOURCE_RETRY, damages[_i].told);
    ck_assert_uint_eq(set.count, 0);
}
END_TEST

START_TEST(a_tampered_manifest_is_refused)
{
    char manifest[LAYOUT_DIGEST], name[256];
    push_manifest("swapped/fleet:1", "{\"name\": \"swapped\"}", manifest);
    tamper(manifest, "sed -i s/hello.json/jello.json/");
    snprintf(name, sizeof(name), "swapped/fleet@%s", manifest);
    scoped(source_set_finish) struct source_set pinned = pull(NULL, name, NULL, NULL);
    ck_assert_msg(pinned.result == SOURCE_RETRY, "%s", pinned.reason ? pinned.reason : "taken");
    scoped(source_set_finish) struct source_set tag = pull(NULL, "swapped/fleet:1", NULL, NULL);
    ck_assert_msg(tag.result == SOURCE_RETRY, "%s", tag.reason ? tag.reason : "taken");
    ck_assert_uint_eq(tag.count, 0);
}
END_TEST

START_TEST(a_closed_registry_knows_the_device)
{
    char own[FOLDER_NAME], url[256];
    const struct layout_layer layer = {JSON_TYPE, "hello.json", MANIFEST, strlen(MANIFEST)};
    folder_make(own);
    layout_begin(own);
    layout_manifest(own, "x", &layer, 1, NULL);
    folder_run(own,
        "%s copy -q --insecure-policy --dest-cert-dir %s/trust --dest-creds me:s3cret "
        "oci:layout:x docker://localhost:%d/fleet:stable",
        skopeo, folder, closed_port);
    snprintf(url, sizeof(url), "oci://localhost:%d/fleet:stable", closed_port);
    const char *pairs[] = {"url", url, "ca", folder_path(folder, "ca.pem"), "credentials",
        folder_path(folder, "user"), NULL};
    scoped(source_set_finish) struct source_set set = visit("registry", own, pairs);
    visit_expect(&set, SOURCE_COMPLETE, "hello.json");
    scoped(source_set_finish) struct source_set again = visit("registry", own, pairs);
    visit_expect(&again, SOURCE_UNCHANGED, "hello.json");
    pairs[5] = folder_path(folder, "wrong");
    scoped(source_set_finish) struct source_set wrong = visit("registry", NULL, pairs);
    visit_expect_failure(&wrong, SOURCE_RETRY, "found status 401 Unauthorized");
    pairs[4] = NULL;
    scoped(source_set_finish) struct source_set nobody = visit("registry", NULL, pairs);
    visit_expect_failure(&nobody, SOURCE_RETRY, "found status 401 Unauthorized");
    folder_remove(own);
}
END_TEST

START_TEST(the_plugin_keeps_the_contract)
{
    char url[256], digest[LAYOUT_DIGEST];
    push_manifest("check/fleet:1", MANIFEST, digest);
    snprintf(url, sizeof(url), "oci://127.0.0.1:%d/check/fleet:1", plain_port);
    const char *const pairs[] = {"url", url, "accept_http", "yes", NULL};
    visit_check("registry", pairs);
}
END_TEST

void add_served_tests(TCase *cases)
{
    program = server_find("docker-registry", "the tests of the registry source with a registry");
    skopeo = server_find("skopeo", "the tests of the registry source with what skopeo pushed");
    if (!program || !skopeo)
        return;
    tcase_add_unchecked_fixture(cases, begin, end);
    tcase_add_test(cases, a_tag_is_pulled_once);
    tcase_add_test(cases, a_digest_needs_no_request);
    tcase_add_test(cases, layers_are_manifests_and_a_bundle);
    tcase_add_test(cases, what_is_missing_is_told);
    tcase_add_loop_test(cases, tampered_bytes_are_refused, 0, countof(damages));
    tcase_add_test(cases, a_tampered_manifest_is_refused);
    tcase_add_test(cases, a_closed_registry_knows_the_device);
    tcase_add_test(cases, the_plugin_keeps_the_contract);
}
