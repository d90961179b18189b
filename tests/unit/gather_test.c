/* From files to the desired set: whose word holds for each of them, and what a source's silence means. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "gather/collect.h"
#include "gather/configure.h"
#include "gather/gather.h"
#include "suite.h"

#include <errno.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[32];
static struct config config;
static struct gathered gathered;
static const struct desired_set *const desired_set = &gathered.desired;

static void setup(void)
{
    snprintf(folder, sizeof(folder), "/tmp/kd-gather-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (const char *name = "12"; *name; name++) {
        scoped_free char *path = memory_format("%s/%c", folder, *name);
        ck_assert_int_eq(mkdir(path, 0700), 0);
    }
}

static void teardown(void)
{
    gathered_finish(&gathered);
    config_finish(&config);
    scoped_free char *command = memory_format("rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static void write_file(const char *name, const char *text)
{
    scoped_free char *path = memory_format("%s/%s", folder, name);
    struct error err = {0};
    ck_assert_msg(file_write_atomic(path, text, strlen(text), 0600, &err) == 0, "%s", err.text);
}

static void run(void)
{
    const struct sources_options options = {.loader = KD_BUILD_DIR "/kanto-deployer-loader"};
    struct error err = {0};
    ck_assert_msg(gather(&config, &options, &gathered, &err) == 0, "%s", err.text);
}

/* Sources one and two of the folders 1 and 2, with these keys more; then further sections. */
static void gather_two(const char *deployer, const char *one, const char *two, const char *more)
{
    const struct passwd *user = getpwuid(geteuid());
    scoped_free char *text = memory_format(
        "[deployer]\nstate_dir = %s/state\nplugin_dir = " KD_BUILD_DIR "/plugins\n%s\n"
        "[source one]\nplugin = directory\nuser = %s\nallow_registries = yes\npath = %s/1\n%s\n"
        "[source two]\nplugin = directory\nuser = %s\nallow_registries = yes\npath = "
        "%s/2\n%s\n%s\n",
        folder, deployer, user ? user->pw_name : "root", folder, one, user ? user->pw_name : "root",
        folder, two, more);
    write_file("k.conf", text);
    scoped_free char *path = memory_format("%s/k.conf", folder);
    struct configure_options options = {.file = path};
    struct error err = {0};
    ck_assert_msg(configure(&options, &config, &err) == 0, "%s", err.text);
    run();
}

/* But for what this machine lacks of a sandbox. */
static size_t count_findings(void)
{
    size_t count = 0;
    for (size_t i = 0; i < gathered.findings.count; i++)
        count += strncmp(gathered.findings.items[i].text, SOURCE_LACKS, strlen(SOURCE_LACKS)) != 0;
    return count;
}

#define IMAGE       "\"image\": {\"name\": \"localhost:5000/x:1\"}"
#define GOOD        "{" IMAGE "}"
#define NAMED(name) "{\"name\": \"" name "\", " IMAGE "}"
#define REFUSED     "{" IMAGE ", \"host_config\": {\"privileged\": true}}"

START_TEST(the_narrowest_word_holds)
{
    write_file("1/a.json", GOOD);
    write_file("1/b.json", GOOD);
    write_file("2/c.json", GOOD);
    gather_two("soak = 1s\nreplace = start-first", "soak = 2s", "replace = create-first",
        "[container a]\nsoak = 3s\nreplace = create-first\ncritical = yes\nafter = b c\n"
        "restart_with = c\n[container c]\nsoak = 0");
    ck_assert_uint_eq(desired_set->count, 3);
    const struct desired *a = desired_find(desired_set, "a"), *b = desired_find(desired_set, "b"),
                         *c = desired_find(desired_set, "c");
    ck_assert(a && b && c);
    ck_assert_int_eq(a->soak_ms, 3000);
    ck_assert_int_eq(b->soak_ms, 2000);
    ck_assert_int_eq(c->soak_ms, 0);
    ck_assert(!a->start_first && b->start_first && !c->start_first);
    ck_assert(a->critical && !b->critical && !c->critical);
    ck_assert_str_eq(a->restart_with, "c");
    ck_assert_ptr_null(b->restart_with);
    ck_assert_uint_eq(a->after_count, 2);
    ck_assert_str_eq(a->after[1], "c");
    ck_assert_uint_eq(c->after_count, 0);
    ck_assert_uint_eq(count_findings(), 0);
}
END_TEST

