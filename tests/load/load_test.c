/* Much at once: many manifests, large ones, edits without end, a slow kanto-cm, a large List, a source that is never the
 * same twice. Each pass comes to its end and its memory stays within what the bytes explain. In the long form
 * (KD_LONG=1 in the environment) with the numbers that docs/reliability.md names, else with a tenth. Figures are
 * printed. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "suite.h"
#include "trial.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEGABYTE ((size_t)1 << 20)

static bool is_long(void)
{
    return getenv("KD_LONG") != NULL;
}

static int scaled(int whole)
{
    return is_long() ? whole : whole / 10;
}

/* Of the largest process that ended so far. */
static size_t peak_bytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (size_t)usage.ru_maxrss * 1024;
}

#ifdef __SANITIZE_ADDRESS__
#define MEMORY_FACTOR 8 /* red zones, and what is freed stays for a while */
#else
#define MEMORY_FACTOR 1
#endif

static void expect_peak(const char *what, size_t limit)
{
    printf("%s: at most %zu MB\n", what, peak_bytes() / MEGABYTE);
    ck_assert_msg(peak_bytes() <= limit * MEMORY_FACTOR, "%s: %zu bytes, expected at most %zu",
        what, peak_bytes(), limit);
}

/* Two passes: all are deployed, then nothing is done, by one List. */
static void expect_two_passes(int count, size_t limit)
{
    scoped_free char *deployed = memory_format("%d deployed", count);
    scoped_free char *kept = memory_format("%d kept", count);
    trial.patience_ms = 600000;
    TRIAL_APPLY(0);
    trial_expect_told(deployed);
    harness_forget_calls(&trial);
    TRIAL_APPLY(0);
    trial_expect_told(kept);
    trial_expect_calls("List", 1);
    trial_expect_calls("Create", 0);
    expect_peak(deployed, limit);
}

START_TEST(many_manifests)
{
    int count = scaled(5000);
    if (!trial_begin("load-many", NULL))
        return;
    harness_write_many(&trial, "c", "localhost:5000/app:1", count);
    expect_two_passes(count, 200 * MEGABYTE);
    trial_end();
}
END_TEST

/* NAME.json with an environment of about that many bytes. */
static void write_large(const char *name, size_t length)
{
    scoped_free char *filler = memory_zeroed(length / 8 + 1, 1);
    scoped_text struct text members = {0};
    memset(filler, 'x', length / 8);
    text_add(&members, ", \"config\": {\"env\": [");
    for (int i = 0; i < 8; i++)
        text_add_format(&members, "%s\"E%d=%s\"", i ? "," : "", i, filler);
    text_add(&members, "]}");
    trial_put("manifests", name, "app:1", text_get(&members));
}

START_TEST(large_manifests)
{
    int count = scaled(50);
    if (!trial_begin("load-large", NULL))
        return;
    for (int i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof(name), "c%d", i);
        write_large(name, MEGABYTE - 4096);
    }
    expect_two_passes(count, (size_t)(16 + 12 * count) * MEGABYTE);
    trial_end();
}
END_TEST

/* A writer edits ten manifests over and over, whole files by rename and half ones in place. */
static pid_t edit_without_end(int count)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return pid;
    for (int i = 0; i < count; i++) {
        char name[16], draft[64];
        snprintf(name, sizeof(name), "c%d", i % 10);
        snprintf(draft, sizeof(draft), ", \"config\": {\"env\": [\"N=%d\"]}", i);
        if (i % 3 == 0)
            trial_write_text("manifests", "c3.json", "{\"name\": \"c3\", \"image\"");
        trial_put("manifests", name, "app:1", draft);
        usleep(6000); /* 10,000 a minute */
    }
    for (int i = 0; i < 10; i++) {
        char name[16];
        snprintf(name, sizeof(name), "c%d", i);
        trial_put("manifests", name, "app:2", "");
    }
    _exit(0);
}

START_TEST(edits_without_end)
{
    int passes = 0;
    if (!trial_begin("load-edits", NULL))
        return;
    pid_t writer = edit_without_end(scaled(10000));
    while (waitpid(writer, NULL, WNOHANG) == 0) {
        int code = trial_run("apply", NULL);
        ck_assert_msg(code == 0 || code == 1, "exit status %d\n%s", code, trial_output());
        passes++;
    }
    printf("%d edits: %d passes beside them\n", scaled(10000), passes);
    ck_assert_int_gt(passes, 0);
    TRIAL_APPLY(0);
    TRIAL_PLAN(0);
    for (int i = 0; i < 10; i++) {
        char name[16];
        snprintf(name, sizeof(name), "c%d", i);
        trial_expect_runs(name, "app:2");
    }
    expect_peak("edits", 60 * MEGABYTE);
    trial_end();
}
END_TEST

