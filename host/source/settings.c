#include "base/cleanup.h"
#include "base/duration.h"
#include "base/trusted.h"
#include "source/intake.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *settings_type_word(uint32_t type)
{
    static const char *const words[] = {
        "unknown", "string", "integer", "boolean", "duration", "size", "path", "file"};
    return words[type < countof(words) ? type : 0];
}

static int read_integer(const char *text, int64_t *ret_number)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end || errno || *text == ' ' || *text == '+')
        return -1;
    *ret_number = number;
    return 0;
}

static int read_size(const char *text, int64_t *ret_number)
{
    static const char units[] = "KMG";
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || errno || number < 0)
        return -1;
    const char *unit = *end ? strchr(units, *end) : NULL;
    int shift = unit ? 10 * (int)(unit - units + 1) : 0;
    if ((*end && (!unit || end[1])) || number > INT64_MAX >> shift)
        return -1;
    *ret_number = (int64_t)number << shift;
    return 0;
}

static int read_boolean(const char *text, int64_t *ret_number)
{
    *ret_number = strcmp(text, "yes") == 0;
    return *ret_number || strcmp(text, "no") == 0 ? 0 : -1;
}

const char *settings_read(uint32_t type, const char *text, int64_t *ret_number)
{
    if (strlen(text) > FRAME_SETTING_MAX)
        return "at most 65536 bytes";
    switch (type) {
    case KD_TYPE_STRING:
        return NULL;
    case KD_TYPE_INTEGER:
        return read_integer(text, ret_number) < 0 ? "a whole number" : NULL;
    case KD_TYPE_BOOLEAN:
        return read_boolean(text, ret_number) < 0 ? "yes or no" : NULL;
    case KD_TYPE_DURATION:
        return duration_parse(text, ret_number, NULL) < 0 ? "a duration, as 500ms, 30s, 5min"
                                                          : NULL;
    case KD_TYPE_SIZE:
        return read_size(text, ret_number) < 0 ? "a size, as 64, 10K, 1M" : NULL;
    case KD_TYPE_PATH:
    case KD_TYPE_FILE:
        return *text != '/' ? "an absolute path" : NULL;
    default:
        return "a type that this version knows";
    }
}

/* Only what the conf names is opened with the host's rights, never what a plugin names. */
static int open_file(struct intake *intake, const struct source_setting *setting, int *ret_fd)
{
    struct error err = {0};
    if (trusted_open(setting->value, geteuid(), ret_fd, &err) == 0)
        return 0;
    intake_fail(intake, SOURCE_FATAL, "%s: %s: %s%s", setting->where, setting->key, err.text,
        err.kind == ERROR_INVALID ? "" : "; expected a file that can be opened");
    return -1;
}

static int send(struct intake *intake, struct frame_out *out, int fd)
{
    int result = frame_send(out, intake->frames, fd);
    if (result < 0 && result != -EPIPE && result != -ECONNRESET) /* its own end is the reason */
        intake_fail(intake, SOURCE_RETRY, "did not take its settings: %s", strerror(-result));
    return result;
}

static int send_one(struct intake *intake, const struct described_setting *info,
    const struct source_setting *setting)
{
    const char *text = setting ? setting->value : info->fallback;
    int64_t number = 0;
    scoped_fd int fd = -1;
    const char *expected = settings_read(info->type, text, &number);
    if (expected) {
        intake_fail(intake, SOURCE_FATAL, "%s: %s: found \"%s\", expected %s",
            setting ? setting->where : "default", info->name, text, expected);
        return -1;
    }
    if (setting && info->type == KD_TYPE_FILE && open_file(intake, setting, &fd) < 0)
        return -1;
    scoped(frame_out_finish) struct frame_out out = {0};
    frame_begin(&out, FRAME_SETTING);
    frame_put_text(&out, info->name);
    frame_put_number(&out, info->type);
    frame_put_text(&out, text);
    frame_put_number(&out, number);
    return send(intake, &out, fd);
}

const struct source_setting *settings_find(const struct source_options *options, const char *name)
{
    for (size_t i = 0; i < options->settings_count; i++)
        if (strcmp(options->settings[i].key, name) == 0)
            return &options->settings[i];
    return NULL;
}

int settings_send(struct intake *intake)
{
    const struct source_options *options = intake->options;
    for (size_t i = 0; i < intake->described_count; i++) {
        const struct described_setting *info = &intake->described[i];
        const struct source_setting *setting = settings_find(options, info->name);
        if ((setting || info->fallback) && send_one(intake, info, setting) < 0)
            return -1;
    }
    scoped(frame_out_finish) struct frame_out out = {0};
    frame_begin(&out, FRAME_GO);
    return send(intake, &out, -1);
}