START_TEST(what_a_source_may_remove_is_handed_on)
{
    write_file("1/a.json", GOOD);
    gather_two("", "prune = yes\nprune_limit = 7\nprune_empty = yes\nrenamed_from = old", "", "");
    ck_assert_uint_eq(desired_set->source_count, 2);
    const struct desired_source *one = &desired_set->sources[0], *two = &desired_set->sources[1];
    ck_assert_str_eq(one->name, "one");
    ck_assert_str_eq(one->renamed_from, "old");
    ck_assert_ptr_null(two->renamed_from);
    ck_assert(one->prune && one->prune_empty && one->whole);
    ck_assert_uint_eq(one->prune_limit, 7);
    ck_assert_uint_eq(one->items, 1);
    ck_assert(!two->prune && !two->prune_empty && two->whole);
    ck_assert_uint_eq(two->prune_limit, 5);
    ck_assert_uint_eq(two->items, 0);
}
END_TEST

/* ---- The users that sources run as */

/* The number of the source of that name, under a conf that has these, one a letter. */
static uint32_t user_among(const char *names, const char *users, char name, struct error *err)
{
    scoped_free char *text = memory_format("[deployer]\nplugin_dir = " KD_BUILD_DIR
                                           "/plugins\nsource_users = %s\n[source z]\nplugin = "
                                           "directory\npath = /x\nuser = root\n",
        users);
    for (const char *at = names; *at; at++) {
        char *longer = memory_format("%s[source %c]\nplugin = directory\npath = /x\n", text, *at);
        free(text);
        text = longer;
    }
    write_file("k.conf", text);
    scoped_free char *path = memory_format("%s/k.conf", folder);
    struct configure_options options = {.file = path};
    struct sources sources;
    uint32_t found = 0;
    config_finish(&config);
    ck_assert_msg(configure(&options, &config, err) == 0, "%s", err->text);
    if (sources_prepare(&config, &(struct sources_options){0}, &sources, err) < 0)
        return 0;
    ck_assert_uint_eq(sources.options[0].uid, 0); /* it names one */
    for (size_t i = 1; i < sources.count; i++) {
        for (size_t j = 1; j < i && *users; j++)
            ck_assert_uint_ne(sources.options[i].uid, sources.options[j].uid);
        if (sources.options[i].name[0] == name)
            found = sources.options[i].uid;
    }
    sources_finish(&sources);
    return found;
}

START_TEST(each_source_is_a_user_of_its_own)
{
    struct error err = {0};
    static const char wide[] = "70000-79999", narrow[] = "70000-70005";
    uint32_t alone = user_among("a", wide, 'a', &err);
    ck_assert(alone >= 70000 && alone <= 79999);
    ck_assert_uint_eq(user_among("abcdef", wide, 'a', &err), alone);
    ck_assert_uint_eq(user_among("fedcba", wide, 'a', &err), alone);
    ck_assert_uint_ne(user_among("b", wide, 'b', &err), alone);
    /* six in six: all are taken, whoever wants the same */
    uint32_t last = user_among("abcdef", narrow, 'f', &err);
    ck_assert(last >= 70000 && last <= 70005);
    ck_assert_uint_eq(user_among("abcdefg", narrow, 'g', &err), 0);
    ck_assert_msg(err.kind == ERROR_CONFIG &&
                      strstr(err.text, "[source g] is one more than source_users has numbers "
                                       "(70000-70005)") != NULL,
        "%s", err.text);
    ck_assert_uint_eq(
        user_among("ab", "", 'a', &(struct error){0}), 0); /* all are kanto-deployer */
}
END_TEST

/* All that the plugin itself can say is that it could not connect. */
START_TEST(a_call_that_was_stopped_is_told_of_a_source_that_failed)
{
    const struct passwd *user = getpwuid(geteuid());
    scoped_free char *off = memory_format(
        "[source off]\nplugin = cloud\nuser = %s\nurl = http://127.0.0.1:9/a.json\naccept_http = "
        "yes\nnetwork = no\nattempts = 1\n",
        user ? user->pw_name : "root");
    bool told = false;
    gather_two("", "", "", off);
    for (size_t i = 0; i < gathered.findings.count; i++) {
        const struct gather_finding *finding = &gathered.findings.items[i];
        told = told || (strcmp(finding->where, "source off") == 0 &&
                           finding->severity == SEVERITY_WARNING &&
                           strcmp(finding->text, SOURCE_STOPPED "socket") == 0);
    }
    ck_assert(told);
}
END_TEST