/* Nothing is cut, nothing is done twice, and the end is the same as with quick answers. */
START_TEST(answers_that_take_long)
{
    if (!trial_begin("load-slow", NULL))
        return;
    const char *const methods[] = {"List", "Create", "Start", "Get", "Stop", "Update", "Remove"};
    trial.patience_ms = 600000;
    for (int i = 0; i < 8; i++) {
        char name[16];
        snprintf(name, sizeof(name), "c%d", i);
        trial_put("manifests", name, "app:1", "");
    }
    for (size_t i = 0; i < countof(methods); i++)
        harness_tell(&trial, "latency %s=%d", methods[i], is_long() ? 30000 : 500);
    TRIAL_APPLY(0, "--parallel", "8");
    trial_expect_told("8 deployed");
    trial_put("manifests", "c0", "app:2", "");
    TRIAL_APPLY(0);
    trial_expect_told("1 replaced");
    trial_expect_calls("Create", 9);
    harness_tell(&trial, "no-faults");
    trial_expect_runs("c0", "app:2");
    trial_end();
}
END_TEST

static void fill_daemon(int count, size_t length)
{
    scoped_free char *value = memory_zeroed(length + 3, 1);
    char *env[] = {value};
    memset(value, 'x', length + 2);
    memcpy(value, "E=", 2);
    for (int i = 0; i < count; i++) {
        char id[24];
        Kanto__Image image = KANTO__IMAGE__INIT;
        Kanto__ContainerConfiguration config = KANTO__CONTAINER_CONFIGURATION__INIT;
        Kanto__Container container = KANTO__CONTAINER__INIT;
        snprintf(id, sizeof(id), "foreign%d", i);
        image.name = (char *)"localhost:5000/sleeper:1";
        config.n_env = 1;
        config.env = env;
        container.id = container.name = id;
        container.image = &image;
        container.config = &config;
        struct kanto_request request = {.method = KANTO_CREATE, .container = &container};
        struct kanto_answer answer = harness_call(&trial, &request);
        ck_assert_int_eq(answer.outcome, KANTO_OK);
        kanto_answer_finish(&answer);
    }
}

START_TEST(a_large_list)
{
    int count = scaled(5000);
    if (!trial_begin("load-list", NULL))
        return;
    fill_daemon(count, 20 * 1024); /* 100 MB */
    harness_write_many(&trial, "c", "localhost:5000/app:1", 10);
    /* Twice as gRPC's slices and in one piece, twice unpacked, and what the heap does not give back. */
    expect_two_passes(10, 40 * MEGABYTE + (size_t)count * 20 * 1024 * 8);
    trial_end();
}
END_TEST

static int64_t bytes_below(const char *folder)
{
    DIR *stream = opendir(folder);
    int64_t sum = 0;
    for (struct dirent *entry; stream && (entry = readdir(stream));) {
        struct stat facts;
        scoped_free char *path = memory_format("%s/%s", folder, entry->d_name);
        if (entry->d_name[0] == '.' || lstat(path, &facts) < 0)
            continue;
        sum += S_ISDIR(facts.st_mode) ? bytes_below(path) : facts.st_size;
    }
    if (stream)
        closedir(stream);
    return sum;
}

/* Whatever it is asked, it says something else. The state folder does not grow by that. */
START_TEST(a_source_that_always_changes)
{
    int passes = scaled(500);
    int64_t early = 0;
    if (!trial_begin("load-restless", NULL))
        return;
    for (int i = 0; i < passes; i++) {
        char members[64];
        snprintf(members, sizeof(members), ", \"config\": {\"env\": [\"N=%d\"]}", i);
        trial_put("manifests", "web", i % 2 ? "app:1" : "app:2", members);
        TRIAL_APPLY(0);
        trial_expect_count("web", 1);
        if (i == passes / 5)
            early = bytes_below(trial.state);
    }
    int64_t late = bytes_below(trial.state);
    printf("%d replacements: state folder %d, then %d bytes\n", passes, (int)early, (int)late);
    /* Ids that were used are remembered: the newest 1,000. */
    ck_assert_int_le(late, early + 200 * (passes - passes / 5));
    TRIAL_PLAN(0);
    trial_end();
}
END_TEST

/* CK_RUN_CASE=NAME in the environment runs one of them. */
static void add(Suite *suite, const char *name, const TTest *test)
{
    TCase *cases = tcase_create(name);
    tcase_set_timeout(cases, is_long() ? 1800 : 280);
    tcase_add_test(cases, test);
    suite_add_tcase(suite, cases);
}

int main(void)
{
    Suite *suite = suite_create("load");
    add(suite, "many", many_manifests);
    add(suite, "large", large_manifests);
    add(suite, "edits", edits_without_end);
    add(suite, "slow", answers_that_take_long);
    add(suite, "list", a_large_list);
    add(suite, "restless", a_source_that_always_changes);
    return suite_run(suite);
}
