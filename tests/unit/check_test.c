/* What the real daemon refused and took, against what is refused and taken here. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/check.h"
#include "model/container.h"
#include "protojson.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

struct seen {
    char *verdict; /* the first */
    char *texts;   /* "path: text" of all, a line each */
    int errors, warnings;
};

static void note(void *context, const struct finding *finding)
{
    struct seen *seen = context;
    char *former = seen->texts;
    seen->texts = memory_format("%s%s: %s\n", former ? former : "", finding->path, finding->text);
    free(former);
    seen->errors += finding->severity == SEVERITY_ERROR;
    seen->warnings += finding->severity == SEVERITY_WARNING;
    if (finding->verdict && !seen->verdict)
        seen->verdict = memory_string(finding->verdict);
    ck_assert(!finding->verdict || finding->severity == SEVERITY_ERROR);
}

static void seen_finish(struct seen *seen)
{
    free(seen->verdict);
    free(seen->texts);
}

static struct seen look(const cJSON *json)
{
    struct seen seen = {0};
    scoped_container Kanto__Container *container =
        (Kanto__Container *)protojson_read(json, &kanto__container__descriptor);
    container_check(container, note, &seen);
    return seen;
}

/* A verdict that depends on what the daemon has or on its disk cannot be foretold from the
 * manifest. */
static bool foretellable(const char *message)
{
    return !strstr(message, "already exists") && strncmp(message, "failed to ", 10) != 0 &&
           strncmp(message, "stat ", 5) != 0;
}

static const char *const files[] = {
    "recorded/validation.json", "recorded/names.json", "recorded/memory.json"};

START_TEST(same_verdicts_as_the_daemon)
{
    cJSON *file = protojson_file(files[_i]);
    int compared = 0;
    const cJSON *step;
    cJSON_ArrayForEach(step, cJSON_GetObjectItem(file, "steps"))
    {
        const char *call = cJSON_GetStringValue(cJSON_GetObjectItem(step, "call"));
        const char *message = cJSON_GetStringValue(cJSON_GetObjectItem(step, "message"));
        const cJSON *container =
            cJSON_GetObjectItem(cJSON_GetObjectItem(step, "request"), "container");
        if (!call || strcmp(call, "Create") != 0 || !container || !foretellable(message))
            continue;
        scoped(seen_finish) struct seen seen = look(container);
        scoped_free char *request = cJSON_PrintUnformatted(container);
        ck_assert_msg(strcmp(seen.verdict ? seen.verdict : "", message) == 0,
            "%s\n  got \"%s\"\n  expected \"%s\"", request, seen.verdict ? seen.verdict : "",
            message);
        compared++;
    }
    ck_assert_int_gt(compared, 10);
    cJSON_Delete(file);
}
END_TEST

static const struct {
    const char *json;  /* beside an image */
    const char *finds; /* in the findings' text; NULL: nothing is found */
    int errors, warnings;
} cases[] = {
    {"", NULL, 0, 0},
    {",\"host_config\":{\"port_mappings\":[{\"container_port\":\"80\",\"host_port\":\"70000\"}]}",
        "host_config.port_mappings[0].host_port: found 70000, expected 1 to 65535", 1, 0},
    {",\"host_config\":{\"port_mappings\":[{\"container_port\":\"80\",\"host_port\":\"90\",\"host_"
     "port_end\":\"80\"}]}",
        "host_config.port_mappings[0].host_port_end: found 80, expected at least host_port (90)", 1,
        0},
    {",\"host_config\":{\"port_mappings\":[{\"container_port\":\"80\",\"host_port\":\"80\","
     "\"protocol\":\"TCP\"}]}",
        "port_mappings[0].protocol: found \"TCP\"", 1, 0},
    {",\"host_config\":{\"port_mappings\":[{\"container_port\":\"80\",\"host_port\":\"80\",\"host_"
     "ip\":\"localhost\"}]}",
        "every interface", 0, 1},
    {",\"host_config\":{\"port_mappings\":[{\"container_port\":\"80\",\"host_port\":\"80\",\"host_"
     "ip\":\"::1\"}]}",
        "opens no port", 0, 1},
    {",\"host_config\":{\"port_mappings\":[{\"container_port\":\"80\",\"host_port\":\"80\",\"host_"
     "ip\":\"::ffff:192.0.2.1\"}]}",
        NULL, 0, 0},
    {",\"host_config\":{\"log_config\":{\"driver_config\":{\"max_files\":\"1000\"}}}", NULL, 0, 0},
    {",\"host_config\":{\"log_config\":{\"driver_config\":{\"max_files\":\"1001\"}}}",
        "driver_config.max_files: found 1001, expected at most 1000", 1, 0},
    {",\"host_config\":{\"restart_policy\":{\"type\":\"always\",\"retry_timeout\":\"-1\"}}",
        "without a pause", 0, 1},
    {",\"host_config\":{\"restart_policy\":{\"type\":\"always\",\"retry_timeout\":"
     "\"9223372037\"}}",
        "which kanto-cm cannot count", 0, 1},
    {",\"host_config\":{\"port_mappings\":[{\"container_port\":\"80\",\"host_port\":\"80\"},{"
     "\"container_port\":\"81\",\"host_port\":\"80\"}]}",
        "port_mappings[1].host_port: found 80 a second time", 1, 0},
    {",\"host_config\":{\"extra_hosts\":[\"a:::1\"]}", "one colon", 1, 0},
    {",\"host_config\":{\"extra_capabilities\":[\"NET_ADMIN\"]}", "expected CAP_", 0, 1},
    {",\"host_config\":{\"restart_policy\":{\"type\":\"on-failure\",\"retry_timeout\":"
     "\"5000000000\"}}",
        "nanoseconds", 0, 1},
    {",\"mounts\":[{\"source\":\"/a\",\"destination\":\"b\"}]", "expected an absolute path", 0, 1},
    {",\"hooks\":[{\"path\":\"/bin/true\",\"type\":\"prestop\"}]",
        "hooks[0].type: found \"prestop\"", 1, 0},
    {",\"hooks\":[{\"path\":\"true\",\"type\":\"Prestart\"}]", "hooks[0].path", 1, 0},
    {",\"config\":{\"cmd\":[\"\"]}", "config.cmd[0]: is empty", 1, 0},
    {",\"id\":\"a..b\"", "never started", 1, 0},
    {",\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
        "at most 76", 1, 0},
    {",\"id\":\"a.b-c_d\"", NULL, 0, 0},
};