START_TEST(what_this_machine_lacks_is_said_once)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0);
    ck_assert_int_eq(seccomp_load(filter), 0);
    seccomp_release(filter);
    write_file("1/a.json", GOOD);
    gather_two("", "", "", "");
    size_t count = 0;
    for (size_t i = 0; i < gathered.findings.count; i++) {
        const struct gather_finding *finding = &gathered.findings.items[i];
        if (!strstr(finding->text, SOURCE_LACKS "no Landlock (Function not implemented)"))
            continue;
        ck_assert_int_eq(finding->severity, SEVERITY_NOTE);
        count++;
    }
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(gathered.findings.errors, 0);
}
END_TEST

/* Source one has a good manifest or none, and this file beside it. */
static const struct {
    const char *about;
    const char *good, *beside; /* NULL: no file */
    bool whole;
    size_t items;
} sets[] = {
    {"complete", GOOD, NULL, true, 1},
    {"empty", NULL, NULL, true, 0},
    {"a file without manifests is an empty set too", NULL, "[]", true, 0},
    {"two in a file", NULL, "[" NAMED("x") ", " NAMED("y") "]", true, 2},
    {"no JSON", GOOD, "{", false, 1},
    {"a mistake", GOOD, "{\"image\": 1}", false, 1},
    {"refused", GOOD, REFUSED, false, 1},
    {"a name twice in one source", GOOD, NAMED("a"), false, 2},
};

START_TEST(a_set_is_whole_or_removes_nothing)
{
    if (sets[_i].good)
        write_file("1/a.json", sets[_i].good);
    if (sets[_i].beside)
        write_file("1/b.json", sets[_i].beside);
    gather_two("", "prune = yes", "", "");
    const struct desired_source *one = &desired_set->sources[0];
    ck_assert_msg(one->whole == sets[_i].whole && one->items == sets[_i].items,
        "%s: whole %d, %zu items", sets[_i].about, one->whole, one->items);
    ck_assert_msg(desired_set->sources[1].whole, "%s: it is the other source's", sets[_i].about);
}
END_TEST

/* Each with the first error about it, whichever else is in its file. */
static const struct {
    const char *file;
    struct {
        const char *name, *text; /* NULL: no more of them, or no name */
        bool refused;
    } rejected[3];
} rejections[] = {
    {"{", {{NULL, "found the end", false}}},
    {"{\"image\": 1}", {{"b", "image: found", false}}},
    {REFUSED, {{"b", "host_config.privileged: found true", true}}},
    {"[" NAMED("x") ",\n{\"name\": \"y\", \"image\": 1},\n" REFUSED "]",
        {{"y", "[1].image: found", false}, {"b", "[2].host_config.privileged: found true", true}}},
    {"[" NAMED("x") ", 7]", {{NULL, "[1]: found", false}}},
};

START_TEST(what_is_not_applied_is_listed)
{
    write_file("1/a.json", GOOD);
    write_file("1/b.json", rejections[_i].file);
    gather_two("", "", "", "");
    scoped_free char *origin = memory_format("%s/1/b.json", folder);
    size_t count = 0;
    for (; count < 3 && rejections[_i].rejected[count].text; count++) {
        ck_assert_uint_lt(count, gathered.rejected_count);
        const struct rejected *got = &gathered.rejected[count];
        const char *name = rejections[_i].rejected[count].name;
        ck_assert_str_eq(got->source, "one");
        ck_assert_str_eq(got->key, "b.json");
        ck_assert_str_eq(got->origin, origin);
        ck_assert_msg((name && got->name && strcmp(got->name, name) == 0) || got->name == name,
            "got name %s", got->name ? got->name : "none");
        ck_assert_msg(
            strstr(got->text, rejections[_i].rejected[count].text) == got->text, "%s", got->text);
        ck_assert_msg(got->refused == rejections[_i].rejected[count].refused, "%s", got->text);
    }
    ck_assert_uint_eq(gathered.rejected_count, count);
    ck_assert(!desired_set->sources[0].whole && desired_set->sources[1].whole);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_makes_no_whole_set)
{
    scoped_free char *dangling = memory_format("%s/1/b.json", folder);
    write_file("1/a.json", GOOD);
    ck_assert_int_eq(symlink("/nonexistent/b.json", dangling), 0);
    gather_two("", "prune = yes", "", "");
    ck_assert_uint_eq(desired_set->count, 1);
    ck_assert(!desired_set->sources[0].whole);
}
END_TEST

