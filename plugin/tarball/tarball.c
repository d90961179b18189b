/* The source that reads a bundle: one tar file of manifests, perhaps packed, perhaps signed. */
#include <kanto-deployer/source.h>

#include "bundle/bundle.h"
#include "bundle/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

KD_SOURCE_NOTE;

#define SIGNATURE_MAX ((uint64_t)1 << 20)

struct source {
    const struct kd_host *host;
    struct bundle_policy policy;
    char path[PATH_MAX];
    char signature[PATH_MAX]; /* "": found beside it */
};

/* The files of one reconcile. */
struct files {
    struct bundle_input input;
    void *bytes, *signature;
};

static const struct kd_setting_info settings_table[] = {
    {.size = sizeof(struct kd_setting_info),
        .type = KD_TYPE_PATH,
        .flags = KD_SETTING_REQUIRED,
        .name = "path",
        .help = "the bundle: .tar, .tar.gz, .tar.xz, .tar.zst, or CMS around one"},
    BUNDLE_ROW(KD_TYPE_PATH, 0, "signature", NULL,
        "its detached signature (PATH.sig or PATH.p7s, where there is one)"),
    BUNDLE_SETTINGS,
};

/* Cut short it would be another file. */
static int take_path(const struct kd_setting *setting, char path[PATH_MAX], struct error *err)
{
    if (snprintf(path, PATH_MAX, "%s", setting->text) < PATH_MAX)
        return 1;
    return error_set(err, ERROR_INVALID, "%s: found %zu bytes, expected at most %d", setting->name,
        strlen(setting->text), PATH_MAX - 1);
}

static int take_setting(struct source *source, const struct kd_setting *setting, struct error *err)
{
    if (strcmp(setting->name, "path") == 0)
        return take_path(setting, source->path, err);
    if (strcmp(setting->name, "signature") == 0)
        return take_path(setting, source->signature, err);
    return bundle_policy_take(&source->policy, setting, err);
}

static int take_settings(
    struct source *source, const struct kd_setting *settings, uint32_t count, struct error *err)
{
    for (uint32_t i = 0; i < count; i++)
        if (take_setting(source, &settings[i], err) < 0)
            return -1;
    return bundle_policy_check(&source->policy, err);
}

static void shutdown(void *state)
{
    struct source *source = state;
    bundle_policy_finish(&source->policy);
    free(source);
}

static int32_t init(
    const struct kd_host *host, const struct kd_setting *settings, uint32_t count, void **state)
{
    struct error err;
    struct source *source = calloc(1, sizeof(*source));
    if (!source) {
        host->log(host->ctx, KD_LOG_ERROR, "no memory");
        return KD_RETRY;
    }
    source->host = host;
    bundle_policy_init(&source->policy);
    if (take_settings(source, settings, count, &err) < 0) {
        host->log(host->ctx, KD_LOG_ERROR, err.text);
        shutdown(source);
        return bundle_result(&err);
    }
    *state = source;
    return KD_OK;
}

/* O_NONBLOCK: a FIFO must not hold the boot up. */
static int open_file(const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return fd >= 0 ? fd : error_set(err, ERROR_LATER, "%s", strerror(errno));
}

static int read_path(const char *path, uint64_t max, const char *key, void **ret_bytes,
    size_t *ret_length, struct error *err)
{
    int fd = open_file(path, err);
    if (fd < 0)
        return -1;
    int result = bundle_file_read(fd, max, key, ret_bytes, ret_length, err);
    close(fd);
    return result;
}

/* The one that the conf names, or the first that lies beside the bundle; NULL: there is none. */
static const char *find_signature(const struct source *source, char beside[PATH_MAX])
{
    static const char *const suffixes[] = {".sig", ".p7s"};
    if (source->signature[0])
        return source->signature;
    for (int i = 0; i < 2; i++)
        if (snprintf(beside, PATH_MAX, "%s%s", source->path, suffixes[i]) < PATH_MAX &&
            (access(beside, F_OK) == 0 || errno != ENOENT))
            return beside;
    return NULL;
}

static int read_files(const struct source *source, struct files *files)
{
    char beside[PATH_MAX];
    struct error err;
    struct bundle_input *input = &files->input;
    const char *signature = find_signature(source, beside), *path = source->path;
    input->origin = source->path;
    int result =
        read_path(path, source->policy.max_file, "max_file", &files->bytes, &input->length, &err);
    if (result == 0 && signature && source->policy.verify)
        result = read_path(path = signature, SIGNATURE_MAX, "a signature", &files->signature,
            &input->signature_length, &err);
    input->bytes = files->bytes;
    input->signature = files->signature;
    if (result == 0)
        return KD_OK;
    bundle_log(source->host, KD_LOG_ERROR, "%.300s: %.700s", path, err.text);
    return bundle_result(&err);
}

static int32_t state_bundle(const struct source *source, const struct bundle_input *input,
    const struct kd_have *have, struct kd_out *out)
{
    char digest[SHA256_TEXT], memo[BUNDLE_STATE_MAX];
    struct bundle_state state;
    struct error err;
    bundle_state_read(&state, have->memo, have->memo_size);
    int result = bundle_digest(input, digest, &err);
    if (result == 0 && bundle_unchanged(&source->policy, &state, have, digest))
        return KD_UNCHANGED;
    if (result == 0)
        result = bundle_read(&source->policy, input, &state, source->host, out, &err);
    if (result < 0) {
        bundle_log(source->host, KD_LOG_ERROR, "%.300s: %.700s", source->path, err.text);
        return bundle_result(&err);
    }
    out->revision(out->ctx, digest);
    out->memo(out->ctx, memo, (uint32_t)bundle_state_write(&state, memo));
    return KD_COMPLETE;
}

static int32_t reconcile(void *state, const struct kd_have *have, struct kd_out *out)
{
    const struct source *source = state;
    struct files files = {0};
    int32_t result = read_files(source, &files);
    if (result == KD_OK)
        result = state_bundle(source, &files.input, have, out);
    free(files.bytes);
    free(files.signature);
    return result;
}

static const struct kd_source source_table = {
    .size = sizeof(source_table),
    .id = "tarball",
    .version = "1",
    .description = "a bundle: one tar file of manifests, which may be packed and signed",
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
