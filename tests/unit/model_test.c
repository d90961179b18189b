#include "base/cleanup.h"
#include "base/memory.h"
#include "model/canon.h"
#include "model/compare.h"
#include "model/container.h"
#include "model/defaults.h"
#include "model/digest.h"
#include "model/field.h"
#include "model/id.h"
#include "protojson.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Kanto__Container *parse(const char *text)
{
    cJSON *json = cJSON_Parse(text);
    ck_assert_msg(json != NULL, "%s", text);
    Kanto__Container *container =
        (Kanto__Container *)protojson_read(json, &kanto__container__descriptor);
    cJSON_Delete(json);
    return container;
}

static const char *const recorded[] = {"recorded/create-minimal.json", "recorded/create-full.json"};

/* Create's own answer is what normalising the request gives. */
START_TEST(defaults_are_those_of_the_daemon)
{
    cJSON *file = protojson_file(recorded[_i]);
    int compared = 0;
    const cJSON *step;
    cJSON_ArrayForEach(step, cJSON_GetObjectItem(file, "steps"))
    {
        const char *call = cJSON_GetStringValue(cJSON_GetObjectItem(step, "call"));
        const cJSON *request =
            cJSON_GetObjectItem(cJSON_GetObjectItem(step, "request"), "container");
        const cJSON *response =
            cJSON_GetObjectItem(cJSON_GetObjectItem(step, "response"), "container");
        if (!call || strcmp(call, "Create") != 0 || !request ||
            !cJSON_GetObjectItem(response, "io_config"))
            continue;
        scoped_container Kanto__Container *sent =
            (Kanto__Container *)protojson_read(request, &kanto__container__descriptor);
        scoped_container Kanto__Container *answered =
            (Kanto__Container *)protojson_read(response, &kanto__container__descriptor);
        if (!sent->id)
            sent->id = memory_string(answered->id);
        container_normalise(sent);
        scoped(text_finish) struct text got = {0}, expected = {0};
        canon_message(&sent->base, &got);
        canon_message(&answered->base, &expected);
        ck_assert_str_eq(text_get(&got), text_get(&expected));
        compared++;
    }
    ck_assert_int_gt(compared, 0);
    cJSON_Delete(file);
}
END_TEST

#define FULL                                                                                       \
    "{\"name\":\"full\",\"image\":{\"name\":\"localhost:5000/"                                     \
    "x:1\",\"decrypt_config\":{\"keys\":[\"k\"],"                                                  \
    "\"recipients\":[\"r\"]}},\"host_name\":\"h\",\"domain_name\":\"d\",\"mounts\":[{"             \
    "\"destination\":"                                                                             \
    "\"/d\",\"source\":\"/s\",\"propagation_mode\":\"rshared\"}],\"hooks\":[{\"path\":\"/"         \
    "p\",\"args\":"                                                                                \
    "[\"a\"],\"env\":[\"E=1\"],\"timeout\":3,\"type\":\"Poststop\"}],\"host_config\":{"            \
    "\"devices\":[{"                                                                               \
    "\"path_on_host\":\"/dev/a\",\"path_in_container\":\"/dev/b\",\"cgroup_permissions\":\"r\"}]," \
    "\"network_mode\":\"bridge\",\"privileged\":true,\"restart_policy\":{\"maximum_retry_count\":" \
    "\"3\","                                                                                       \
    "\"retry_timeout\":\"7\",\"type\":\"on-failure\"},\"runtime\":\"kata\",\"extra_hosts\":[\"a:"  \
    "1.2.3.4\"],"                                                                                  \
    "\"port_mappings\":[{\"protocol\":\"udp\",\"host_ip\":\"127.0.0.1\",\"host_port\":\"1\","      \
    "\"host_port_end\":\"2\",\"container_port\":\"3\"}],\"log_config\":{\"driver_config\":{"       \
    "\"type\":"                                                                                    \
    "\"json-file\",\"max_files\":\"3\",\"max_size\":\"5M\",\"root_dir\":\"/"                       \
    "l\"},\"mode_config\":{\"mode\":"                                                              \
    "\"non-blocking\",\"max_buffer_size\":\"2M\"}},\"resources\":{\"memory\":\"64M\",\"memory_"    \
    "reservation\":"                                                                               \
    "\"32M\",\"memory_swap\":\"128M\"},\"extra_capabilities\":[\"CAP_A\"]},\"io_config\":{"        \
    "\"attach_stderr\":"                                                                           \
    "true,\"attach_stdin\":true,\"attach_stdout\":true,\"open_stdin\":true,\"stdin_once\":true,"   \
    "\"tty\":true},"                                                                               \
    "\"config\":{\"env\":[\"A=1\"],\"cmd\":[\"sh\"]}}"

/* Every leaf in turn is changed; the change must be seen by the comparison and by the digest. */
struct mutation {
    const Kanto__Container *original;
    Kanto__Container *copy;
    int leaves;
};

static bool container_equal(const Kanto__Container *live, const Kanto__Container *desired)
{
    struct differences differences;
    container_compare(live, desired, &differences);
    bool equal = differences.count == 0;
    differences_finish(&differences);
    return equal;
}

