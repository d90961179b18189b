#include "source/reach.h"

#include <string.h>
#include <sys/stat.h>

/* Longer than the kernel takes one, it is none. Types are known only when the plugin has described itself, which is too late. A value that begins
 * with a slash is what a person wrote of a path; a fallback is the plugin's word, and names nothing. */
static bool is_path(const struct source_setting *setting)
{
    return setting->value[0] == '/' && strlen(setting->value) <= FRAME_PATH_MAX;
}

static size_t count_paths(const struct source_options *options)
{
    size_t count = options->readable_count;
    for (size_t i = 0; i < options->settings_count; i++)
        count += is_path(&options->settings[i]);
    return count < FRAME_PATHS_MAX ? count : FRAME_PATHS_MAX;
}

/* The next path, settings first; NULL behind the last. */
static const char *next_path(const struct source_options *options, size_t *at)
{
    while (*at < options->settings_count) {
        const struct source_setting *setting = &options->settings[(*at)++];
        if (is_path(setting))
            return setting->value;
    }
    size_t i = (*at)++ - options->settings_count;
    return i < options->readable_count ? options->readable[i] : NULL;
}

void reach_put(struct frame_out *out, const struct source_options *options)
{
    size_t count = count_paths(options), at = 0;
    frame_put_number(out, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        frame_put_text(out, next_path(options, &at));
}

uint64_t reach_identity(const struct source_options *options)
{
    uint64_t sum = 0;
    size_t at = 0;
    for (const char *path; (path = next_path(options, &at));) {
        struct stat info = {0};
        if (stat(path, &info) < 0)
            info = (struct stat){0};
        sum = (sum * 1000003 + (uint64_t)info.st_dev) * 1000003 + (uint64_t)info.st_ino;
    }
    return sum;
}
