/* Whose fault a failure is: what the world did is tried again, what the manifest says is not; and
 * nothing that runs is stopped for what is known to fail. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REFERENCE "failed to resolve reference \"localhost:5000/app:2\": "
#define URL       "http://localhost:5000/v2/app/manifests/2"
#define SHORT     "--timeout", "700ms" /* what is asked again within a pass ends then */

static const struct {
    const char *what, *answer;
} worlds[] = {
    {"401",
        REFERENCE "failed to authorize: failed to fetch anonymous token: unexpected status from "
                  "GET request to " URL ": 401 Unauthorized"},
    {"403", REFERENCE "unexpected status from HEAD request to " URL ": 403 Forbidden"},
    {"500", REFERENCE "unexpected status from HEAD request to " URL ": 500 Internal Server Error"},
    {"502", REFERENCE "unexpected status from HEAD request to " URL ": 502 Bad Gateway"},
    {"503", REFERENCE "unexpected status from HEAD request to " URL ": 503 Service Unavailable"},
    {"504", REFERENCE "unexpected status from HEAD request to " URL ": 504 Gateway Timeout"},
    {"EOF", REFERENCE "failed to do request: Head \"" URL "\": EOF"},
    {"clock",
        REFERENCE "failed to do request: Head \"" URL
                  "\": tls: failed to verify certificate: x509: certificate has expired or is "
                  "not yet valid: current time 1970-01-01T00:00:12Z is before "
                  "2025-01-01T00:00:00Z"},
    {"login page", "unexpected media type text/html for "
                   "sha256:0000000000000000000000000000000000000000000000000000000000000000: not "
                   "found"},
    {"proxy", REFERENCE "failed to do request: Head \"" URL "\": proxyconnect tcp: dial tcp "
                        "10.0.0.1:3128: connect: connection refused"},
    {"unheard of", "something that nobody has heard of yet"},
};