START_TEST(what_fails_later_is_said_before)
{
    scoped_free char *text = memory_format(
        "{\"name\":\"x\",\"image\":{\"name\":\"localhost:5000/x:1\"}%s}", cases[_i].json);
    cJSON *json = cJSON_Parse(text);
    ck_assert_ptr_nonnull(json);
    scoped(seen_finish) struct seen seen = look(json);
    const char *texts = seen.texts ? seen.texts : "";
    ck_assert_msg(seen.errors == cases[_i].errors && seen.warnings == cases[_i].warnings &&
                      strstr(texts, cases[_i].finds ? cases[_i].finds : ""),
        "%s: got %d errors, %d warnings: %s", text, seen.errors, seen.warnings, texts);
    ck_assert(cases[_i].finds || !*texts);
    cJSON_Delete(json);
}
END_TEST

static const struct {
    const char *image, *finds;
} images[] = {
    {"docker.io/library/influxdb:1.8.4", NULL},
    {"localhost/x:1", NULL},
    {"reg.example:5000/a/b@sha256:00", NULL},
    {"influxdb:1", "short names"},
    {"library/influxdb:1", "short names"},
    {"docker.io/library/influxdb", "expected a tag"},
    {"localhost:5000/x", "expected a tag"},
    {"<image:version>", "placeholder"},
    {"${IMAGE}", "placeholder"},
    {"{{ registry }}/x:1", "placeholder"},
    {"@@REGISTRY@@/x:1", "placeholder"},
    {"@REGISTRY@/x:1", "placeholder"},
    {"%(reg)s/x:1", "placeholder"},
    {"%REG%/x:1", "placeholder"},
    {"#{reg}/x:1", "placeholder"},
};

START_TEST(image_references)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(cJSON_AddObjectToObject(json, "image"), "name", images[_i].image);
    scoped(seen_finish) struct seen seen = look(json);
    ck_assert_msg(
        images[_i].finds ? seen.texts && strstr(seen.texts, images[_i].finds) : !seen.texts,
        "%s: %s", images[_i].image, seen.texts ? seen.texts : "nothing found");
    cJSON_Delete(json);
}
END_TEST

START_TEST(what_this_machine_lacks)
{
    cJSON *json =
        cJSON_Parse("{\"mounts\":[{\"source\":\"/nonexistent/x\",\"destination\":\"/d\"},"
                    "{\"source\":\"/\",\"destination\":\"/e\"}],\"host_config\":{\"devices\":["
                    "{\"path_on_host\":\"/dev/null\"},{\"path_on_host\":\"/dev/nosuch\"},"
                    "{\"path_on_host\":\"/tmp\"}]}}");
    struct seen seen = {0};
    scoped_container Kanto__Container *container =
        (Kanto__Container *)protojson_read(json, &kanto__container__descriptor);
    container_check_host(container, note, &seen);
    ck_assert_int_eq(seen.warnings, 3);
    ck_assert(strstr(seen.texts, "mounts[0].source") &&
              strstr(seen.texts, "devices[1].path_on_host") &&
              strstr(seen.texts, "\"/tmp\" is no device"));
    seen_finish(&seen);
    cJSON_Delete(json);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check");
    TCase *all = tcase_create("check");
    tcase_add_loop_test(all, same_verdicts_as_the_daemon, 0, countof(files));
    tcase_add_loop_test(all, what_fails_later_is_said_before, 0, countof(cases));
    tcase_add_loop_test(all, image_references, 0, countof(images));
    tcase_add_test(all, what_this_machine_lacks);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
