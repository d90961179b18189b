#include "report/json_value.h"

#include "base/cleanup.h"
#include "base/text.h"

void json_add_text(cJSON *object, const char *key, const char *value)
{
    scoped(text_finish) struct text safe = {0};
    if (value)
        text_add_printable(&safe, value);
    cJSON_AddItemToObject(
        object, key, value ? cJSON_CreateString(text_get(&safe)) : cJSON_CreateNull());
}

void json_add_number(cJSON *object, const char *key, double number)
{
    cJSON_AddNumberToObject(object, key, number);
}

cJSON *json_add_object(cJSON *list)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToArray(list, object);
    return object;
}

void json_add_stamp(cJSON *object, const struct stamp *stamp)
{
    scoped(text_finish) struct text time = {0};
    stamp_print_time(&time, stamp->wall_ms);
    json_add_text(object, "time", text_get(&time));
    cJSON_AddBoolToObject(object, "synchronised", stamp->synchronised);
    json_add_text(object, "boot_id", *stamp->boot ? stamp->boot : NULL);
}