START_TEST(a_folder_that_is_away_makes_no_whole_set)
{
    scoped_free char *path = memory_format("%s/1", folder);
    ck_assert_int_eq(rmdir(path), 0);
    gather_two("", "prune = yes", "", "[container web]\ncritical = yes");
    ck_assert(!desired_set->sources[0].whole && desired_set->sources[1].whole);
    /* Nor does it warn that no manifest names web. */
    for (size_t i = 0; i < gathered.findings.count; i++)
        ck_assert_ptr_null(strstr(gathered.findings.items[i].text, "[container web]"));
}
END_TEST

START_TEST(a_claim_of_another_source_is_noted)
{
    write_file("1/a.json", NAMED("x"));
    write_file("2/b.json", NAMED("x"));
    gather_two("", "", "", "");
    ck_assert_uint_eq(desired_set->count, 1);
    ck_assert_str_eq(desired_set->items[0].source, "one");
    ck_assert_uint_eq(desired_set->items[0].claim_count, 1);
    ck_assert_ptr_null(desired_set->items[0].contested);
    ck_assert_str_eq(desired_set->items[0].claims[0].source, "two");
    ck_assert_str_eq(desired_set->items[0].claims[0].key, "b.json");
    ck_assert(desired_set->sources[0].whole && desired_set->sources[1].whole);
    ck_assert_uint_eq(desired_set->sources[1].items, 1);
}
END_TEST

/* What source one has beside web.json or instead of it: whether its "web" may change anything. */
static const struct {
    const char *about;
    const char *first, *second; /* web-old.json (before web.json in order) and web.json */
    enum { NOT, BY_ONE, BY_BOTH } contested;
    size_t desired;
} contests[] = {
    {"one", NULL, NAMED("web"), NOT, 1},
    {"an old copy", NAMED("web"), NAMED("web"), BY_BOTH, 1},
    {"named by its file", NAMED("web"), GOOD, BY_BOTH, 1},
    {"twice in a file", NULL, "[" NAMED("web") ", " NAMED("web") "]", BY_ONE, 1},
    {"the right one is refused", NAMED("web"), REFUSED, BY_BOTH, 1},
    {"the right one has a mistake", NAMED("web"), "{\"name\": \"web\", \"image\": 1}", BY_BOTH, 1},
    {"the right one is no JSON", NAMED("web"), "{", BY_BOTH, 1},
    {"the right one is half written", NAMED("web"), "", BY_BOTH, 1},
    {"another one has a mistake", "{\"image\": 1}", NAMED("web"), NOT, 1},
    {"two names", GOOD, GOOD, NOT, 2},
};

START_TEST(a_name_that_is_contested_says_so)
{
    if (contests[_i].first)
        write_file("1/web-old.json", contests[_i].first);
    write_file("1/web.json", contests[_i].second);
    gather_two("", "", "", "");
    const struct desired *web = desired_find(desired_set, "web");
    ck_assert_uint_eq(desired_set->count, contests[_i].desired);
    ck_assert_ptr_nonnull(web);
    scoped_free char *expected = NULL;
    if (contests[_i].contested == BY_ONE)
        expected = memory_format("%s/1/web.json names it twice", folder);
    else if (contests[_i].contested == BY_BOTH)
        expected =
            memory_format("%s/1/web-old.json and %s/1/web.json both name it", folder, folder);
    ck_assert_msg((expected && web->contested && strcmp(expected, web->contested) == 0) ||
                      web->contested == expected,
        "%s: got \"%s\"", contests[_i].about, web->contested ? web->contested : "none");
    ck_assert(!expected || (!desired_set->sources[0].whole && gathered.findings.errors > 0));
    bool found = false;
    for (size_t i = 0; i < gathered.findings.count; i++)
        found = found || (expected && strstr(gathered.findings.items[i].text, expected));
    ck_assert_msg(found == (expected != NULL), "%s", contests[_i].about);
}
END_TEST

