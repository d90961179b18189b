/* The source that fetches one URL: a manifest, a JSON array of them, or a bundle. */
#include "cloud/fetch.h"

#include "http/url.h"

#include <stdlib.h>

KD_SOURCE_NOTE_NETWORK;

static const struct kd_setting_info settings_table[] = {
    HTTP_ROW(KD_TYPE_STRING, KD_SETTING_REQUIRED, "url", NULL,
        "https://… of a manifest, a JSON array of them, or a bundle"),
    HTTP_ROW(KD_TYPE_STRING, 0, "signature", "",
        "https://… of the bundle's signature, where it lies beside it"),
    HTTP_SETTINGS,
    BUNDLE_SETTINGS,
};

static void destroy(struct cloud *cloud)
{
    http_source_finish(&cloud->source);
    free(cloud->url);
    free(cloud->signature);
    free(cloud);
}

static int check_urls(const struct cloud *cloud)
{
    bool accept_http = cloud->source.settings.accept_http;
    struct error err = {0};
    if (url_check("url", cloud->url ? cloud->url : "", accept_http, &err) == 0 &&
        (!cloud->signature || url_check("signature", cloud->signature, accept_http, &err) == 0)) {
        http_source_warn_plain(&cloud->source, cloud->url);
        return 0;
    }
    bundle_log(cloud->source.host, KD_LOG_ERROR, "%s", err.text);
    return -1;
}

static int32_t init(
    const struct kd_host *host, const struct kd_setting *settings, uint32_t count, void **state)
{
    struct cloud *cloud = calloc(1, sizeof(*cloud));
    if (!cloud)
        return KD_RETRY;
    const struct http_text own[] = {{"url", &cloud->url}, {"signature", &cloud->signature}};
    int32_t result = http_source_init(&cloud->source, host, settings, count, own, 2);
    if (result == KD_OK && check_urls(cloud) < 0)
        result = KD_FATAL;
    if (result != KD_OK) {
        destroy(cloud);
        return result;
    }
    *state = cloud;
    return KD_OK;
}

static int32_t reconcile(void *state, const struct kd_have *have, struct kd_out *out)
{
    return cloud_fetch(state, have, out);
}

static void shutdown(void *state)
{
    destroy(state);
}

static const struct kd_source source_table = {
    .size = sizeof(source_table),
    .id = "cloud",
    .version = "1",
    .description = "one URL: a manifest, a JSON array of manifests, or a bundle",
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
