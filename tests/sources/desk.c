#include "desk.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct desk desk;

void desk_setup(void)
{
    desk = (struct desk){.folder = "/tmp/kd-desk-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(desk.folder));
    snprintf(desk.path, sizeof(desk.path), "%s/bundle", desk.folder);
    snprintf(desk.kept, sizeof(desk.kept), "%s/kept", desk.folder);
}

void desk_teardown(void)
{
    source_set_finish(&desk.set);
    scoped_free char *command = memory_format("rm -rf %s", desk.folder);
    ck_assert_int_eq(system(command), 0);
}

const char *desk_path(const char *name)
{
    static char paths[4][128];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", desk.folder, name);
    return path;
}

void desk_write(struct tape *tape)
{
    tape_write(tape, desk.path);
    tape_finish(tape);
}

void desk_run(const char *const *pairs)
{
    struct source_setting settings[DESK_PAIRS] = {
        {.key = "path", .value = desk.path, .where = "conf:1"}};
    size_t count = 1;
    for (; pairs && pairs[0]; pairs += 2) {
        ck_assert_uint_lt(count, DESK_PAIRS);
        settings[count++] =
            (struct source_setting){.key = pairs[0], .value = pairs[1], .where = "conf:2"};
    }
    struct source_options options = {
        .name = "b",
        .plugin = KD_BUILD_DIR "/plugins/tarball.so",
        .user = "root",
        .settings = settings,
        .settings_count = count,
        .deadline_ms = 60000,
        .loader = KD_BUILD_DIR "/kanto-deployer-loader",
        .kept_folder = desk.keeps ? desk.kept : NULL,
        .kept_write = desk.keeps,
    };
    source_set_finish(&desk.set);
    source_reconcile_all(&options, 1, &desk.set);
}

void desk_expect_keys(const char *expected)
{
    scoped_free char *keys = memory_string("");
    for (size_t i = 0; i < desk.set.count; i++) {
        char *longer = memory_format("%s%s%s", keys, i ? " " : "", desk.set.items[i].key);
        free(keys);
        keys = longer;
    }
    ck_assert_msg(desk.set.result == SOURCE_COMPLETE, "result %d: %s", desk.set.result,
        desk.set.reason ? desk.set.reason : "no reason");
    ck_assert_str_eq(keys, expected);
}

void desk_expect_refused(enum source_result result, const char *part)
{
    const char *reason = desk.set.reason ? desk.set.reason : "none";
    ck_assert_msg(desk.set.result == result && strstr(reason, part),
        "found result %d, reason \"%s\"; expected %d, \"%s\"", desk.set.result, reason, result,
        part);
    ck_assert_msg(
        desk.keeps || desk.set.count == 0, "%zu items were stated all the same", desk.set.count);
}

bool desk_noted(enum severity severity, const char *part)
{
    for (size_t i = 0; i < desk.set.note_count; i++)
        if (desk.set.notes[i].severity == severity && strstr(desk.set.notes[i].text, part))
            return true;
    return false;
}
