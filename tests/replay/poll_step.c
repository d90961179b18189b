#include "poll_step.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "compare.h"

#include <stdlib.h>
#include <string.h>

static const cJSON *get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static cJSON *look(struct play *play, const char *id)
{
    struct call_result result;
    cJSON *request = cJSON_CreateObject();
    cJSON_AddStringToObject(request, "id", id);
    call_end(call_begin(play->world->socket, KANTO_GET, request, 0, 0), &result);
    cJSON *container = cJSON_DetachItemFromObjectCaseSensitive(
        cJSON_GetArrayItem(result.responses, 0), "container");
    call_result_finish(&result);
    cJSON_Delete(request);
    return container;
}

/* first_in and last_in name a status; the rest holds at every look. */
static size_t check(
    const cJSON *expected, const cJSON *container, const char *ends, struct text *out)
{
    cJSON *rules = cJSON_Duplicate(expected, true);
    const cJSON *end = get(expected, ends);
    if (end)
        cJSON_ReplaceItemInObjectCaseSensitive(rules, "status_in", cJSON_Duplicate(end, true));
    if (strcmp(ends, "last_in") == 0 && get(expected, "last_restart_count"))
        cJSON_AddItemToObject(
            rules, "restart_count", cJSON_Duplicate(get(expected, "last_restart_count"), true));
    size_t differences = compare_expected_state(rules, container, out);
    cJSON_Delete(rules);
    return differences;
}

static size_t look_at_all(
    struct play *play, const cJSON *expect, const char *ends, struct text *out)
{
    const cJSON *expected;
    size_t differences = 0;
    cJSON_ArrayForEach(expected, expect)
    {
        scoped(text_finish) struct text found = {0};
        cJSON *container = look(play, expected->string);
        size_t here = check(expected, container, ends, &found);
        if (here > 0 && differences == 0) {
            text_add(out, "      ");
            text_add(out, expected->string);
            text_add(out, ":\n");
            text_add(out, text_get(&found));
        }
        differences += here;
        cJSON_Delete(container);
    }
    return differences;
}

void poll_step_play(struct play *play, const cJSON *step)
{
    scoped(text_finish) struct text out = {0};
    cJSON *expect = bindings_fill(&play->bindings, get(step, "expect"));
    int64_t every = (int64_t)cJSON_GetNumberValue(get(step, "every_ms"));
    int64_t left = (int64_t)cJSON_GetNumberValue(get(step, "for_ms"));
    size_t differences = 0;
    for (; left > 0; left -= every) {
        if (differences == 0)
            differences = look_at_all(play, expect, "status_in", &out);
        play_wait(play, every);
    }
    if (differences == 0)
        differences = look_at_all(play, expect, "last_in", &out);
    play->tally.invariant++;
    if (differences > 0)
        play_differs(play, step, text_get(&out));
    cJSON_Delete(expect);
}