START_TEST(what_a_registry_could_not_give_for_a_while_is_deployed_when_it_can)
{
    if (!trial_begin("fault-of-world", NULL))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    trial_remember("web");
    trial_write("app:2", "");
    trial_registry("app:2", worlds[_i].answer);
    TRIAL_APPLY(1, SHORT);
    trial_expect_untouched("web");
    trial_expect_verdict("web", VERDICT_WORD_FAILED);
    trial_well();
    TRIAL_APPLY(0);
    trial_expect_not_told(WORDS_REMEMBERED);
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

/* The registry is away for several passes, and each says so. */
START_TEST(a_registry_that_is_away_for_many_passes_is_told_in_each)
{
    if (!trial_begin("fault-of-many", NULL))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    trial_remember("web");
    trial_write("app:2", "");
    trial_registry("app:2", worlds[4].answer);
    for (int i = 0; i < 4; i++) {
        TRIAL_APPLY(1, SHORT);
        trial_expect_told("503");
        trial_expect_untouched("web");
    }
    trial_well();
    TRIAL_APPLY(0, "--retry", "web"); /* a back-off may leave out a pass */
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

/* What the manifest is known to have done wrong: Create's rules, and an answer of the registry. */
static const struct {
    const char *what, *answer;
} finals[] = {
    {"not found", REFERENCE "localhost:5000/app:2: not found"},
    {"rule", "minimum memory allowed is 3M"},
    {"rule", "cannot use port mappings when in host network mode"},
};

START_TEST(what_is_the_manifests_fault_is_remembered_until_it_changes)
{
    if (!trial_begin("fault-of-manifest", NULL))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    trial_remember("web");
    trial_write("app:2", "");
    trial_registry("app:2", finals[_i].answer);
    TRIAL_APPLY(1, SHORT);
    trial_well();
    harness_forget_calls(&trial);
    TRIAL_APPLY(1);
    trial_expect_told(WORDS_REMEMBERED);
    trial_expect_calls("Create", 0);
    trial_expect_untouched("web");
    trial_write("app:2", ", \"config\": {\"env\": [\"A=1\"]}");
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

START_TEST(what_ends_soon_after_its_start_is_remembered_until_it_changes)
{
    static const char *const policies[] = {TRIAL_POLICY("no"), TRIAL_POLICY("always")};
    if (!trial_begin("fault-of-end", NULL))
        return;
    trial.soak = "700ms";
    trial_write("app:1", policies[_i]);
    TRIAL_APPLY(0);
    trial_write("app:dies", policies[_i]);
    TRIAL_APPLY(1);
    trial_expect_runs("web", "app:1");
    trial_remember("web");
    harness_forget_calls(&trial);
    TRIAL_APPLY(1);
    trial_expect_calls("Create", 0);
    trial_expect_untouched("web");
    trial_expect_told(WORDS_REMEMBERED);
    trial_end();
}
END_TEST

/* ---- ports ---- */

START_TEST(a_port_that_a_program_holds_stops_nothing_and_is_taken_when_free)
{
    if (!trial_begin("fault-of-port", NULL))
        return;
    trial_write("app:1", TRIAL_PORT(45211));
    TRIAL_APPLY(0);
    trial_remember("web");
    trial_hold_port(45212, "app:2");
    trial_write("app:2", TRIAL_PORT(45212));
    for (int i = 0; i < 2; i++) {
        TRIAL_APPLY(1);
        trial_expect_told("45212");
        trial_expect_untouched("web");
    }
    trial_free_port(45212);
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

/* Nothing runs under the name: it is tried in every pass. */
START_TEST(a_first_deploy_waits_for_its_port_from_pass_to_pass)
{
    if (!trial_begin("fault-of-first-port", NULL))
        return;
    trial_hold_port(45213, "app:2");
    trial_write("app:2", TRIAL_PORT(45213));
    TRIAL_APPLY(1);
    trial_expect_told("45213");
    TRIAL_APPLY(1);
    trial_free_port(45213);
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

/* Seen by nobody before its Start: an address that comes later, a port that is taken meanwhile. */
static const char *const starts[] = {
    "driver failed programming external connectivity on endpoint web-ep (0): listen tcp4 "
    "10.1.2.3:80: bind: cannot assign requested address",
    "driver failed programming external connectivity on endpoint web-ep (0): Bind for 0.0.0.0:80 "
    "failed: port is already allocated",
};

START_TEST(a_start_that_the_world_refused_is_not_remembered)
{
    if (!trial_begin("fault-of-start", NULL))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    harness_tell(&trial, "fail Start:app:2=%s", starts[_i]);
    trial_write("app:2", "");
    TRIAL_APPLY(1);
    trial_expect_runs("web", "app:1");
    trial_well();
    trial_run("plan", NULL);
    trial_expect_not_told(WORDS_REMEMBERED);
    TRIAL_APPLY(0, "--retry", "web"); /* it cost a Stop: a back-off may leave out passes */
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

#define PASSES     6
#define STOPS_MOST 3 /* a back-off that doubles: passes 1, 2 and 4 */

START_TEST(what_runs_is_not_stopped_in_every_pass_for_the_same_failure)
{
    if (!trial_begin("fault-of-backoff", NULL))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    trial_remember("web");
    scoped_free char *id = memory_string(trial_remembered_id("web"));
    harness_tell(&trial, "fail Start:app:2=%s", starts[_i]);
    trial_write("app:2", "");
    for (int i = 0; i < PASSES; i++) {
        TRIAL_APPLY(1);
        trial_expect_runs("web", "app:1");
    }
    int stops = trial_calls_on("Stop", id);
    ck_assert_int_ge(stops, 1);
    ck_assert_int_le(stops, STOPS_MOST);
    trial_end();
}
END_TEST

/* ---- mounts and devices ---- */

static const struct {
    const char *before, *after; /* members, around the trial's folder */
    bool device;
} missing[] = {
    {", \"mounts\": [{\"source\": \"", "/late\", \"destination\": \"/data\"}]", false},
    {", \"host_config\": {\"devices\": [{\"path_on_host\": \"",
        "/late\", \"path_in_container\": \"/dev/late\"}]}", true},
};

static void write_missing(int row)
{
    scoped_free char *members =
        memory_format("%s%s%s", missing[row].before, trial.folder, missing[row].after);
    trial_write("app:2", members);
}

static void make_missing(int row)
{
    scoped_free char *path = memory_format("%s/late", trial.folder);
    ck_assert_int_eq(missing[row].device ? symlink("/dev/null", path) : mkdir(path, 0700), 0);
}

START_TEST(what_is_missing_on_this_machine_stops_nothing_until_it_is_there)
{
    if (!trial_begin("fault-of-missing", NULL))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    trial_remember("web");
    write_missing(_i);
    for (int i = 0; i < 2; i++) {
        TRIAL_APPLY(1);
        trial_expect_told("/late");
        trial_expect_untouched("web");
        trial_expect_count("web", 1);
    }
    make_missing(_i);
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

START_TEST(a_first_deploy_waits_for_what_is_missing_from_pass_to_pass)
{
    if (!trial_begin("fault-of-first-missing", NULL))
        return;
    write_missing(_i);
    TRIAL_APPLY(1);
    trial_expect_told("/late");
    TRIAL_APPLY(1);
    make_missing(_i);
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

void add_fault_of_tests(TCase *cases)
{
    tcase_add_loop_test(cases, what_a_registry_could_not_give_for_a_while_is_deployed_when_it_can,
        0, countof(worlds));
    tcase_add_test(cases, a_registry_that_is_away_for_many_passes_is_told_in_each);
    tcase_add_loop_test(
        cases, what_is_the_manifests_fault_is_remembered_until_it_changes, 0, countof(finals));
    tcase_add_loop_test(cases, what_ends_soon_after_its_start_is_remembered_until_it_changes, 0, 2);
    tcase_add_test(cases, a_port_that_a_program_holds_stops_nothing_and_is_taken_when_free);
    tcase_add_test(cases, a_first_deploy_waits_for_its_port_from_pass_to_pass);
    tcase_add_loop_test(
        cases, a_start_that_the_world_refused_is_not_remembered, 0, countof(starts));
    tcase_add_loop_test(
        cases, what_runs_is_not_stopped_in_every_pass_for_the_same_failure, 0, countof(starts));
    tcase_add_loop_test(cases, what_is_missing_on_this_machine_stops_nothing_until_it_is_there, 0,
        countof(missing));
    tcase_add_loop_test(
        cases, a_first_deploy_waits_for_what_is_missing_from_pass_to_pass, 0, countof(missing));
}
