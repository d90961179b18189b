/* What a plugin says of itself. It is held against the rules of the interface: whatever a setting's
 * row says, the host does. */
#include "base/memory.h"
#include "source/intake.h"

#include <stdlib.h>
#include <string.h>

void description_take(struct intake *intake, struct frame_in *in)
{
    intake->id = memory_string(frame_take_text(in, KD_KEY_MAX));
    intake->version = memory_string(frame_take_text(in, KD_KEY_MAX));
    intake->description = memory_string(frame_take_text(in, KD_TEXT_MAX));
    intake->flags = (uint32_t)frame_take_number(in);
    intake->note_flags = (uint32_t)frame_take_number(in);
}

static bool is_name(const char *name)
{
    return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

static bool is_there(const struct intake *intake, const char *name)
{
    for (size_t i = 0; i < intake->described_count; i++)
        if (strcmp(intake->described[i].name, name) == 0)
            return true;
    return false;
}

static int check(struct intake *intake, const char *name, uint32_t type, bool has_fallback)
{
    if (intake->described_count >= KD_SETTINGS_MAX)
        intake_fail(
            intake, SOURCE_FATAL, "was not loaded: it has more than %u settings", KD_SETTINGS_MAX);
    else if (!is_name(name))
        intake_fail(intake, SOURCE_FATAL,
            "was not loaded: the name of its setting %zu is no word of a-z, 0-9 and _",
            intake->described_count);
    else if (is_there(intake, name))
        intake_fail(intake, SOURCE_FATAL, "was not loaded: its setting %s is there twice", name);
    else if (type == KD_TYPE_FILE && has_fallback)
        intake_fail(intake, SOURCE_FATAL,
            "was not loaded: its setting %s is of type file and has a fallback, expected none: "
            "only what the configuration names is opened",
            name);
    return intake->set.reason ? -1 : 0;
}

int description_take_setting(struct intake *intake, struct frame_in *in)
{
    const char *name = frame_take_text(in, KD_KEY_MAX);
    uint32_t type = (uint32_t)frame_take_number(in);
    uint32_t flags = (uint32_t)frame_take_number(in);
    const char *fallback = frame_take_text(in, KD_TEXT_MAX);
    bool has_fallback = frame_take_number(in) != 0;
    const char *help = frame_take_text(in, KD_TEXT_MAX);
    if (in->bad)
        return 0;
    if (check(intake, name, type, has_fallback) < 0)
        return -1;
    memory_grow(&intake->described, &intake->described_capacity, intake->described_count,
        sizeof(*intake->described));
    intake->described[intake->described_count++] = (struct described_setting){
        .name = memory_string(name),
        .type = type,
        .flags = flags,
        .fallback = has_fallback ? memory_string(fallback) : NULL,
        .help = memory_string(help),
    };
    return 0;
}

void description_finish(struct intake *intake)
{
    free(intake->id);
    free(intake->version);
    free(intake->description);
    for (size_t i = 0; i < intake->described_count; i++) {
        free(intake->described[i].name);
        free(intake->described[i].fallback);
        free(intake->described[i].help);
    }
    free(intake->described);
}
