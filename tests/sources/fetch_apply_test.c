/* From a web server and a registry to running containers: the program, as a user runs it, on the
 * simulated kanto-cm. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "certificate.h"
#include "folder.h"
#include "harness.h"
#include "layout.h"
#include "server.h"
#include "suite.h"
#include "web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WEB  "{\"name\": \"web\", \"image\": {\"name\": \"localhost:5000/web:1\"}}\n"
#define FEED "{\"name\": \"feed\", \"image\": {\"name\": \"localhost:5000/sleeper:1\"}}\n"

static struct harness harness;
static const char *nginx, *registry, *skopeo;

static const char nginx_conf[] =
    "daemon off; %s pid nginx.pid; error_log nginx.log warn; worker_processes 1; events {}\n"
    "http { access_log off; root www; client_body_temp_path tmp; proxy_temp_path tmp;\n"
    "  fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;\n"
    "  server { listen 127.0.0.1:%d ssl; ssl_certificate server.pem; ssl_certificate_key "
    "server.key; "
    "} }\n";

static pid_t start_nginx(int *ret_port)
{
    const char *folder = harness.folder;
    int port = *ret_port = server_port();
    certificate_make(folder, "ca", NULL, CERTIFICATE_CA, -1, 10);
    certificate_make(folder, "server", "ca", CERTIFICATE_SERVER, -1, 10);
    folder_run(folder, "mkdir www tmp");
    folder_write_text(folder, "www/web.json", WEB);
    folder_write_text(folder, "nginx.conf", nginx_conf, geteuid() == 0 ? "user root;" : "", port);
    const char *const arguments[] = {
        nginx, "-e", "stderr", "-p", folder, "-c", folder_path(folder, "nginx.conf"), NULL};
    return server_start(folder, "stderr", arguments, port);
}

static pid_t start_registry(int *ret_port)
{
    const char *folder = harness.folder;
    const struct layout_layer layer = {"application/json", "feed.json", FEED, strlen(FEED)};
    int port = *ret_port = server_port();
    folder_write_text(folder, "registry.yml",
        "version: 0.1\nlog: {level: warn}\nstorage: {filesystem: {rootdirectory: %s/stored}}\n"
        "http: {addr: \"127.0.0.1:%d\"}\n",
        folder, port);
    const char *const arguments[] = {registry, "serve", folder_path(folder, "registry.yml"), NULL};
    pid_t pid = server_start(folder, "registry", arguments, port);
    layout_begin(folder);
    layout_manifest(folder, "x", &layer, 1, NULL);
    folder_run(folder,
        "%s copy -q --insecure-policy --preserve-digests --dest-tls-verify=false "
        "oci:layout:x docker://127.0.0.1:%d/acme/fleet:stable",
        skopeo, port);
    return pid;
}

static struct web late;

static void serve(struct web *served, int fd, const char *request, unsigned number)
{
    (void)served, (void)request, (void)number;
    web_answer(fd, "200 OK", "", WEB);
}

static void expect(const char *command, int exit_code, const char *out, const char *err)
{
    scoped_free char *conf = memory_format("%s/k.conf", harness.folder);
    const char *const arguments[] = {command, "--config", conf, NULL};
    struct outcome_of_run outcome = harness_run(&harness, arguments);
    ck_assert_msg(
        outcome.exit_code == exit_code && strstr(outcome.out, out) && strstr(outcome.err, err),
        "exit status %d (expected %d)\n-- out, expected \"%s\":\n%s\n-- err, expected \"%s\":\n%s",
        outcome.exit_code, exit_code, out, outcome.out, err, outcome.err);
    outcome_finish(&outcome);
}

START_TEST(containers_come_from_the_cloud_and_a_registry)
{
    int web_port = 0, registry_port = 0, all = 0, running = 0;
    if (!harness_start(&harness, "fetch", NULL))
        return;
    pid_t web = start_nginx(&web_port), oci = start_registry(&registry_port);
    harness_write(&harness, "/k.conf",
        "[source cloud]\nplugin = cloud\nuser = root\nallow_registries = localhost:5000\n"
        "url = https://localhost:%d/web.json\nca = %s/ca.pem\n\n"
        "[source fleet]\nplugin = registry\nuser = root\nallow_registries = localhost:5000\n"
        "url = oci://127.0.0.1:%d/acme/fleet:stable\naccept_http = yes\n",
        web_port, harness.folder, registry_port);
    expect("plan", 2, "2 to create", "");
    expect("apply", 0, "2 deployed", "");
    harness_totals(&harness, &all, &running);
    ck_assert_int_eq(all, 2);
    ck_assert_int_eq(running, 2);
    expect("apply", 0, "2 kept", "");
    /* Both are gone: what was kept is applied, and it is said why. */
    server_stop(web);
    server_stop(oci);
    expect("apply", 0, "2 kept", "source cloud: https://localhost:");
    expect("apply", 0, "2 kept", "source fleet: http://127.0.0.1:");
    harness_stop(&harness);
}
END_TEST

/* Nobody answers at first: that is for another run, by its exit status. */
START_TEST(a_source_that_never_answered_is_asked_again)
{
    int port = server_port();
    if (!harness_start(&harness, "fetch-late", NULL))
        return;
    harness_write(&harness, "/k.conf",
        "[source cloud]\nplugin = cloud\nuser = root\nallow_registries = localhost:5000\n"
        "url = http://127.0.0.1:%d/web.json\naccept_http = yes\ntotal_timeout = 1s\n\n"
        "[source broken]\nplugin = directory\nuser = root\npath = %s/broken\n",
        port, harness.folder);
    folder_run(harness.folder, "mkdir broken && echo '{' >broken/bad.json");
    expect("plan", 1, "", "cannot connect");
    expect("apply", 5, "", "cannot connect");
    web_start_at(&late, port, serve, NULL);
    folder_run(harness.folder, "rm broken/bad.json");
    expect("apply", 0, "1 deployed", "");
    web_stop(&late);
    expect("apply", 0, "1 kept", "cannot connect");
    harness_stop(&harness);
}
END_TEST

/* A folder that a person names is there, or it is their mistake. */
START_TEST(a_folder_of_the_command_line_is_not_waited_for)
{
    if (!harness_start(&harness, "fetch-folder", NULL))
        return;
    scoped_free char *folder = memory_format("%s/not-there", harness.folder);
    const char *const arguments[] = {"apply", folder, NULL};
    struct outcome_of_run outcome = harness_run(&harness, arguments);
    ck_assert_msg(
        outcome.exit_code != 5 && outcome.exit_code != 0, "exit status %d", outcome.exit_code);
    outcome_finish(&outcome);
    harness_stop(&harness);
}
END_TEST

int main(void)
{
    umask(022);
    Suite *suite = suite_create("fetch_apply");
    TCase *cases = tcase_create("fetch_apply");
    nginx = server_find("nginx", "apply from the cloud source");
    registry = server_find("docker-registry", "apply from the registry source");
    skopeo = server_find("skopeo", "apply from the registry source");
    tcase_set_timeout(cases, 120);
    if (nginx && registry && skopeo)
        tcase_add_test(cases, containers_come_from_the_cloud_and_a_registry);
    tcase_add_test(cases, a_source_that_never_answered_is_asked_again);
    tcase_add_test(cases, a_folder_of_the_command_line_is_not_waited_for);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
