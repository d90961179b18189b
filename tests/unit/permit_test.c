/* What a manifest asks for against what its source was granted. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"
#include "model/image.h"
#include "model/permit.h"
#include "protojson.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char told[4000];

static void note(void *context, const struct finding *finding)
{
    (void)context;
    size_t used = strlen(told);
    ck_assert_int_eq(finding->severity, SEVERITY_ERROR);
    snprintf(told + used, sizeof(told) - used, "%s: %s\n", finding->path, finding->text);
}

static void look(const struct permit *permit, const char *json)
{
    cJSON *object = cJSON_Parse(json);
    ck_assert_msg(object != NULL, "%s", json);
    scoped_container Kanto__Container *container =
        (Kanto__Container *)protojson_read(object, &kanto__container__descriptor);
    told[0] = '\0';
    permit_check(permit, container, note, NULL);
    cJSON_Delete(object);
}

#define LIST(...)                                                                                  \
    {                                                                                              \
        .items = (const char *const[]){__VA_ARGS__},                                               \
        .count = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)                 \
    }

/* Some of everything. */
static const struct permit some = {
    .section = "[source s]",
    .mounts = LIST("/data", "/nonexistent/a/"),
    .registries = LIST("ghcr.io/org", "localhost:5000"),
    .devices = LIST("/dev/null", "/dev/snd"),
    .capabilities = LIST("CAP_NET_ADMIN", "CAP_SYS_TIME"),
    .runtimes = LIST("kata"),
};
static const struct permit nothing = {.section = "[source s]"};
static const struct permit everything = {
    .section = "[source s]",
    .privileged = true,
    .host_network = true,
    .hooks = true,
    .mounts = {.all = true},
    .registries = {.all = true},
    .devices = {.all = true},
    .capabilities = {.all = true},
    .runtimes = {.all = true},
};

#define MOUNT(path)  "{\"mounts\": [{\"source\": \"" path "\", \"destination\": \"/x\"}]}"
#define HOST(fields) "{\"host_config\": {" fields "}}"
#define IMAGE(name)  "{\"image\": {\"name\": \"" name "\"}}"
#define IN_S         " in [source s] would allow it\n"

