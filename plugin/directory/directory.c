/* The source that reads a folder of manifests: NAME.json, in natural order (a2 before a10). */
#include "source.h"
#include "watch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

KD_SOURCE_NOTE;

void say(const struct source *source, uint32_t level, const char *format, ...)
{
    char text[KD_TEXT_MAX + 1];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    source->host->log(source->host->ctx, level, text);
}

#define ROW(kind, flag, key, otherwise, words)                                                     \
    {                                                                                              \
        .size = sizeof(struct kd_setting_info), .type = (kind), .flags = (flag), .name = (key),    \
        .fallback = (otherwise), .help = (words)                                                   \
    }

static const struct kd_setting_info settings_table[] = {
    ROW(KD_TYPE_PATH, KD_SETTING_REQUIRED, "path", NULL, "the folder"),
    ROW(KD_TYPE_BOOLEAN, 0, "recursive", "no", "folders below it too"),
    ROW(KD_TYPE_STRING, 0, "symlinks", "follow",
        "follow, inside (only those that stay in the folder), refuse; of folders too"),
    ROW(KD_TYPE_SIZE, 0, "max_bytes", "1M", "largest manifest, at most 1M"),
    ROW(KD_TYPE_DURATION, KD_SETTING_HOW, "poll", "0",
        "read it again so often too, for changes that inotify does not see"),
};

static int32_t take_setting(struct source *source, const struct kd_setting *setting)
{
    static const char *const symlinks[] = {"follow", "inside", "refuse"};
    if (strcmp(setting->name, "path") == 0) {
        /* cut short it would be another folder */
        if (snprintf(source->path, sizeof(source->path), "%s", setting->text) >=
            (int)sizeof(source->path)) {
            say(source, KD_LOG_ERROR, "path: found %zu bytes, expected at most %zu",
                strlen(setting->text), sizeof(source->path) - 1);
            return KD_FATAL;
        }
    } else if (strcmp(setting->name, "recursive") == 0) {
        source->recursive = setting->number != 0;
    } else if (strcmp(setting->name, "max_bytes") == 0) {
        source->max_bytes = (uint64_t)setting->number < KD_ITEM_BYTES_MAX
                                ? (uint64_t)setting->number
                                : KD_ITEM_BYTES_MAX;
    } else if (strcmp(setting->name, "poll") == 0) {
        source->poll_ms = (uint64_t)setting->number;
    } else if (strcmp(setting->name, "symlinks") == 0) {
        for (int i = 0; i < 3; i++) {
            if (strcmp(setting->text, symlinks[i]) != 0)
                continue;
            source->symlinks = (enum symlinks)i;
            return KD_OK;
        }
        say(source, KD_LOG_ERROR, "symlinks: found \"%.100s\", expected follow, inside or refuse",
            setting->text);
        return KD_FATAL;
    }
    return KD_OK;
}

static int32_t init(
    const struct kd_host *host, const struct kd_setting *settings, uint32_t count, void **state)
{
    struct source *source = calloc(1, sizeof(*source));
    if (!source)
        return KD_RETRY;
    source->host = host;
    for (uint32_t i = 0; i < count; i++) {
        if (take_setting(source, &settings[i]) == KD_OK)
            continue;
        free(source);
        return KD_FATAL;
    }
    if (host->flags & KD_HOST_STAYS)
        source->watch = watch_start(source);
    *state = source;
    return KD_OK;
}

static void ask_again(const struct source *source, struct kd_out *out)
{
    bool blind = (source->host->flags & KD_HOST_STAYS) &&
                 (source->broken || source->failed || !watch_sees(source->watch));
    uint64_t next = source->poll_ms;
    if (blind && (!next || next > WATCH_BLIND_MS))
        next = WATCH_BLIND_MS;
    if (next)
        out->next_ms(out->ctx, next);
}

static int32_t reconcile(void *state, const struct kd_have *have, struct kd_out *out)
{
    (void)have;
    int32_t result = walk(state, out);
    ask_again(state, out);
    return result;
}

static void shutdown(void *state)
{
    struct source *source = state;
    watch_stop(source->watch);
    free(source);
}

static const struct kd_source source_table = {
    .size = sizeof(source_table),
    .flags = KD_FLAG_RESIDENT,
    .id = "directory",
    .version = "1",
    .description = "a folder of manifests, one or more in each file NAME.json",
    .settings = settings_table,
    .settings_count = sizeof(settings_table) / sizeof(settings_table[0]),
    .init = init,
    .reconcile = reconcile,
    .shutdown = shutdown,
};

const struct kd_source *kd_source_v1(void)
{
    return &source_table;
}
