/* No file costs more than its size: whatever is in it, however much is wrong with it. There is no
 * clock in here: what is quadratic meets the time limit of a test by far. */
#include "base/cleanup.h"
#include "manifest/manifest.h"
#include "model/compare.h"
#include "model/digest.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE "\"image\": {\"name\": \"localhost:5000/web:1\"}"

/* What was read from one file. */
struct outcome {
    struct manifests manifests;
    struct diagnostics diagnostics;
    int result;
};

static struct outcome read_text(const struct text *text)
{
    struct outcome outcome = {0};
    outcome.result = manifest_parse("f.json", "f.json", text_get(text), text->length,
        &manifest_default_limits, &outcome.manifests, &outcome.diagnostics);
    return outcome;
}

static void outcome_finish(struct outcome *outcome)
{
    manifests_finish(&outcome->manifests);
    diagnostics_finish(&outcome->diagnostics);
}

/* A file of a megabyte: the piece again and again, with its number in it. */
struct hostile {
    const char *open, *piece, *close;
};

static void write_hostile(const struct hostile *file, struct text *out)
{
    out->max = manifest_default_limits.bytes;
    text_add(out, file->open);
    for (size_t i = 0; out->length < out->max - 200; i++) {
        char piece[120];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(piece, sizeof(piece), file->piece, i);
#pragma GCC diagnostic pop
        text_add(out, piece);
    }
    text_add(out, file->close);
}

/* What would be quadratic if it were done carelessly: it would meet the test's time limit. */
START_TEST(hostile_files_cost_no_more_than_their_size)
{
    static const struct hostile cases[] = {
        {"{", "\"x%06zu\":1,", "\"y\":1}"},
        {"{", "\"x\":1,", "\"y\":1}"},
        {"{\"config\":{\"cmd\":[", "0,", "0]}}"},
        {"{\"state\":{\"x\":[", "{},", "{}]}}"},
        {"", "\n", "{"},
        {"{\"a\":\"", "\\u0041", "\"}"},
    };
    scoped_text struct text text = {0};
    write_hostile(&cases[_i], &text);
    scoped(outcome_finish) struct outcome outcome = read_text(&text);
    ck_assert_int_lt(outcome.result, 0);
    ck_assert_uint_le(outcome.diagnostics.count, DIAGNOSTICS_MAX);
}
END_TEST

#define HOSTS(field) "{" IMAGE ",\"host_config\":{\"" field "\":["

/* The same of what is well-formed: each of these took minutes, and the last one hours. */
START_TEST(hostile_containers_cost_no_more_than_their_size)
{
    static const struct {
        struct hostile file;
        size_t kept; /* at least so many diagnostics */
    } cases[] = {
        {{HOSTS("port_mappings"), "{\"container_port\":80,\"host_port\":80},",
             "{\"container_port\":80,\"host_port\":80}]}}"},
            DIAGNOSTICS_MAX},
        {{HOSTS("port_mappings"), "{\"container_port\":80,\"host_port\":%zu},",
             "{\"container_port\":80,\"host_port\":1}]}}"},
            1},
        {{HOSTS("extra_hosts"), "\"x\",", "\"x\"]}}"}, DIAGNOSTICS_MAX},
        {{HOSTS("extra_hosts"), "\"a:1\",", "\"x\"]}}"}, 1},
        {{HOSTS("extra_capabilities"), "\"x\",", "\"x\"]}}"}, DIAGNOSTICS_MAX},
        {{HOSTS("devices"), "{\"path_on_host\":\"/dev/null\"},", "{}]}}"}, 1},
        {{"{" IMAGE ",\"config\":{\"env\":[", "\"1\",", "\"1\"]}}"}, DIAGNOSTICS_MAX},
        {{"{" IMAGE ",\"mounts\":[", "{\"source\":\"/\",\"destination\":\"/b%zu\"},", "{}]}"}, 1},
        {{"{" IMAGE ",\"mounts\":[", "{\"source\":\"/\",\"destination\":\"\"},", "{}]}"},
            DIAGNOSTICS_MAX},
        {{"{" IMAGE ",\"hooks\":[", "{\"type\":0,\"path\":\"/b\",\"timeout\":1},", "{}]}"},
            DIAGNOSTICS_MAX},
        {{"[{},", "{},", "{}]"}, DIAGNOSTICS_MAX},
        {{"[", "{\"mounts\":[{\"source\":\"/no\",\"destination\":\"/b\"}]},", "{}]"},
            DIAGNOSTICS_MAX},
    };
    static const struct permit nothing = {.section = "[source s]"};
    scoped_text struct text text = {0};
    write_hostile(&cases[_i].file, &text);
    scoped(outcome_finish) struct outcome outcome = read_text(&text);
    for (size_t i = 0; i < outcome.manifests.count; i++) {
        manifest_check_host(&outcome.manifests.items[i], &outcome.diagnostics);
        manifest_check_permit(&outcome.manifests.items[i], &nothing, &outcome.diagnostics);
        struct digest digest;
        container_digest(outcome.manifests.items[i].container, &digest);
        struct differences differences;
        container_compare(outcome.manifests.items[i].container,
            outcome.manifests.items[0].container, &differences);
        differences_finish(&differences);
    }
    ck_assert_uint_ge(outcome.diagnostics.count, cases[_i].kept);
    ck_assert_uint_le(outcome.diagnostics.count, DIAGNOSTICS_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("manifest_cost");
    TCase *cases = tcase_create("manifest_cost");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, hostile_files_cost_no_more_than_their_size, 0, 6);
    tcase_add_loop_test(cases, hostile_containers_cost_no_more_than_their_size, 0, 12);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
