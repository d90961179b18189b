/* A container in the report's JSON. Private to the room. */
#ifndef KD_REPORT_JSON_STORY_H
#define KD_REPORT_JSON_STORY_H

#include "base/stamp.h"
#include "story/story.h"

#include <cjson/cJSON.h>

/* `made`: when the report is; of the boot in which the story was. */
void json_add_story(cJSON *list, const struct story *story, const struct stamp *made);

#endif
