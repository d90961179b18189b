/* A plugin that does what a file says, so that one and the same source can work now and fail later.
 * The file: "MOOD REVISION NEXT_MS KEY…", where MOOD is complete, unchanged, error (complete, with
 * an error item), retry, fatal, crash, hang, wait (until it is cancelled, which makes a file
 * PATH.ended) or storm (complete, and says changed() many times), and REVISION "-" is none. It
 * tells the host, at level info, what it got as `have`. MOODY_RESIDENT: it lives on. */
#include <kanto-deployer/source.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

KD_SOURCE_NOTE;

#define WORD 64

struct moody {
    const struct kd_host *host;
    char path[1024];
};

static int32_t init(
    const struct kd_host *host, const struct kd_setting *settings, uint32_t count, void **state)
{
    struct moody *moody = calloc(1, sizeof(*moody));
    if (!moody)
        return KD_RETRY;
    moody->host = host;
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(settings[i].name, "path") == 0)
            snprintf(moody->path, sizeof(moody->path), "%s", settings[i].text);
    *state = moody;
    return KD_OK;
}

static int32_t put(struct kd_out *out, const char *key)
{
    static const char bytes[] = "{\"image\": {\"name\": \"localhost:5000/sleeper:1\"}}";
    struct kd_item item = {.size = sizeof(item),
        .key = key,
        .origin = "moody",
        .revision = "1",
        .bytes = bytes,
        .length = sizeof(bytes) - 1};
    return out->put(out->ctx, &item);
}

static int32_t state_all(FILE *file, const char *mood, const char *revision, struct kd_out *out)
{
    char key[WORD];
    int32_t refused = 0;
    while (!refused && fscanf(file, "%63s", key) == 1)
        refused = put(out, key);
    if (*revision != '-') {
        out->revision(out->ctx, revision);
        out->memo(out->ctx, revision, (uint32_t)strlen(revision));
    }
    if (strcmp(mood, "error") == 0)
        out->error(out->ctx, "bad.json", "/moody/bad.json", "Input/output error");
    return refused ? KD_FATAL : KD_COMPLETE;
}

static int32_t wait_for_end(const struct moody *moody)
{
    char path[1100];
    while (!moody->host->cancelled(moody->host->ctx))
        usleep(1000);
    snprintf(path, sizeof(path), "%s.ended", moody->path);
    FILE *file = fopen(path, "we");
    if (file)
        fclose(file);
    return KD_RETRY;
}

static int32_t follow(const struct moody *moody, FILE *file, const char *mood, const char *revision,
    struct kd_out *out)
{
    if (strcmp(mood, "crash") == 0)
        abort();
    while (strcmp(mood, "hang") == 0)
        pause();
    if (strcmp(mood, "wait") == 0)
        return wait_for_end(moody);
    for (int i = 0; strcmp(mood, "storm") == 0 && i < 100000; i++)
        moody->host->changed(moody->host->ctx);
    if (strcmp(mood, "unchanged") == 0)
        return KD_UNCHANGED;
    if (strcmp(mood, "retry") == 0)
        return KD_RETRY;
    if (strcmp(mood, "fatal") == 0)
        return KD_FATAL;
    return state_all(file, mood, revision, out);
}

static int32_t reconcile(void *state, const struct kd_have *have, struct kd_out *out)
{
    struct moody *moody = state;
    char mood[WORD] = "retry", revision[WORD] = "-", text[256];
    unsigned long next = 0;
    snprintf(text, sizeof(text), "have \"%s\" \"%.*s\"", have->revision, (int)have->memo_size,
        (const char *)have->memo);
    moody->host->log(moody->host->ctx, KD_LOG_INFO, text);
    FILE *file = fopen(moody->path, "re");
    if (!file || fscanf(file, "%63s %63s %lu", mood, revision, &next) < 1) {
        moody->host->log(moody->host->ctx, KD_LOG_ERROR, "its file says nothing");
        if (file)
            fclose(file);
        return KD_RETRY;
    }
    if (next)
        out->next_ms(out->ctx, next);
    int32_t result = follow(moody, file, mood, revision, out);
    fclose(file);
    return result;
}

static void shutdown(void *state)
{
    free(state);
}

static const struct kd_setting_info settings_table[] = {
    {.size = sizeof(struct kd_setting_info),
        .type = KD_TYPE_PATH,
        .flags = KD_SETTING_REQUIRED,
        .name = "path",
        .help = "the file that says what to do"},
    {.size = sizeof(struct kd_setting_info),
        .type = KD_TYPE_STRING,
        .name = "word",
        .help = "changes nothing"},
    {.size = sizeof(struct kd_setting_info),
        .type = KD_TYPE_STRING,
        .flags = KD_SETTING_HOW,
        .name = "token",
        .help = "how it is asked"},
    {.size = sizeof(struct kd_setting_info),
        .type = KD_TYPE_STRING,
        .flags = KD_SETTING_HOW,
        .name = "word_two", /* the name begins as another's does */
        .help = "how it is asked, too"},
};

static const struct kd_source source_table = {
    .size = sizeof(source_table),
#if defined(MOODY_RESIDENT)
    .flags = KD_FLAG_RESIDENT,
#endif
    .id = "moody",
    .version = "1",
    .description = "does what a file says",
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
