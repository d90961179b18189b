#include "base/cleanup.h"
#include "base/duration.h"
#include "source/intake.h"

#include <errno.h>
#include <fcntl.h>
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
    switch (type) {
    case KD_TYPE_STRING:
    case KD_TYPE_FILE:
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
        return *text != '/' ? "an absolute path" : NULL;
    default:
        return "a type that this version knows";
    }
}

static const char *open_file(const char *text, int *ret_fd)
{
    *ret_fd = open(text, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return *ret_fd < 0 ? "a file that can be opened" : NULL;
}

static int send_one(struct intake *intake, const struct described_setting *info, const char *text,
    const char *where)
{
    int64_t number = 0;
    scoped_fd int fd = -1;
    const char *expected = info->type == KD_TYPE_FILE ? open_file(text, &fd)
                                                      : settings_read(info->type, text, &number);
    if (expected) {
        intake_fail(intake, SOURCE_FATAL, "%s: %s: found \"%s\", expected %s", where, info->name,
            text, expected);
        return -1;
    }
    scoped(frame_out_finish) struct frame_out out = {0};
    frame_begin(&out, FRAME_SETTING);
    frame_put_text(&out, info->name);
    frame_put_number(&out, info->type);
    frame_put_text(&out, text);
    frame_put_number(&out, number);
    return frame_send(&out, intake->frames, fd) < 0 ? -1 : 0;
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
        const char *text = setting ? setting->value : info->fallback;
        if (text && send_one(intake, info, text, setting ? setting->where : "default") < 0)
            return -1;
    }
    scoped(frame_out_finish) struct frame_out out = {0};
    frame_begin(&out, FRAME_GO);
    return frame_send(&out, intake->frames, -1) < 0 ? -1 : 0;
}
