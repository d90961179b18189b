/* Logs: a folder in which kanto-cm writes, and what it keeps in memory. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "base/path.h"
#include "model/reach.h"
#include "model/trial.h"

#define LOGS "host_config.log_config."

/* Whether a container of the source could reach it, or reaches what is below it. */
static bool is_in_mounts(struct trial *trial, const char *real)
{
    const struct permit_list *mounts = &trial->permit->mounts;
    if (mounts->all || reached_holds(mounts, real, &trial->mounts))
        return !mounts->all;
    for (size_t i = 0; i < mounts->count; i++) {
        const char *mount = reached_item(mounts, i, &trial->mounts);
        if (mount && path_is_below(mount, real))
            return true;
    }
    return false;
}

/* kanto-cm makes files there as root, through whatever links it finds. */
static void check_root_dir(struct trial *trial, const char *root_dir)
{
    struct demand demand = {
        LOGS "driver_config.root_dir", 0, "allow_logs", &trial->permit->logs, &trial->logs};
    if (checker_empty(root_dir) || demand.list->all)
        return;
    scoped_free char *real = reach_resolve(root_dir);
    if (real && is_in_mounts(trial, real))
        checker_report(&trial->checker, SEVERITY_ERROR, demand.path, 0, NULL,
            "found \"%s\", expected a folder that allow_mounts of %s does not reach: a container "
            "could put a link there, and kanto-cm would write to any file of the host",
            root_dir, trial->permit->section);
    else
        trial_check_path(trial, &demand, root_dir);
}

void permit_check_logs(struct trial *trial, const Kanto__LogConfiguration *log)
{
    const Kanto__LogModeConfiguration *mode = log->mode_config;
    double bytes = 0;
    if (log->driver_config)
        check_root_dir(trial, log->driver_config->root_dir);
    if (trial->permit->logs.all || !mode || !checker_is(mode->mode, "non-blocking") ||
        checker_empty(mode->max_buffer_size) || !checker_size(mode->max_buffer_size, &bytes) ||
        bytes <= PERMIT_BUFFER_MAX)
        return;
    scoped_free char *found =
        memory_format("\"%s\", more than 16M of kanto-cm's own memory", mode->max_buffer_size);
    trial_refuse_flag(trial, LOGS "mode_config.max_buffer_size", 0, "allow_logs", found);
}
