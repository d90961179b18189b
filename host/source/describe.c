#include "base/memory.h"
#include "source/intake.h"

#include <stdlib.h>

static void take(struct intake *intake, struct source_info *info)
{
    info->id = memory_string(intake->id ? intake->id : "");
    info->version = memory_string(intake->version ? intake->version : "");
    info->description = memory_string(intake->description ? intake->description : "");
    info->resident = intake->flags & KD_FLAG_RESIDENT;
    info->network = intake->note_flags & KD_NOTE_NETWORK;
    for (size_t i = 0; i < intake->described_count; i++) {
        const struct described_setting *setting = &intake->described[i];
        memory_grow(&info->settings, &info->capacity, info->count, sizeof(*info->settings));
        info->settings[info->count++] = (struct source_setting_info){
            .name = memory_string(setting->name),
            .type = memory_string(settings_type_word(setting->type)),
            .fallback = memory_string(setting->fallback),
            .help = memory_string(setting->help),
            .required = setting->flags & KD_SETTING_REQUIRED,
        };
    }
}

int source_describe(
    const struct source_options *options, struct source_info *ret_info, struct error *err)
{
    struct intake intake = {.options = options, .describe_only = true};
    int result = 0;
    source_run(&intake, 1);
    if (intake.set.reason) {
        result = error_set(err, ERROR_FAILED, "plugin %s %s", options->plugin, intake.set.reason);
    } else {
        *ret_info = (struct source_info){0};
        take(&intake, ret_info);
    }
    source_set_finish(&intake.set);
    intake_finish(&intake);
    return result;
}

void source_info_finish(struct source_info *info)
{
    for (size_t i = 0; i < info->count; i++) {
        free(info->settings[i].name);
        free(info->settings[i].type);
        free(info->settings[i].fallback);
        free(info->settings[i].help);
    }
    free(info->settings);
    free(info->id);
    free(info->version);
    free(info->description);
    *info = (struct source_info){0};
}
