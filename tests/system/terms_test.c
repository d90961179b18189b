/* What the configuration says of sources and containers, as a user meets it: permissions, who wins
 * a name, order and priority. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "harness.h"
#include "parts.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct harness harness;

/* Two sources of the folders one/ and two/ below the harness's folder, with further keys each. */
static char *write_two_sources(const char *one, const char *two, const char *more)
{
    harness_write(&harness, "/k.conf",
        "[source one]\nplugin = directory\nuser = root\npath = %s/one\n%s\n"
        "[source two]\nplugin = directory\nuser = root\npath = %s/two\n%s\n%s\n",
        harness.folder, one, harness.folder, two, more);
    return memory_format("%s/k.conf", harness.folder);
}

static void make_folders(void)
{
    static const char *const names[] = {"one", "two"};
    for (size_t i = 0; i < countof(names); i++) {
        scoped_free char *path = memory_format("%s/%s", harness.folder, names[i]);
        ck_assert_int_eq(mkdir(path, 0700), 0);
    }
}

#define REGISTRY "allow_registries = localhost:5000"
#define SLEEPER  "\"image\": {\"name\": \"localhost:5000/sleeper:1\"}"

START_TEST(a_source_that_says_nothing_may_deploy_nothing)
{
    if (!harness_start(&harness, "no-grants", NULL))
        return;
    make_folders();
    harness_write(
        &harness, "/one/a.json", "{" SLEEPER ",\n \"host_config\": {\"privileged\": true}}");
    scoped_free char *conf = write_two_sources("", REGISTRY, "");
    const char *arguments[] = {"apply", "--config", conf, NULL};
    struct outcome_of_run outcome = harness_run(&harness, arguments);
    static const char *const told[] = {
        "a.json:1:20: error: image.name: found \"localhost:5000/sleeper:1\"; allow_registries = "
        "localhost:5000 in [source one] would allow it",
        "a.json:2:32: error: host_config.privileged: found true; allow_privileged = yes in [source "
        "one] would allow it",
    };
    for (size_t i = 0; i < countof(told); i++)
        ck_assert_msg(strstr(outcome.err, told[i]) != NULL, "%s", outcome.err);
    outcome_expect(outcome, 1, "", "");
    ck_assert_int_eq(harness_calls(&harness, "Create"), 0);

    /* A person's own word. */
    scoped_free char *folder = memory_format("%s/one", harness.folder);
    const char *by_hand[] = {"apply", folder, NULL};
    outcome_expect(harness_run(&harness, by_hand), 0, "1 deployed", "");
    harness_stop(&harness);
}
END_TEST

START_TEST(a_name_that_nothing_runs_under_is_free_for_the_next_source)
{
    if (!harness_start(&harness, "no-claim", NULL))
        return;
    make_folders();
    harness_write(&harness, "/one/a.json",
        "{\"name\": \"x\", " SLEEPER ", \"host_config\": {\"privileged\": true}}");
    harness_write(&harness, "/two/b.json", "{\"name\": \"x\", " SLEEPER "}");
    scoped_free char *conf = write_two_sources(REGISTRY, REGISTRY, "");
    const char *arguments[] = {"apply", "--config", conf, NULL};
    outcome_expect(harness_run(&harness, arguments), 1, "1 deployed",
        "allow_privileged = yes in [source one]");
    Kanto__ListContainersResponse *list = harness_list(&harness);
    ck_assert_uint_eq(list->n_containers, 1);
    ck_assert(!list->containers[0]->host_config->privileged);
    kanto__list_containers_response__free_unpacked(list, NULL);
    harness_stop(&harness);
}
END_TEST

