/* watch_driver LOADER PLUGIN FOLDER: watches the folder as a host that stays; adds a manifest when
 * it has stated its set, and ends well when that one is stated too. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "source/watch.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_MS INT64_C(600000) /* of a time that passes fast */

static int add(const char *folder, const char *name)
{
    static const char text[] = "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}\n";
    scoped_free char *path = memory_format("%s/%s", folder, name);
    return file_write_atomic(path, text, sizeof(text) - 1, 0600, NULL);
}

/* Whether it states so many items before the time is over. */
static bool wait_for(struct source_watch *watch, size_t count, int64_t until)
{
    for (int64_t now; (now = clock_now_ms()) < until;) {
        struct source_set set = {0};
        size_t which = 0;
        if (source_watch_next(watch, until - now, &which, &set) <= 0)
            continue;
        bool seen = set.result == SOURCE_COMPLETE && set.count == count;
        printf("%zu items, %zu faults%s%s\n", set.count, set.fault_count, set.reason ? ": " : "",
            set.reason ? set.reason : "");
        source_set_finish(&set);
        if (seen)
            return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 64;
    const struct passwd *me = getpwuid(geteuid());
    struct source_setting settings[] = {{.key = "path", .value = argv[3], .where = "watch_driver"}};
    struct source_options options = {.name = "watched",
        .loader = argv[1],
        .plugin = argv[2],
        .user = me ? me->pw_name : NULL,
        .settings = settings,
        .settings_count = countof(settings),
        .deadline_ms = 60000};
    int64_t until = clock_now_ms() + MOST_MS;
    struct source_watch *watch = source_watch_start(&options, 1);
    bool seen = add(argv[3], "one.json") == 0 && wait_for(watch, 1, until) &&
                add(argv[3], "two.json") == 0 && wait_for(watch, 2, until);
    source_watch_end(watch);
    return seen ? EXIT_SUCCESS : EXIT_FAILURE;
}