/* A set as a source states it: `items` arrays of `each` manifests. */
static void fill_set(struct source_set *set, const char *prefix, size_t items, size_t each)
{
    *set = (struct source_set){.serves = SOURCE_SERVES_FRESH};
    for (size_t i = 0; i < items; i++) {
        struct text text = {0};
        for (size_t j = 0; j < each; j++)
            text_add_format(
                &text, "%s{\"name\": \"%s-%zu-%zu\", " IMAGE "}", j ? "," : "[", prefix, i, j);
        text_add(&text, "]");
        size_t length = text.length;
        memory_grow(&set->items, &set->capacity, set->count, sizeof(*set->items));
        set->items[set->count++] = (struct source_item){
            .key = memory_format("%s-%zu.json", prefix, i),
            .origin = memory_format("/%s-%zu.json", prefix, i),
            .revision = memory_string(""),
            .length = length,
            .bytes = text_steal(&text),
        };
    }
}

#define STATED 3 /* sources */

/* What comes of sources that state so many items of so many manifests. */
static void collect_stated(size_t items, size_t each, const struct source_options *like)
{
    struct source_options options[STATED];
    struct source_set stated[STATED];
    const struct sources sources = {.options = options, .count = STATED};
    config_init(&config);
    for (size_t i = 0; i < STATED; i++) {
        char name[] = {(char)('a' + i), '\0'};
        config_grant_all(config_add_source(&config, name, "k.conf:1"));
        options[i] = *like;
        options[i].name = config.sources[i].name;
        fill_set(&stated[i], name, items, each);
    }
    collect(&config, &sources, stated, &gathered);
    for (size_t i = 0; i < STATED; i++)
        source_set_finish(&stated[i]);
}

static const char *finding_of(const char *where)
{
    for (size_t i = 0; i < gathered.findings.count; i++)
        if (strcmp(gathered.findings.items[i].where, where) == 0)
            return gathered.findings.items[i].text;
    return "";
}

/* 12 arrays of 1,000 are 12,000, and two such sources leave nothing for the third. */
START_TEST(so_many_manifests_are_read_and_no_more)
{
    collect_stated(12, 1000, &(struct source_options){.plugin = "x", .deadline_ms = 600000});
    ck_assert_uint_eq(desired_set->count, 20000);
    ck_assert_ptr_nonnull(desired_find(desired_set, "a-9-999"));
    ck_assert_ptr_null(desired_find(desired_set, "a-10-0"));
    ck_assert_str_eq(finding_of("source b"),
        "found more than 10000 manifests in its set: what comes after that is not applied (11 of 12 items "
        "were read)");
    ck_assert_str_eq(finding_of("source c"),
        "found more than 20000 manifests in all sources: what comes after that is not applied (1 of 12 "
        "items were read)");
    ck_assert_uint_eq(gathered.findings.errors, 3);
    /* Those that are beyond hold their names. */
    ck_assert(!desired_set->sources[0].whole && !desired_set->sources[2].whole);
    ck_assert_str_eq(gathered.rejected[0].name, "a-10-0");
    ck_assert_str_eq(gathered.rejected[1000].key, "a-11.json");
}
END_TEST

START_TEST(a_source_has_its_own_time_to_be_read_in)
{
    collect_stated(2, 1, &(struct source_options){.plugin = "x", .deadline_ms = 0});
    ck_assert_uint_eq(desired_set->count, 0);
    ck_assert_uint_eq(gathered.rejected_count, 2 * STATED);
    ck_assert_str_eq(finding_of("source a"),
        "reading its manifests took longer than timeout (0 ms): what comes after that is not applied (0 of "
        "2 items were read)");
    ck_assert(!desired_set->sources[0].whole);
}
END_TEST

static size_t asked;

static bool is_cancelled(void *unused)
{
    (void)unused;
    return ++asked > 100;
}

