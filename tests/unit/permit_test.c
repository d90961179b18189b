/* What a manifest asks for against what its source was granted. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "model/container.h"
#include "model/field.h"
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
    .decrypt = LIST("/nonexistent/keys"),
    .logs = LIST("/nonexistent/logs", "/nonexistent/a/logs"),
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
    .decrypt = {.all = true},
    .logs = {.all = true},
};

#define MOUNT(path)   "{\"mounts\": [{\"source\": \"" path "\", \"destination\": \"/x\"}]}"
#define HOST(fields)  "{\"host_config\": {" fields "}}"
#define IMAGE(name)   "{\"image\": {\"name\": \"" name "\"}}"
#define LOG_DIR(path) HOST("\"log_config\": {\"driver_config\": {\"root_dir\": \"" path "\"}}")
#define ROOT_DIR      "host_config.log_config.driver_config.root_dir: "
#define BUFFER(mode, size)                                                                         \
    HOST("\"log_config\": {\"mode_config\": {\"mode\": \"" mode "\", \"max_buffer_size\": \"" size \
         "\"}}")
#define DECRYPT(list, item) "{\"image\": {\"decrypt_config\": {\"" list "\": [\"" item "\"]}}}"
#define KEY                 "image.decrypt_config.keys[0]: "
#define IN_S                " in [source s] would allow it\n"

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
        ROOT_DIR "found \"/etc/cron.d\"; allow_logs = /nonexistent/logs /nonexistent/a/logs "
                 "/etc/cron.d" IN_S},
    {&some, LOG_DIR("/nonexistent/logs/web"), ""},
    /* kanto-cm would write through a link that a container made. */
    {&some, LOG_DIR("/nonexistent/a/logs"),
        ROOT_DIR
        "found \"/nonexistent/a/logs\", expected a folder that allow_mounts of [source s] does "
        "not reach: a container could put a link there, and kanto-cm would write to any file of "
        "the host\n"},
    {&some, LOG_DIR("/data/../etc"),
        ROOT_DIR
        "found \"/data/../etc\", which is no absolute path without \"..\"; allow_logs = yes" IN_S},
    {&some, BUFFER("non-blocking", "16M"), ""},
    {&some, BUFFER("blocking", "100G"), ""},
    {&some, BUFFER("non-blocking", "17M"),
        "host_config.log_config.mode_config.max_buffer_size: found \"17M\", more than 16M of kanto-cm's "
        "own memory; allow_logs = yes" IN_S},

    {&some, DECRYPT("keys", "/nonexistent/keys/a.pem"), ""},
    {&some, DECRYPT("keys", "/nonexistent/keys/a.pem:file=/nonexistent/keys/a.pw"), ""},
    {&some, DECRYPT("keys", "/nonexistent/keys/a.pem:pass=secret"), ""},
    {&nothing, DECRYPT("keys", "/nonexistent/zero"),
        KEY "found \"/nonexistent/zero\"; allow_decrypt = /nonexistent/zero" IN_S},
    {&some, DECRYPT("keys", "/nonexistent/keys/a.pem:file=/etc/shadow"),
        KEY "found \"/etc/shadow\"; allow_decrypt = /nonexistent/keys /etc/shadow" IN_S},
    {&some, DECRYPT("keys", "provider:x:y"),
        KEY
        "found \"provider:x:y\", a program or service that hands out keys; allow_decrypt = yes" IN_S},
    {&nothing, DECRYPT("recipients", "pgp:somebody"), ""},
    {&some, DECRYPT("recipients", "jwe:/nonexistent/keys/a.pub"), ""},
    {&some, DECRYPT("recipients", "pkcs7:/etc/cert.pem"),
        "image.decrypt_config.recipients[0]: found \"/etc/cert.pem\"; allow_decrypt = /nonexistent/keys "
        "/etc/cert.pem" IN_S},
    {&some, DECRYPT("recipients", "provider:x"),
        "image.decrypt_config.recipients[0]: found \"provider:x\", which names no file; allow_decrypt = "
        "yes" IN_S},

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

/* Read to its end, by root: it has none, or it never comes. No grant makes that right. */
START_TEST(a_key_is_a_regular_file)
{
    look(&everything, DECRYPT("keys", "/dev/zero"));
    ck_assert_str_eq(
        told, KEY "found \"/dev/zero\", expected a regular file: kanto-cm reads it to its end\n");
    look(&nothing, DECRYPT("keys", "/dev/zero"));
    ck_assert_ptr_null(strstr(told, "would allow it"));
    look(&everything, DECRYPT("recipients", "jwe:/tmp"));
    ck_assert_ptr_nonnull(strstr(told, "expected a regular file"));
    look(&everything, DECRYPT("keys", "/nonexistent/key:fd=4"));
    ck_assert_str_eq(told, KEY
        "found a password by descriptor, expected FILE:file=FILE: kanto-cm would close one of its "
        "own\n");
    look(&everything, DECRYPT("keys", "/etc/hostname"));
    ck_assert_str_eq(told, "");
}
END_TEST

/* Where a link leads whose end is not there yet, or nowhere: the longest part that is there counts. */
static const struct {
    const char *link, *below; /* what the link says, and what is asked for behind it */
    bool refused;
} unmade[] = {
    {"/usr", "/kd-nonexistent/deeper", true}, {"/nonexistent", "", true},
    {"/nonexistent", "/deeper", true}, {"../../nonexistent", "/deeper", true},
    {"made", "/deeper", false}, {"./unmade/deeper", "/deepest", false},
    {"out", "", true}, /* it leads to itself */
};