static void expect_seen(struct mutation *mutation, const char *name)
{
    struct digest before, after;
    container_digest(mutation->original, &before);
    container_digest(mutation->copy, &after);
    ck_assert_msg(!container_equal(mutation->original, mutation->copy),
        "%s: not seen by the comparison", name);
    ck_assert_msg(memcmp(&before, &after, sizeof(before)) != 0, "%s: not seen by the digest", name);
    mutation->leaves++;
}

static void mutate(struct mutation *mutation, ProtobufCMessage *message);

static void mutate_value(struct mutation *mutation, const ProtobufCFieldDescriptor *field, void *at)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        mutate(mutation, *(ProtobufCMessage **)at);
    } else if (field->type == PROTOBUF_C_TYPE_STRING) {
        char *kept = *(char **)at;
        *(char **)at = (char *)(strcmp(field->name, "type") == 0 ? "Prestart" : "7M");
        expect_seen(mutation, field->name);
        *(char **)at = kept;
    } else if (field->type == PROTOBUF_C_TYPE_BOOL) {
        *(protobuf_c_boolean *)at = !*(protobuf_c_boolean *)at;
        expect_seen(mutation, field->name);
        *(protobuf_c_boolean *)at = !*(protobuf_c_boolean *)at;
    } else if (field->type == PROTOBUF_C_TYPE_INT32) {
        ++*(int32_t *)at;
        expect_seen(mutation, field->name);
        --*(int32_t *)at;
    } else {
        ++*(int64_t *)at;
        expect_seen(mutation, field->name);
        --*(int64_t *)at;
    }
}

static void mutate(struct mutation *mutation, ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        char *at = (char *)message + field->offset;
        if (field_rule(descriptor, field)->result)
            continue;
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            at = *(char **)at;
        mutate_value(mutation, field, at);
    }
}

START_TEST(no_field_of_what_is_desired_is_forgotten)
{
    scoped_container Kanto__Container *original = parse(FULL);
    scoped_container Kanto__Container *copy = container_clone(original);
    struct mutation mutation = {original, copy, 0};
    ck_assert(container_equal(original, copy));
    mutate(&mutation, &copy->base);
    ck_assert_int_eq(mutation.leaves, 47);
}
END_TEST

#define HOST(text) "{\"name\":\"x\",\"image\":{\"name\":\"i\"},\"host_config\":{" text "}}"
#define CONF(text) "{\"name\":\"x\",\"image\":{\"name\":\"i\"},\"config\":{" text "}}"
#define BARE       "{\"name\":\"x\",\"image\":{\"name\":\"i\"}}"

static const struct {
    const char *live, *desired;
    const char *differs; /* "path live desired" of the only difference; NULL: equal */
    bool in_place;
} pairs[] = {
    {BARE, BARE, NULL, false},
    {"{\"name\":\"x\",\"image\":{\"name\":\"i\"},\"state\":{\"status\":\"Running\"},\"restart_"
     "count\":\"3\"}",
        BARE, NULL, false},
    {CONF("\"env\":[\"A=1\",\"B=2\"]"), CONF("\"env\":[\"B=2\",\"A=1\"]"), NULL, false},
    {CONF("\"cmd\":[\"a\",\"b\"]"), CONF("\"cmd\":[\"b\",\"a\"]"),
        "config.cmd [\"a\",\"b\"] [\"b\",\"a\"]", false},
    {BARE, CONF("\"env\":[\"A=1\"]"), "config.env  [\"A=1\"]", false},
    {BARE, HOST("\"restart_policy\":{\"type\":\"always\"}"),
        "host_config.restart_policy.type \"unless-stopped\" \"always\"", true},
    {BARE, HOST("\"network_mode\":\"bridge\""), NULL, false},
    {HOST("\"runtime\":\"io.containerd.runc.v2\""), HOST("\"runtime\":\"io.containerd.runc.v1\""),
        NULL, false},
    {HOST("\"runtime\":\"io.containerd.runc.v2\""), HOST("\"runtime\":\"kata\""),
        "host_config.runtime \"io.containerd.runc.v2\" \"kata\"", false},
    {HOST("\"resources\":{\"memory\":\"10M\",\"memory_swap\":\"20M\"}"),
        HOST("\"resources\":{\"memory\":\"10M\"}"), NULL, false},
    {HOST("\"resources\":{\"memory\":\"10M\"}"),
        HOST("\"resources\":{\"memory\":\"10M\",\"memory_swap\":\"-1\"}"), NULL, false},
    {HOST("\"resources\":{\"memory\":\"10M\"}"), HOST("\"resources\":{\"memory\":\"10M\"}"),
        "host_config.resources.memory_swap \"-1\" \"20M\"", true},
    {HOST("\"resources\":{}"), BARE, NULL, false},
    {"{\"name\":\"x\",\"image\":{\"name\":\"i\"},\"host_name\":\"machine\",\"host_config\":{"
     "\"network_mode\":\"host\"}}",
        HOST("\"network_mode\":\"host\""), NULL, false},
    {"{\"name\":\"x\",\"image\":{\"name\":\"i\"},\"host_name\":\"machine\"}", BARE,
        "host_name \"machine\" \"x-host\"", false},
    {HOST("\"port_mappings\":[{\"container_port\":\"1\",\"host_port\":\"2\"},{\"container_port\":"
          "\"3\",\"host_port\":\"4\"}]"),
        HOST("\"port_mappings\":[{\"container_port\":\"3\",\"host_port\":\"4\",\"protocol\":"
             "\"tcp\"},{\"container_port\":"
             "\"1\",\"host_port\":\"2\",\"host_port_end\":\"2\"}]"),
        NULL, false},
    {HOST("\"log_config\":{\"mode_config\":{\"mode\":\"blocking\"}}"),
        HOST("\"log_config\":{\"mode_config\":{\"mode\":\"blocking\",\"max_buffer_size\":\"1M\"}}"),
        NULL, false},
    {"{\"name\":\"x\",\"image\":{\"name\":\"i\",\"decrypt_config\":{}}}", BARE, NULL, false},
};

