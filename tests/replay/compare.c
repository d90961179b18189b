#include "compare.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 200

static size_t differ(const char *path, const cJSON *recorded, const cJSON *found, struct text *out)
{
    char *left = recorded ? cJSON_PrintUnformatted(recorded) : NULL;
    char *right = found ? cJSON_PrintUnformatted(found) : NULL;
    scoped_free char *line = memory_format("      %s: recorded %.*s, found %.*s\n", path, SHOWN_MAX,
        left ? left : "nothing", SHOWN_MAX, right ? right : "nothing");
    text_add(out, line);
    cJSON_free(left);
    cJSON_free(right);
    return 1;
}

static size_t compare_objects(struct bindings *bindings, const char *path, const cJSON *recorded,
    const cJSON *found, bool part, struct text *out)
{
    size_t differences = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, recorded)
    {
        scoped_free char *below = memory_format("%s.%s", path, item->string);
        differences += compare(bindings, below, item,
            cJSON_GetObjectItemCaseSensitive(found, item->string), part, out);
    }
    cJSON_ArrayForEach(item, found)
    {
        scoped_free char *below = memory_format("%s.%s", path, item->string);
        if (!part && !cJSON_HasObjectItem(recorded, item->string))
            differences += differ(below, NULL, item, out);
    }
    return differences;
}

size_t compare(struct bindings *bindings, const char *path, const cJSON *recorded,
    const cJSON *found, bool part, struct text *out)
{
    if (!found)
        return cJSON_IsString(recorded) && strcmp(recorded->valuestring, "<absent>") == 0
                   ? 0
                   : differ(path, recorded, found, out);
    if (cJSON_IsString(recorded) && cJSON_IsString(found))
        return bindings_match(bindings, recorded->valuestring, found->valuestring)
                   ? 0
                   : differ(path, recorded, found, out);
    if (cJSON_IsObject(recorded) && cJSON_IsObject(found))
        return compare_objects(bindings, path, recorded, found, part, out);
    if (cJSON_IsArray(recorded) && cJSON_IsArray(found)) {
        int count = cJSON_GetArraySize(recorded);
        size_t differences = 0;
        if (count != cJSON_GetArraySize(found))
            return differ(path, recorded, found, out);
        for (int i = 0; i < count; i++) {
            scoped_free char *below = memory_format("%s[%d]", path, i);
            differences += compare(bindings, below, cJSON_GetArrayItem(recorded, i),
                cJSON_GetArrayItem(found, i), part, out);
        }
        return differences;
    }
    return cJSON_Compare(recorded, found, true) ? 0 : differ(path, recorded, found, out);
}

static void move(cJSON *into, const cJSON *from, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, key);
    if (item)
        cJSON_AddItemToObject(into, key, cJSON_Duplicate(item, true));
}

cJSON *compare_state(const cJSON *container)
{
    cJSON *state = cJSON_CreateObject();
    const cJSON *item;
    move(state, container, "id");
    move(state, container, "name");
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(container, "state"))
    {
        cJSON_AddItemToObject(state, item->string, cJSON_Duplicate(item, true));
    }
    move(state, container, "restart_count");
    move(state, container, "manually_stopped");
    return state;
}

static bool is_among(const cJSON *list, const char *value)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, value) == 0)
            return true;
    }
    return false;
}

static const char *text_of(const cJSON *object, const char *key, const char *fallback)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : fallback;
}

static size_t among(const cJSON *expected, const char *rule, const cJSON *state, const char *key,
    const char *fallback, struct text *out)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(expected, rule);
    if (!list || is_among(list, text_of(state, key, fallback)))
        return 0;
    return differ(key, list, cJSON_GetObjectItemCaseSensitive(state, key), out);
}

size_t compare_expected_state(const cJSON *expected, const cJSON *container, struct text *out)
{
    cJSON *state = compare_state(container);
    const cJSON *range = cJSON_GetObjectItemCaseSensitive(expected, "restart_count");
    double count = strtod(text_of(state, "restart_count", "0"), NULL);
    size_t differences = among(expected, "status_in", state, "status", "", out) +
                         among(expected, "exit_code_in", state, "exit_code", "0", out) +
                         among(expected, "error_in", state, "error", "", out);
    if (range && (count < cJSON_GetArrayItem(range, 0)->valuedouble ||
                     count > cJSON_GetArrayItem(range, 1)->valuedouble))
        differences += differ(
            "restart_count", range, cJSON_GetObjectItemCaseSensitive(state, "restart_count"), out);
    cJSON_Delete(state);
    return differences;
}
