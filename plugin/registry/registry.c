/* The source that pulls an OCI artifact: its layers are manifests, or a bundle. */
#include "registry/pull.h"
#include "registry/realm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

KD_SOURCE_NOTE_NETWORK;

static const struct kd_setting_info settings_table[] = {
    HTTP_ROW(KD_TYPE_STRING, KD_SETTING_REQUIRED, "url", NULL,
        "oci://HOST/REPOSITORY:TAG or …@sha256:DIGEST"),
    HTTP_ROW(KD_TYPE_STRING, 0, "platform", "",
        "which manifest of an index: os/architecture (empty: this machine's)"),
    HTTP_ROW(KD_TYPE_STRING, KD_SETTING_HOW, "auth_hosts", "",
        "hosts beside the registry's own that tokens may come from: a b:8443"),
    HTTP_SETTINGS,
    BUNDLE_SETTINGS,
};

static void destroy(struct registry *registry)
{
    http_source_finish(&registry->source);
    free(registry->url);
    free(registry->platform);
    free(registry->auth_hosts);
    free(registry);
}

static void warn_plain(const struct registry *registry)
{
    char url[sizeof(registry->reference.host) + 16];
    snprintf(url, sizeof(url), "http://%s/", registry->reference.host);
    if (registry->source.settings.accept_http)
        http_source_warn_plain(&registry->source, url);
}

static int check_own(struct registry *registry)
{
    struct error err = {0};
    const char *platform = registry->platform;
    if (reference_parse(registry->url ? registry->url : "", &registry->reference, &err) < 0 ||
        realm_check_hosts(registry->auth_hosts, &err) < 0) {
        bundle_log(registry->source.host, KD_LOG_ERROR, "%s", err.text);
        return -1;
    }
    warn_plain(registry);
    if (platform &&
        (strlen(platform) > 100 || !strchr(platform, '/') ||
            strspn(platform, "abcdefghijklmnopqrstuvwxyz0123456789_-./") != strlen(platform))) {
        bundle_log(registry->source.host, KD_LOG_ERROR,
            "platform: found \"%.100s\", expected os/architecture, as linux/arm64", platform);
        return -1;
    }
    return 0;
}

static int32_t init(
    const struct kd_host *host, const struct kd_setting *settings, uint32_t count, void **state)
{
    struct registry *registry = calloc(1, sizeof(*registry));
    if (!registry)
        return KD_RETRY;
    const struct http_text own[] = {{"url", &registry->url}, {"platform", &registry->platform},
        {"auth_hosts", &registry->auth_hosts}};
    int32_t result = http_source_init(&registry->source, host, settings, count, own, 3);
    if (result == KD_OK && check_own(registry) < 0)
        result = KD_FATAL;
    if (result != KD_OK) {
        destroy(registry);
        return result;
    }
    *state = registry;
    return KD_OK;
}

static int32_t reconcile(void *state, const struct kd_have *have, struct kd_out *out)
{
    return registry_pull(state, have, out);
}

static void shutdown(void *state)
{
    destroy(state);
}

static const struct kd_source source_table = {
    .size = sizeof(source_table),
    .id = "registry",
    .version = "1",
    .description = "an OCI artifact in a registry: manifests, or a bundle",
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