static const struct {
    const struct permit *permit;
    const char *json;
    const char *told; /* "": it is allowed */
} asked[] = {
    {&nothing, "{\"name\": \"web\"}", ""},
    {&nothing, HOST("\"privileged\": true"),
        "host_config.privileged: found true; allow_privileged = yes" IN_S},
    {&some, HOST("\"privileged\": false, \"network_mode\": \"bridge\""), ""},
    {&some, HOST("\"network_mode\": \"host\""),
        "host_config.network_mode: found \"host\"; allow_host_network = yes" IN_S},
    {&some, "{\"hooks\": [{\"path\": \"/bin/true\", \"type\": \"Prestart\"}]}",
        "hooks[0]: found a hook, \"/bin/true\"; allow_hooks = yes" IN_S},

    {&some, MOUNT("/data"), ""},
    {&some, MOUNT("/data/"), ""},
    {&some, MOUNT("//data/./x"), ""},
    {&some, MOUNT("/nonexistent/a/b"), ""},
    {&some, MOUNT("/database"),
        "mounts[0].source: found \"/database\"; allow_mounts = /data /nonexistent/a/ "
        "/database" IN_S},
    {&some, MOUNT("/nonexistent"),
        "mounts[0].source: found \"/nonexistent\"; allow_mounts = /data /nonexistent/a/ "
        "/nonexistent" IN_S},
    {&some, MOUNT("/data/../etc"),
        "mounts[0].source: found \"/data/../etc\", which is no absolute "
        "path without \"..\"; allow_mounts = yes" IN_S},
    {&some, MOUNT("data"),
        "mounts[0].source: found \"data\", which is no absolute path without "
        "\"..\"; allow_mounts = yes" IN_S},
    {&some, MOUNT("/my files"), "mounts[0].source: found \"/my files\"; allow_mounts = yes" IN_S},
    {&nothing, MOUNT("/etc"), "mounts[0].source: found \"/etc\"; allow_mounts = /etc" IN_S},
    {&some, HOST("\"log_config\": {\"driver_config\": {\"root_dir\": \"/etc/cron.d\"}}"),
        "host_config.log_config.driver_config.root_dir: found \"/etc/cron.d\"; allow_mounts = "
        "/data "
        "/nonexistent/a/ /etc/cron.d" IN_S},

    {&some,
        HOST("\"devices\": [{\"path_on_host\": \"/dev/snd/seq\"}, {\"path_on_host\": "
             "\"/dev/null\"}]"),
        ""},
    {&some,
        HOST("\"devices\": [{\"path_on_host\": \"/dev/null\"}, {\"path_on_host\": "
             "\"/dev/mem\"}]"),
        "host_config.devices[1].path_on_host: found \"/dev/mem\"; allow_devices = /dev/null "
        "/dev/snd "
        "/dev/mem" IN_S},

    {&some, HOST("\"extra_capabilities\": [\"CAP_SYS_TIME\"]"), ""},
    {&some, HOST("\"extra_capabilities\": [\"CAP_SYS_TIME\", \"CAP_SYS_ADMIN\"]"),
        "host_config.extra_capabilities[1]: found \"CAP_SYS_ADMIN\"; allow_capabilities = "
        "CAP_NET_ADMIN CAP_SYS_TIME CAP_SYS_ADMIN" IN_S},
    {&some, HOST("\"extra_capabilities\": [\"ALL\"]"),
        "host_config.extra_capabilities[0]: found \"ALL\"; allow_capabilities = yes" IN_S},

    {&nothing, HOST("\"runtime\": \"io.containerd.runc.v1\""), ""},
    {&some, HOST("\"runtime\": \"kata\""), ""},
    {&nothing, HOST("\"runtime\": \"/data/shim\""),
        "host_config.runtime: found \"/data/shim\"; allow_runtimes = /data/shim" IN_S},

    {&some, IMAGE("ghcr.io/org/app:1"), ""},
    {&some, IMAGE("ghcr.io/org:1"), ""},
    {&some, IMAGE("localhost:5000/a@sha256:00"), ""},
    {&nothing, IMAGE("ghcr.io/org/app:1"),
        "image.name: found \"ghcr.io/org/app:1\"; allow_registries = ghcr.io" IN_S},
    {&some, IMAGE("ghcr.io/organ/app:1"),
        "image.name: found \"ghcr.io/organ/app:1\"; "
        "allow_registries = ghcr.io/org localhost:5000 ghcr.io" IN_S},
    {&some, IMAGE("localhost:50001/a:1"),
        "image.name: found \"localhost:50001/a:1\"; allow_registries = ghcr.io/org localhost:5000 "
        "localhost:50001" IN_S},
    {&some, IMAGE("ghcr.io/org/../../evil.io/app:1"),
        "image.name: found \"ghcr.io/org/../../evil.io/app:1\", which is no plain reference with a "
        "registry; allow_registries = yes" IN_S},
    {&some, IMAGE("busybox:1"),
        "image.name: found \"busybox:1\", which is no plain reference with a "
        "registry; allow_registries = yes" IN_S},
};

