/* An error is not emptiness: what cannot be read must not look like a set that grew smaller, for on
 * such a set's word containers may be removed. */
#include "probe/life.h"
#include "probe/probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define ERROR_CHECK "behaviour.error"

static void check(
    const char *how, int32_t result, const struct record *got, const struct record *plain)
{
    if (result == KD_COMPLETE && got->errors == 0 && got->digest != plain->digest)
        found(FOUND_FAILED, ERROR_CHECK,
            "%s: found KD_COMPLETE with %zu items and no error, expected KD_RETRY, KD_FATAL, an "
            "error for what is missing, or all %zu",
            how, got->items, plain->items);
    else if (result == KD_UNCHANGED)
        found(FOUND_FAILED, ERROR_CHECK, "%s: found KD_UNCHANGED", how);
}

/* No further descriptor can be opened from now on; returns what was allowed before. */
static struct rlimit starve(void)
{
    struct rlimit former, none;
    int lowest = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    getrlimit(RLIMIT_NOFILE, &former);
    none = former;
    if (lowest >= 0) {
        close(lowest);
        none.rlim_cur = (rlim_t)lowest;
    }
    setrlimit(RLIMIT_NOFILE, &none);
    return former;
}

static void without_descriptors(const struct kd_source *source, const struct job *job,
    bool from_init, const struct record *plain)
{
    static const char *const words[] = {
        "with no descriptor to be had in reconcile", "with no descriptor to be had"};
    struct life life;
    struct rlimit former = {0};
    trying("%s", words[from_init]);
    life_begin(&life, source, job->settings, job->count, LIFE_PLAIN);
    if (from_init)
        former = starve();
    int32_t result = life_init(&life);
    if (result == KD_OK) {
        if (!from_init)
            former = starve();
        result = life_reconcile(&life, NULL, NULL, 0);
        check(words[from_init], result, &life.record, plain);
        life_shutdown(&life);
    }
    if (former.rlim_max)
        setrlimit(RLIMIT_NOFILE, &former);
    life_end(&life);
}

/* A setting of type path that leads nowhere. */
static void without_path(const struct kd_source *source, const struct job *job, uint32_t index,
    const struct record *plain)
{
    struct kd_setting settings[KD_SETTINGS_MAX];
    struct life life;
    char how[300];
    memcpy(settings, job->settings, sizeof(settings));
    settings[index].text = "/nonexistent/of/plugin-check";
    snprintf(how, sizeof(how), "%.200s = %s", settings[index].name, settings[index].text);
    trying("%s", how);
    life_begin(&life, source, settings, job->count, LIFE_PLAIN);
    if (life_init(&life) == KD_OK) {
        int32_t result = life_reconcile(&life, NULL, NULL, 0);
        check(how, result, &life.record, plain);
        life_shutdown(&life);
    }
    life_end(&life);
}

void probe_error(const struct kd_source *source, const struct job *job)
{
    struct record plain;
    life_once(source, job, &plain);
    if (plain.items == 0) {
        found(FOUND_SKIPPED, ERROR_CHECK, "the set is empty with these settings");
        return;
    }
    for (uint32_t i = 0; i < job->count; i++)
        if (job->settings[i].type == KD_TYPE_PATH)
            without_path(source, job, i, &plain);
    without_descriptors(source, job, false, &plain);
    without_descriptors(source, job, true, &plain);
    found(FOUND_OK, ERROR_CHECK, "reported, or not needed");
}