START_TEST(two_sources_that_name_one_container_are_both_reported)
{
    if (!harness_start(&harness, "two-sources", NULL))
        return;
    make_folders();
    harness_write(&harness, "/one/a.json", "{\"name\": \"x\", " SLEEPER "}");
    harness_write(&harness, "/two/b.json", "{\"name\": \"x\", " SLEEPER "}");
    scoped_free char *conf = write_two_sources(REGISTRY, REGISTRY, "");
    scoped_free char *told = memory_format("/two/b.json: a second manifest for \"x\" (b.json of "
                                           "source two); the first one, a.json of source one (%s"
                                           "/one/a.json), is applied, this one is not",
        harness.folder);
    const char *arguments[] = {"apply", "--config", conf, NULL};
    outcome_expect(harness_run(&harness, arguments), 0, "1 deployed", told);
    harness_stop(&harness);
}
END_TEST

START_TEST(names_that_no_manifest_has_are_reported)
{
    if (!harness_start(&harness, "unknown-names", NULL))
        return;
    make_folders();
    harness_write(&harness, "/one/web.json", "{" SLEEPER "}");
    scoped_free char *conf = write_two_sources(REGISTRY, REGISTRY,
        "[container web]\nafter = wbe db\nrestart_with = db\n[container webb]\ncritical = yes");
    const char *arguments[] = {"plan", "--config", conf, NULL};
    struct outcome_of_run outcome = harness_run(&harness, arguments);
    static const char *const told[] = {
        "k.conf:12: [container web] after: found \"wbe\", which no manifest that is applied has: "
        "it "
        "is not waited for; did you mean \"web\"?",
        "k.conf:12: [container web] restart_with: found \"db\", which no manifest",
        "k.conf:15: [container webb]: no manifest that is applied has this name; did you mean "
        "\"web\"?",
    };
    for (size_t i = 0; i < countof(told); i++)
        ck_assert_msg(strstr(outcome.err, told[i]) != NULL, "%s", outcome.err);
    outcome_expect(outcome, 2, "1 to create", "");
    harness_stop(&harness);
}
END_TEST

START_TEST(a_critical_container_goes_first)
{
    if (!harness_start(&harness, "critical", NULL))
        return;
    make_folders();
    harness_write(&harness, "/one/a.json", "{" SLEEPER "}");
    harness_write(&harness, "/two/b.json", "{" SLEEPER "}");
    scoped_free char *conf = write_two_sources(REGISTRY, REGISTRY, "[container b]\ncritical = yes");
    const char *arguments[] = {"apply", "--config", conf, "--parallel", "1", NULL};
    struct outcome_of_run outcome = harness_run(&harness, arguments);
    const char *a = strstr(outcome.out, "a: creating"), *b = strstr(outcome.out, "b: creating");
    ck_assert_msg(a && b && b < a, "%s", outcome.out);
    outcome_expect(outcome, 0, "2 deployed", "");
    harness_stop(&harness);
}
END_TEST

START_TEST(a_cycle_is_told_and_deployed)
{
    if (!harness_start(&harness, "cycle", NULL))
        return;
    make_folders();
    harness_write(&harness, "/one/a.json", "{" SLEEPER "}");
    harness_write(&harness, "/two/b.json", "{" SLEEPER "}");
    scoped_free char *conf = write_two_sources(
        REGISTRY, REGISTRY, "[container a]\nafter = b\n[container b]\nrestart_with = a");
    const char *arguments[] = {"apply", "--config", conf, NULL};
    outcome_expect(harness_run(&harness, arguments), 0, "2 deployed",
        "a → b → a (b does not wait for a: restart_with)");
    harness_stop(&harness);
}
END_TEST

void add_terms_tests(TCase *cases)
{
    tcase_add_test(cases, a_source_that_says_nothing_may_deploy_nothing);
    tcase_add_test(cases, a_name_that_nothing_runs_under_is_free_for_the_next_source);
    tcase_add_test(cases, two_sources_that_name_one_container_are_both_reported);
    tcase_add_test(cases, names_that_no_manifest_has_are_reported);
    tcase_add_test(cases, a_critical_container_goes_first);
    tcase_add_test(cases, a_cycle_is_told_and_deployed);
}
