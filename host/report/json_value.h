/* Members of the report's JSON objects. Private to the room. */
#ifndef KD_REPORT_JSON_VALUE_H
#define KD_REPORT_JSON_VALUE_H

#include "base/stamp.h"

#include <cjson/cJSON.h>

/* Bytes that are no UTF-8, and what is unsafe on a terminal, are spelt out: the JSON is always
 * valid. NULL: null. */
void json_add_text(cJSON *object, const char *key, const char *value);
void json_add_number(cJSON *object, const char *key, double number);
cJSON *json_add_object(cJSON *list); /* at the end of an array */

/* "time", "synchronised" and "boot_id". */
void json_add_stamp(cJSON *object, const struct stamp *stamp);

#endif