START_TEST(what_is_not_granted_is_refused)
{
    look(asked[_i].permit, asked[_i].json);
    ck_assert_str_eq(told, asked[_i].told);
    look(&everything, asked[_i].json);
    ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(all_refusals_are_told_at_once)
{
    look(&nothing, "{\"image\": {\"name\": \"ghcr.io/a:1\"}, \"hooks\": [{\"path\": \"/a\"}, "
                   "{\"path\": \"/b\"}], \"mounts\": [{\"source\": \"/etc\"}], \"host_config\": "
                   "{\"privileged\": true, \"network_mode\": \"host\", \"runtime\": \"kata\", "
                   "\"devices\": [{\"path_on_host\": \"/dev/x\"}], \"extra_capabilities\": "
                   "[\"CAP_A\"]}}");
    static const char *const paths[] = {
        "image.name: ", "hooks[0]: ", "hooks[1]: ", "mounts[0].source: ",
        "host_config.privileged: ", "host_config.network_mode: ", "host_config.runtime: ",
        "host_config.devices[0].path_on_host: ", "host_config.extra_capabilities[0]: "};
    for (size_t i = 0; i < countof(paths); i++)
        ck_assert_msg(strstr(told, paths[i]) != NULL, "%s not in\n%s", paths[i], told);
}
END_TEST

/* A container that can write in a granted folder makes a link there, and its manifest asks for that. */
START_TEST(a_link_does_not_lead_out_of_a_granted_folder)
{
    char folder[] = "/tmp/kd-permit-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    scoped_free char *granted = memory_format("%s/granted", folder);
    scoped_free char *inside = memory_format("%s/granted/inside", folder);
    scoped_free char *out = memory_format("%s/granted/out", folder);
    scoped_free char *around = memory_format("%s/around", folder);
    ck_assert_int_eq(mkdir(granted, 0700) + mkdir(inside, 0700), 0);
    ck_assert_int_eq(symlink("/usr", out) + symlink(granted, around), 0);
    const char *const folders[] = {around};
    const struct permit permit = {
        .section = "[source s]", .mounts = {.items = folders, .count = 1}};

    /* The granted folder may be a link itself. */
    scoped_free char *good = memory_format(MOUNT("%s/inside"), around);
    look(&permit, good);
    ck_assert_str_eq(told, "");

    scoped_free char *bad = memory_format(MOUNT("%s/out/bin"), around);
    look(&permit, bad);
    scoped_free char *expected = memory_format("found \"%s/out/bin\", which leads to \"/usr/bin\"; "
                                               "allow_mounts = %s /usr/bin" IN_S,
        around, around);
    ck_assert_msg(strstr(told, expected) != NULL, "%s", told);
    unlink(out);
    unlink(around);
    rmdir(inside);
    rmdir(granted);
    rmdir(folder);
}
END_TEST

static const struct {
    const char *image, *registry; /* NULL: not plain */
} images[] = {
    {"docker.io/library/busybox:latest", "docker.io"},
    {"localhost/a", "localhost"},
    {"localhost:5000/a/b:1@sha256:0", "localhost:5000"},
    {"192.0.2.1/a", "192.0.2.1"},
    {"busybox", NULL},
    {"library/busybox:1", NULL},
    {"ghcr.io", NULL},
    {"ghcr.io/", NULL},
    {"ghcr.io/:1", NULL},
    {"ghcr.io//a", NULL},
    {"ghcr.io/a/", NULL},
    {"ghcr.io/a/../b", NULL},
    {"ghcr.io/./a", NULL},
    {"ghcr.io/.a", NULL},
    {"ghcr.io/%2e%2e/evil.io/a", NULL},
    {"ghcr.io/a?b", NULL},
    {"ghcr.io/a#b", NULL},
    {"ghcr.io@evil.io/a", NULL},
    {"ghcr.io/a:1/b", NULL},
    {"ghcr.io/a@sha256:0/../../b", NULL},
    {"http://ghcr.io/a", NULL},
    {"ghcr.io/a b", NULL},
    {".ghcr.io/a", NULL},
    {"", NULL},
};

START_TEST(an_image_is_plain_or_in_no_list)
{
    scoped_free char *registry = image_registry(images[_i].image);
    ck_assert_pstr_eq(registry, images[_i].registry);
    ck_assert(image_is_plain(images[_i].image) == (images[_i].registry != NULL));
    ck_assert(!image_is_below(images[_i].image, "ghcr.io"));
    ck_assert(!registry || image_is_below(images[_i].image, registry));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("permit");
    TCase *cases = tcase_create("permit");
    tcase_add_loop_test(cases, what_is_not_granted_is_refused, 0, countof(asked));
    tcase_add_test(cases, all_refusals_are_told_at_once);
    tcase_add_test(cases, a_link_does_not_lead_out_of_a_granted_folder);
    tcase_add_loop_test(cases, an_image_is_plain_or_in_no_list, 0, countof(images));
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