START_TEST(differences_are_those_that_matter)
{
    scoped_container Kanto__Container *live = parse(pairs[_i].live);
    scoped_container Kanto__Container *desired = parse(pairs[_i].desired);
    scoped(differences_finish) struct differences differences;
    container_compare(live, desired, &differences);
    const struct difference *first = differences.items;
    scoped_free char *got =
        differences.count ? memory_format("%s %s %s", first->path, first->live, first->desired)
                          : NULL;
    ck_assert_msg(differences.count == (pairs[_i].differs ? 1 : 0),
        "%s | %s: %zu differences, first %s", pairs[_i].live, pairs[_i].desired, differences.count,
        got ? got : "none");
    if (got) {
        ck_assert_str_eq(got, pairs[_i].differs);
        ck_assert_int_eq(first->in_place, pairs[_i].in_place);
    }
}
END_TEST

START_TEST(ids_tell_whose_they_are)
{
    struct digest digest = {{1, 2, 3, 4}}, other = {{1, 2, 3, 5}};
    char id[ID_SIZE];
    id_make("web", &digest, 0xdeadbeef, id);
    ck_assert_int_eq(id[14], '8');
    ck_assert(strchr("89ab", id[19]) != NULL);
    ck_assert_str_eq(id + 28, "deadbeef");
    ck_assert(id_is_ours(id) && id_is_for_name(id, "web") && id_is_for_digest(id, &digest));
    ck_assert(!id_is_for_name(id, "web2") && !id_is_for_digest(id, &other));
    ck_assert(!id_is_ours("6b646570-1111-4222-9333-444444444444"));
    ck_assert(!id_is_ours("") && !id_is_ours("web"));
    ck_assert(id_fresh_nonce() != id_fresh_nonce());
}
END_TEST

/* A journal outlives the program: this digest must never change. */
START_TEST(the_digest_is_for_ever)
{
    scoped_container Kanto__Container *container = parse(FULL);
    struct digest digest;
    char hex[SHA256_HEX_SIZE];
    container_digest(container, &digest);
    digest_hex(&digest, hex);
    ck_assert_str_eq(hex, "84044e328fe360d9224240d202195deb6f1005f1a1bd41e3b756fab973a082a0");
}
END_TEST

START_TEST(both_dialects_name_the_same_fields)
{
    const ProtobufCMessageDescriptor *container = &kanto__container__descriptor;
    ck_assert_str_eq(field_find(container, "container_name")->name, "name");
    ck_assert_str_eq(field_find(container, "mount_points")->name, "mounts");
    ck_assert_str_eq(field_find(&kanto__port_mapping__descriptor, "proto")->name, "protocol");
    ck_assert_str_eq(field_find(&kanto__state__descriptor, "oom_killed")->name, "oomKilled");
    ck_assert_ptr_null(field_find(container, "Name"));
    ck_assert(field_is_ignored(container, "started_successfully_before"));
}
END_TEST

START_TEST(results_are_not_sent_back)
{
    scoped_container Kanto__Container *container = parse(
        "{\"id\":\"a\",\"name\":\"a\",\"created\":\"x\",\"manually_stopped\":true,\"restart_"
        "count\":\"5\","
        "\"resolv_conf_path\":\"/r\",\"state\":{\"status\":\"Running\"},\"network_settings\":{}}");
    container_strip_results(container);
    ck_assert_str_eq(container->id, "a");
    ck_assert(!container->created && !container->state && !container->network_settings);
    ck_assert(!container->has_manually_stopped && !container->restart_count &&
              !container->resolv_conf_path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model");
    TCase *cases = tcase_create("model");
    tcase_add_loop_test(cases, defaults_are_those_of_the_daemon, 0, countof(recorded));
    tcase_add_test(cases, no_field_of_what_is_desired_is_forgotten);
    tcase_add_loop_test(cases, differences_are_those_that_matter, 0, countof(pairs));
    tcase_add_test(cases, ids_tell_whose_they_are);
    tcase_add_test(cases, the_digest_is_for_ever);
    tcase_add_test(cases, both_dialects_name_the_same_fields);
    tcase_add_test(cases, results_are_not_sent_back);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
