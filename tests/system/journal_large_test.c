/* Many large containers are replaced at once: what is written down of the old ones can be read back,
 * however much it is. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/container.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT        10
#define VALUE_BYTES  100000
#define VALUES       10 /* 1 MB each, the most that a source takes, and twice in the journal */
#define READABLE_MAX (16 << 20)

static void put(int number, const char *image)
{
    scoped_text struct text text = {0};
    scoped_free char *name = memory_format("large%d", number);
    scoped_free char *value = memory_zeroed(VALUE_BYTES + 1, 1);
    memset(value, 'x', VALUE_BYTES);
    text_add(&text, ", \"config\": {\"env\": [");
    for (int i = 0; i < VALUES; i++)
        text_add_format(&text, "%s\"V%d=", i ? ", " : "", i), text_add(&text, value),
            text_add(&text, "\"");
    text_add(&text, "]}");
    trial_put("manifests", name, image, text_get(&text));
}

static void expect_readable(void)
{
    struct stat info;
    scoped_free char *journal = memory_format("%s/journal.json", trial.state);
    scoped_free char *bad = memory_format("%s/journal.json.bad", trial.state);
    ck_assert_int_eq(stat(journal, &info), 0);
    ck_assert_msg(
        info.st_size <= READABLE_MAX, "the journal has %lld bytes", (long long)info.st_size);
    ck_assert_int_ne(access(bad, F_OK), 0);
}

/* All of them are in their soak, or the first one has gone through it. */
static const char *const ends[] = {"Get#1=kill-before", "Remove#1=kill-after"};

START_TEST(a_replacement_of_many_large_ones_can_be_gone_on_with)
{
    if (!trial_begin("large", NULL))
        return;
    trial.soak = "2s";
    for (int i = 0; i < COUNT; i++)
        put(i, "app:1");
    TRIAL_APPLY(0, "--parallel", "32", "--soak", "0s");
    for (int i = 0; i < COUNT; i++)
        put(i, "app:2");
    harness_tell(&trial, "fault %s", ends[_i]);
    ck_assert_int_eq(trial_run("apply", "--parallel", "32", NULL), -SIGKILL);
    trial_well();
    expect_readable();
    trial.soak = "100ms";
    TRIAL_APPLY(0, "--parallel", "32");
    expect_readable();
    for (int i = 0; i < COUNT; i++) {
        scoped_free char *name = memory_format("large%d", i);
        trial_expect_runs(name, "app:2");
    }
    trial_end();
}
END_TEST

void add_journal_large_tests(TCase *cases)
{
    tcase_add_loop_test(
        cases, a_replacement_of_many_large_ones_can_be_gone_on_with, 0, countof(ends));
}
