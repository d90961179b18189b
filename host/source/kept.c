#include "source/kept.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "source/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char *file_path(const struct source_options *options)
{
    return memory_format("%s/%s.set", options->kept_folder, options->name);
}

static int by_key(const void *a, const void *b)
{
    return strcmp((*(const struct source_setting *const *)a)->key,
        (*(const struct source_setting *const *)b)->key);
}

static void hash_text(struct sha256 *context, const char *text)
{
    sha256_add(context, text, strlen(text) + 1);
}

static bool is_name(const char *name)
{
    return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

char *kept_how(const struct intake *intake)
{
    struct text names = {0};
    for (size_t i = 0; i < intake->described_count; i++) {
        const struct described_setting *setting = &intake->described[i];
        if ((setting->flags & KD_SETTING_HOW) && is_name(setting->name))
            text_add_format(&names, "%s%s", names.length ? " " : "", setting->name);
    }
    return text_steal(&names);
}

static bool is_how(const char *how, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = how; at && (at = strstr(at, name)); at += length)
        if ((at == how || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

/* The plugin's file name and all settings but those of `how`, in whatever order they were written.
 * Neither the folder that plugins lie in nor the plugin's version is part of it: both change with an
 * update. */
static void find_question(
    const struct source_options *options, const char *how, char question[KEPT_QUESTION_SIZE])
{
    size_t count = options->settings_count;
    scoped_free char *path = memory_string(options->plugin);
    scoped_free const struct source_setting **settings = memory_zeroed(count, sizeof(*settings));
    struct sha256 context;
    unsigned char digest[SHA256_SIZE];
    for (size_t i = 0; i < count; i++)
        settings[i] = &options->settings[i];
    qsort(settings, count, sizeof(*settings), by_key);
    sha256_begin(&context);
    hash_text(&context, basename(path));
    for (size_t i = 0; i < count; i++) {
        if (is_how(how, settings[i]->key))
            continue;
        hash_text(&context, settings[i]->key);
        hash_text(&context, settings[i]->value);
    }
    sha256_end(&context, digest);
    hex_print(digest, sizeof(digest), question);
}

/* What cannot be read is kept for whoever wants to know why. */
static int set_aside(const struct source_options *options, const char *path, struct error *err)
{
    scoped_free char *aside = memory_format("%s.bad", path);
    if (options->kept_write && rename(path, aside) == 0)
        return error_wrap(err, "its kept set is set aside as %s", aside);
    return error_wrap(err, "its kept set %s is not used", path);
}

int kept_load(const struct source_options *options, struct kept *ret_kept, struct error *err)
{
    char question[KEPT_QUESTION_SIZE], asked[KEPT_QUESTION_SIZE];
    scoped_free char *bytes = NULL;
    size_t length = 0;
    struct kept kept = {0};
    if (!options->kept_folder)
        return 0;
    scoped_free char *path = file_path(options);
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return 0;
    if (file_read(path, KEPT_BYTES_MAX, &bytes, &length, err) < 0)
        return error_wrap(err, "its kept set is not used");
    if (kept_read(bytes, length, &kept, question, err) < 0)
        return set_aside(options, path, err);
    find_question(options, kept.how, asked);
    if (strcmp(question, asked) != 0) {
        kept_finish(&kept);
        return error_set(err, ERROR_INVALID,
            "its kept set is not used: it was stated by another plugin or under other settings");
    }
    *ret_kept = kept;
    return 1;
}

void kept_finish(struct kept *kept)
{
    source_set_finish(&kept->set);
    free(kept->how);
    kept->how = NULL;
}

static bool is_fresh(const struct source_set *set, const char *how, const struct kept *former)
{
    scoped(text_finish) struct text now = {0}, then = {0};
    struct stamp stamp = stamp_now();
    if (!former || strcmp(former->how, how) != 0 || !stamp_same_boot(&former->stamp, &stamp) ||
        stamp.boottime_ms - former->stamp.boottime_ms >= KEPT_REFRESH_MS)
        return false;
    kept_write_set(set, &now);
    kept_write_set(&former->set, &then);
    return now.length == then.length && memcmp(text_get(&now), text_get(&then), now.length) == 0;
}

static int make_folder(const char *folder, struct error *err)
{
    scoped_free char *copy = memory_string(folder);
    const char *above = dirname(copy);
    if ((mkdir(above, 0700) < 0 && errno != EEXIST) || (mkdir(folder, 0700) < 0 && errno != EEXIST))
        return error_errno(err, errno, "%s", folder);
    return 0;
}

int kept_store(const struct source_options *options, const struct source_set *set, const char *how,
    const struct kept *former, struct error *err)
{
    char question[KEPT_QUESTION_SIZE];
    scoped(text_finish) struct text bytes = {0};
    if (is_fresh(set, how, former))
        return 0;
    scoped_free char *path = file_path(options);
    struct stamp stamp = stamp_now();
    find_question(options, how, question);
    kept_write(set, &stamp, question, how, &bytes);
    if (bytes.truncated)
        return error_set(err, ERROR_LIMIT, "its set is larger than %zu bytes", KEPT_BYTES_MAX);
    if (make_folder(options->kept_folder, err) < 0)
        return -1;
    /* Two passes at a time write one after the other: they share the temporary file's name. */
    scoped_fd int folder = open(options->kept_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || flock(folder, LOCK_EX) < 0)
        return error_errno(err, errno, "%s", options->kept_folder);
    return file_write_atomic(path, text_get(&bytes), bytes.length, 0600, err);
}

void kept_serve(struct kept *kept, struct source_set *set)
{
    struct source_set *from = &kept->set;
    source_set_drop(set);
    for (size_t i = 0; i < from->count; i++) {
        memory_grow(&set->items, &set->capacity, set->count, sizeof(*set->items));
        set->items[set->count++] = from->items[i];
    }
    for (size_t i = 0; i < from->fault_count; i++) {
        memory_grow(&set->faults, &set->fault_capacity, set->fault_count, sizeof(*set->faults));
        set->faults[set->fault_count++] = from->faults[i];
    }
    from->count = from->fault_count = 0;
    set->serves = SOURCE_SERVES_UNCHANGED;
    if (set->result == SOURCE_UNCHANGED)
        return;
    struct stamp now = stamp_now();
    struct text age = {0};
    stamp_print_age(&age, &kept->stamp, &now);
    set->serves = SOURCE_SERVES_KEPT;
    set->age = text_steal(&age);
}