START_TEST(what_is_not_there_yet_is_followed_as_far_as_it_is)
{
    char folder[] = "/tmp/kd-permit-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    scoped_free char *made = memory_format("%s/made", folder);
    scoped_free char *out = memory_format("%s/out", folder);
    ck_assert_int_eq(mkdir(made, 0700) + symlink(unmade[_i].link, out), 0);
    const char *const folders[] = {folder};
    const struct permit_list list = {.items = folders, .count = 1};
    const struct permit permits[] = {
        {.section = "[source s]", .mounts = list},
        {.section = "[source s]", .logs = list},
        {.section = "[source s]", .devices = list},
        {.section = "[source s]", .decrypt = list},
    };
    static const char *const asked_for[] = {MOUNT("%s%s"), LOG_DIR("%s%s"),
        HOST("\"devices\": [{\"path_on_host\": \"%s%s\"}]"), DECRYPT("keys", "%s%s")};
    for (size_t i = 0; i < countof(permits); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        scoped_free char *json = memory_format(asked_for[i], out, unmade[_i].below);
#pragma GCC diagnostic pop
        look(&permits[i], json);
        ck_assert_msg((*told != '\0') == unmade[_i].refused, "%s -> %s: %s\n%s", out,
            unmade[_i].link, json, told);
    }
    unlink(out);
    rmdir(made);
    rmdir(folder);
}
END_TEST

/* What each field with a grant is asked by. */
static const char *const demands[] = {
    IMAGE("ghcr.io/a:1"),
    DECRYPT("keys", "/k"),
    DECRYPT("recipients", "jwe:/k"),
    MOUNT("/m"),
    "{\"hooks\": [{\"path\": \"/h\"}]}",
    HOST("\"devices\": [{\"path_on_host\": \"/dev/x\"}]"),
    HOST("\"network_mode\": \"host\""),
    HOST("\"privileged\": true"),
    HOST("\"runtime\": \"kata\""),
    HOST("\"extra_capabilities\": [\"CAP_A\"]"),
    LOG_DIR("/l"),
    BUFFER("non-blocking", "1G"),
};

/* Whether one of them is refused for this field, or for what it is part of, with that key. */
static bool is_demanded(const char *field, const char *grant)
{
    for (size_t i = 0; i < countof(demands); i++) {
        look(&nothing, demands[i]);
        scoped_free char *path = memory_bytes(told, strcspn(told, ":"));
        char *index = strstr(path, "[0]");
        if (index)
            memmove(index + 1, index + 2, strlen(index + 2) + 1);
        if (strncmp(path, field, strlen(path)) == 0 && strstr(told, grant))
            return true;
    }
    return false;
}

/* The table of docs/configuration.md. */
static char *table;

/* The grant of a field's row, "–" for none; NULL: it has no row. */
static char *grant_in_table(const char *field)
{
    scoped_free char *begin = memory_format("\n| `%s` | ", field);
    const char *row = strstr(table, begin);
    const char *cell = row ? strstr(row + strlen(begin), " | ") : NULL;
    if (!cell)
        return NULL;
    cell += 3;
    return memory_bytes(cell, (size_t)(strstr(cell, " |") - cell));
}

static size_t fields_seen;

static void check_field(const char *field, const char *grant)
{
    scoped_free char *expected = grant ? memory_format("`%s`", grant) : memory_string("–");
    scoped_free char *found = grant_in_table(field);
    ck_assert_msg(found != NULL, "%s has no row in docs/configuration.md", field);
    ck_assert_msg(strcmp(found, expected) == 0, "%s: docs/configuration.md says %s, field.c %s",
        field, found, expected);
    ck_assert_msg(!grant || is_demanded(field, grant), "%s: no permission is asked for", field);
    fields_seen++;
}

static void check_fields(
    const ProtobufCMessageDescriptor *message, const char *above, const char *grant_above)
{
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        const struct field_rule *rule = field_rule(message, field);
        const char *grant = rule->grant ? rule->grant : grant_above;
        bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
        scoped_free char *path =
            memory_format("%s%s%s%s", above, *above ? "." : "", field->name, list ? "[]" : "");
        if (field->type == PROTOBUF_C_TYPE_MESSAGE && !rule->result)
            check_fields(field->descriptor, path, grant);
        else
            check_field(path, grant);
    }
}

/* A new field gets a row, and with it somebody thinks about what kanto-cm does with it as root. */
START_TEST(every_field_has_its_grant_or_a_reason)
{
    struct error err = {0};
    scoped_free char *text = NULL;
    size_t length = 0, rows = 0;
    ck_assert_int_eq(
        file_read(suite_source("docs/configuration.md"), 1 << 20, &text, &length, &err), 0);
    table = strstr(text, "#### Every field");
    ck_assert_ptr_nonnull(table);
    char *end = strstr(table, "\n#"); /* the next heading */
    if (end)
        *end = '\0';
    fields_seen = 0;
    check_fields(&kanto__container__descriptor, "", NULL);
    for (const char *row = table; (row = strstr(row, "\n| `")); row++)
        rows++;
    ck_assert_uint_eq(rows, fields_seen);
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
    tcase_add_test(cases, a_key_is_a_regular_file);
    tcase_add_loop_test(
        cases, what_is_not_there_yet_is_followed_as_far_as_it_is, 0, countof(unmade));
    tcase_add_test(cases, every_field_has_its_grant_or_a_reason);
    tcase_add_loop_test(cases, an_image_is_plain_or_in_no_list, 0, countof(images));
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
