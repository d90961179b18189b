#include "model/trial.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "model/reach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void trial_refuse(
    const struct trial *trial, const struct demand *demand, const char *found, const char *grant)
{
    checker_report(&trial->checker, SEVERITY_ERROR, demand->path, demand->index, NULL,
        "found %s; %s = %s in %s would allow it", found, demand->key, grant,
        trial->permit->section);
}

void trial_refuse_flag(
    const struct trial *trial, const char *path, size_t index, const char *key, const char *found)
{
    struct demand demand = {.path = path, .index = index, .key = key};
    trial_refuse(trial, &demand, found, "yes");
}

/* The list as it is, and one more: the line to write. */
void trial_refuse_item(
    const struct trial *trial, const struct demand *demand, const char *found, const char *item)
{
    scoped_text struct text grant = {.max = 800}; /* a line of the configuration has its bound */
    for (size_t i = 0; i < demand->list->count; i++)
        text_add_format(&grant, "%s ", demand->list->items[i]);
    text_add(&grant, item);
    trial_refuse(trial, demand, found, text_get(&grant));
}

static bool is_below_one(const struct permit_list *list, const char *path)
{
    for (size_t i = 0; i < list->count; i++)
        if (path_is_below(path, list->items[i]))
            return true;
    return false;
}

const char *reached_item(const struct permit_list *list, size_t i, struct reached *reached)
{
    if (!reached->items)
        reached->items = memory_zeroed(list->count, sizeof(*reached->items));
    reached->count = list->count;
    if (!reached->items[i])
        reached->items[i] = reach_resolve(list->items[i]);
    return reached->items[i];
}

bool reached_holds(const struct permit_list *list, const char *real, struct reached *reached)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *folder = reached_item(list, i, reached);
        if (folder && path_is_below(real, folder))
            return true;
    }
    return false;
}

static void reached_finish(struct reached *reached)
{
    for (size_t i = 0; i < reached->count; i++)
        free(reached->items[i]);
    free(reached->items);
}

static void refuse_path(const struct trial *trial, const struct demand *demand, const char *path)
{
    bool can_be_listed = path_is_plain(path) && !strpbrk(path, " \t\r\n:");
    scoped_free char *found = memory_format(
        "\"%s\"%s", path, path_is_plain(path) ? "" : ", which is no absolute path without \"..\"");
    if (can_be_listed)
        trial_refuse_item(trial, demand, found, path);
    else
        trial_refuse(trial, demand, found, "yes");
}

static void refuse_end(
    const struct trial *trial, const struct demand *demand, const char *path, const char *real)
{
    scoped_free char *found =
        real ? memory_format("\"%s\", which leads to \"%s\"", path, real)
             : memory_format(
                   "\"%s\", of which nobody can tell where it leads (%s)", path, strerror(errno));
    if (real && !strpbrk(real, " \t\r\n:"))
        trial_refuse_item(trial, demand, found, real);
    else
        trial_refuse(trial, demand, found, "yes");
}

bool trial_check_path(const struct trial *trial, const struct demand *demand, const char *path)
{
    if (checker_empty(path) || demand->list->all)
        return true;
    if (!is_below_one(demand->list, path)) {
        refuse_path(trial, demand, path);
        return false;
    }
    scoped_free char *real = reach_resolve(path);
    if (real && reached_holds(demand->list, real, demand->reached))
        return true;
    refuse_end(trial, demand, path, real);
    return false;
}

void trial_finish(struct trial *trial)
{
    reached_finish(&trial->mounts);
    reached_finish(&trial->devices);
    reached_finish(&trial->logs);
    reached_finish(&trial->decrypt);
}