/* A thousand manifests in a file, and a signal while it is read. */
START_TEST(a_signal_ends_the_reading)
{
    asked = 0;
    collect_stated(5, 1000,
        &(struct source_options){.plugin = "x", .deadline_ms = 600000, .cancelled = is_cancelled});
    ck_assert_uint_lt(desired_set->count, 100);
    ck_assert_uint_eq(gathered.findings.count, 0);
    for (size_t i = 0; i < STATED; i++)
        ck_assert(!desired_set->sources[i].whole);
}
END_TEST

/* 300 files of 100 mistakes each: 20,000 are kept, and the rest is not even worded. */
START_TEST(a_flood_of_mistakes_is_counted)
{
    struct source_options options = {.name = "a", .plugin = "x", .deadline_ms = 600000};
    struct sources sources = {.options = &options, .count = 1};
    struct source_set set = {.serves = SOURCE_SERVES_FRESH};
    config_init(&config);
    config_grant_all(config_add_source(&config, "a", "k.conf:1"));
    for (size_t i = 0; i < 300; i++) {
        struct text text = {0};
        text_add(&text, "{\"config\":{\"env\":[");
        for (size_t j = 0; j < 150; j++)
            text_add_format(&text, "%s\"1\"", j ? "," : "");
        text_add(&text, "]}}");
        size_t length = text.length;
        memory_grow(&set.items, &set.capacity, set.count, sizeof(*set.items));
        set.items[set.count++] = (struct source_item){.key = memory_format("%zu.json", i),
            .origin = memory_format("/%zu.json", i),
            .revision = memory_string(""),
            .length = length,
            .bytes = text_steal(&text)};
    }
    collect(&config, &sources, &set, &gathered);
    source_set_finish(&set);
    ck_assert_uint_eq(gathered.findings.count, FINDINGS_MAX);
    ck_assert_uint_eq(gathered.rejected_count, 300);
    ck_assert_str_eq(gathered.rejected[299].text,
        "image: image.name is empty, expected an image, as docker.io/library/influxdb:1.8.4");
    scoped_free char *more = memory_format("… and %d more", 151 - DIAGNOSTICS_MAX);
    ck_assert_str_eq(gathered.findings.items[DIAGNOSTICS_MAX].text, more);
}
END_TEST

START_TEST(a_folder_on_the_command_line_may_do_everything)
{
    write_file("1/a.json", REFUSED);
    scoped_free char *path = memory_format("%s/1", folder);
    char *arguments[] = {path, NULL};
    const struct config_override overrides[] = {{"plugin_dir", KD_BUILD_DIR "/plugins"}};
    struct configure_options options = {.folders = arguments,
        .folder_count = 1,
        .overrides = overrides,
        .override_count = countof(overrides)};
    struct error err = {0};
    ck_assert_msg(configure(&options, &config, &err) == 0, "%s", err.text);
    run();
    ck_assert_uint_eq(desired_set->count, 1);
    ck_assert(!desired_set->sources[0].prune);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gather");
    TCase *cases = tcase_create("gather");
    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, the_narrowest_word_holds);
    tcase_add_test(cases, what_a_source_may_remove_is_handed_on);
    tcase_add_test(cases, each_source_is_a_user_of_its_own);
    tcase_add_test(cases, a_call_that_was_stopped_is_told_of_a_source_that_failed);
    tcase_add_test(cases, what_this_machine_lacks_is_said_once);
    tcase_add_loop_test(cases, a_set_is_whole_or_removes_nothing, 0, countof(sets));
    tcase_add_loop_test(cases, what_is_not_applied_is_listed, 0, countof(rejections));
    tcase_add_test(cases, a_file_that_cannot_be_read_makes_no_whole_set);
    tcase_add_test(cases, a_folder_that_is_away_makes_no_whole_set);
    tcase_add_test(cases, a_claim_of_another_source_is_noted);
    tcase_add_loop_test(cases, a_name_that_is_contested_says_so, 0, countof(contests));
    tcase_add_test(cases, so_many_manifests_are_read_and_no_more);
    tcase_add_test(cases, a_source_has_its_own_time_to_be_read_in);
    tcase_add_test(cases, a_signal_ends_the_reading);
    tcase_add_test(cases, a_flood_of_mistakes_is_counted);
    tcase_add_test(cases, a_folder_on_the_command_line_may_do_everything);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
