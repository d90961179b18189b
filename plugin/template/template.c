/* A source plugin to start from: states one manifest that it makes from two settings.
 *
 *     cc -shared -fPIC -fvisibility=hidden -o template.so template.c
 */
#include <kanto-deployer/source.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

KD_SOURCE_NOTE;

/* No statics: each init makes a source of its own. */
struct source {
    const struct kd_host *host;
    char name[64], image[256];
};

static const struct kd_setting_info settings_table[] = {
    {.size = sizeof(struct kd_setting_info),
        .type = KD_TYPE_STRING,
        .flags = KD_SETTING_REQUIRED,
        .name = "image",
        .help = "the image to run"},
    {.size = sizeof(struct kd_setting_info),
        .type = KD_TYPE_STRING,
        .name = "name",
        .fallback = "hello",
        .help = "the container's name"},
};

/* Settings live until init returns: what is needed later is copied. */
static int take(struct source *source, const struct kd_setting *setting)
{
    int is_image = strcmp(setting->name, "image") == 0;
    char *at = is_image ? source->image : source->name;
    size_t size = is_image ? sizeof(source->image) : sizeof(source->name);
    int length = snprintf(at, size, "%s", setting->text);
    if (length <= 0 || length >= (int)size)
        return -1;
    for (; *at; at++)
        if (*at == '"' || *at == '\\' || (unsigned char)*at <= ' ' || (unsigned char)*at > '~')
            return -1;
    return 0;
}

static int32_t init(
    const struct kd_host *host, const struct kd_setting *settings, uint32_t count, void **state)
{
    struct source *source = calloc(1, sizeof(*source));
    if (!source)
        return KD_RETRY;
    source->host = host;
    for (uint32_t i = 0; i < count; i++) {
        if (take(source, &settings[i]) == 0)
            continue;
        host->log(host->ctx, KD_LOG_ERROR, "a setting is empty, too long, or no plain text");
        free(source); /* no shutdown follows a failed init */
        return KD_FATAL;
    }
    *state = source;
    return KD_OK;
}

static int32_t reconcile(void *state, const struct kd_have *have, struct kd_out *out)
{
    const struct source *source = state;
    char json[512];
    int length = snprintf(json, sizeof(json), "{\"name\": \"%s\", \"image\": {\"name\": \"%s\"}}",
        source->name, source->image);
    struct kd_item item = {.size = sizeof(item),
        .key = "hello.json",
        .origin = "template",
        .revision = "1",
        .bytes = json,
        .length = (uint64_t)length};
    (void)have; /* a source that can tell says KD_UNCHANGED when have->revision is still right */
    return out->put(out->ctx, &item) ? KD_FATAL : KD_COMPLETE;
}

static void shutdown(void *state)
{
    free(state);
}

static const struct kd_source source_table = {
    .size = sizeof(source_table),
    .id = "template",
    .version = "1",
    .description = "one manifest, made from its settings",
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
