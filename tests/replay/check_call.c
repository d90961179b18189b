/* One recorded call beside its answer. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "compare.h"
#include "play.h"

#include <stdlib.h>
#include <string.h>

#define DEADLINE_EXCEEDED 4
#define UNAVAILABLE       14

static const cJSON *get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static const cJSON *container_of(const struct call_result *result)
{
    return get(cJSON_GetArrayItem(result->responses, 0), "container");
}

/* With these codes the message is the client library's own. */
static size_t check_status(
    struct play *play, const cJSON *step, const struct call_result *result, struct text *out)
{
    int code = (int)cJSON_GetNumberValue(get(step, "code_number"));
    const char *message = cJSON_GetStringValue(get(step, "message"));
    if (code == result->code && (code == DEADLINE_EXCEEDED || code == UNAVAILABLE || !message ||
                                    bindings_match(&play->bindings, message, result->message)))
        return 0;
    scoped_free char *line =
        memory_format("      recorded %s \"%s\"\n      found    %s \"%s\"\n", call_code_name(code),
            message ? message : "", call_code_name(result->code), result->message);
    text_add(out, line);
    return 1;
}

static const cJSON *with_id(const cJSON *list, const char *key, const char *value)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const char *text = cJSON_GetStringValue(get(item, key));
        if (text && strcmp(text, value) == 0)
            return item;
    }
    return NULL;
}

/* `states` of a List: by id, in any order. Ids under `expect` are held to that. */
static size_t check_states(
    struct play *play, const cJSON *step, const struct call_result *result, struct text *out)
{
    const cJSON *found = get(cJSON_GetArrayItem(result->responses, 0), "containers"), *item;
    cJSON *recorded = bindings_fill(&play->bindings, get(step, "states"));
    size_t differences = 0;
    if (cJSON_GetArraySize(recorded) != cJSON_GetArraySize(found)) {
        text_add(out, "      another number of containers\n");
        differences++;
    }
    cJSON_ArrayForEach(item, recorded)
    {
        const char *id = cJSON_GetStringValue(get(item, "id"));
        const cJSON *container = id ? with_id(found, "id", id) : NULL;
        const cJSON *expected = id ? get(get(step, "expect"), id) : NULL;
        if (!container) {
            scoped_free char *line = memory_format("      %s is not there\n", id ? id : "?");
            text_add(out, line);
            differences++;
        } else if (expected) {
            differences += compare_expected_state(expected, container, out);
        } else {
            cJSON *state = compare_state(container);
            differences += compare(&play->bindings, id, item, state, false, out);
            cJSON_Delete(state);
        }
    }
    cJSON_Delete(recorded);
    return differences;
}

static size_t check_selection(
    struct play *play, const cJSON *step, const struct call_result *result, struct text *out)
{
    size_t differences = 0;
    const cJSON *container = container_of(result);
    if (get(step, "state_only")) {
        cJSON *state = compare_state(container);
        differences +=
            compare(&play->bindings, "state", get(step, "state_only"), state, false, out);
        cJSON_Delete(state);
    }
    if (get(step, "host_config_only"))
        differences += compare(&play->bindings, "host_config", get(step, "host_config_only"),
            get(container, "host_config"), true, out);
    return differences;
}

/* Containers of a List, by id or, where the daemon makes the ids, by name. */
static size_t check_list(
    struct play *play, const cJSON *recorded, const cJSON *found, bool part, struct text *out)
{
    const cJSON *item;
    size_t differences = 0;
    if (cJSON_GetArraySize(recorded) != cJSON_GetArraySize(found)) {
        text_add(out, "      another number of containers\n");
        return 1;
    }
    cJSON_ArrayForEach(item, recorded)
    {
        cJSON *filled = bindings_fill(&play->bindings, item);
        const char *id = cJSON_GetStringValue(get(filled, "id"));
        const cJSON *container = id ? with_id(found, "id", id) : NULL;
        if (container || !part)
            differences += compare(&play->bindings, id ? id : "?", filled, container, part, out);
        cJSON_Delete(filled);
    }
    return differences;
}

static size_t check_response(
    struct play *play, const cJSON *step, const struct call_result *result, struct text *out)
{
    const cJSON *recorded = get(step, "response"),
                *found = cJSON_GetArrayItem(result->responses, 0);
    bool part = cJSON_IsTrue(get(step, "response_cut"));
    if (get(step, "response_stream"))
        return compare(&play->bindings, "response_stream", get(step, "response_stream"),
            result->responses, false, out);
    if (!recorded)
        return 0;
    if (get(recorded, "containers"))
        return check_list(play, get(recorded, "containers"), get(found, "containers"), part, out);
    return compare(&play->bindings, "response", recorded, found, part, out);
}

/* answer_in: pairs of code and message. */
static size_t check_answer_in(
    struct play *play, const cJSON *allowed, const struct call_result *result, struct text *out)
{
    const cJSON *pair;
    cJSON_ArrayForEach(pair, allowed)
    {
        const char *code = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0));
        const char *message = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1));
        if (strcmp(code, call_code_name(result->code)) == 0 &&
            bindings_match(&play->bindings, message, result->message))
            return 0;
    }
    scoped_free char *line = memory_format("      found %s \"%s\", which `expect` does not allow\n",
        call_code_name(result->code), result->message);
    text_add(out, line);
    return 1;
}

static size_t check_expected(
    struct play *play, const cJSON *step, const struct call_result *result, struct text *out)
{
    const cJSON *expect = get(step, "expect");
    size_t differences = 0;
    if (get(expect, "answer_in"))
        differences += check_answer_in(play, get(expect, "answer_in"), result, out);
    if (get(expect, "state"))
        differences += compare_expected_state(get(expect, "state"), container_of(result), out);
    if (expect && get(step, "states"))
        differences += check_states(play, step, result, out);
    return differences;
}

/* Ids that the daemon makes are bound at their Create. */
static void bind_id(struct play *play, const cJSON *step, const struct call_result *result)
{
    const char *name = cJSON_GetStringValue(get(get(get(step, "response"), "container"), "id"));
    const char *id = cJSON_GetStringValue(get(container_of(result), "id"));
    if (name && id)
        bindings_match(&play->bindings, name, id);
}

/* A real daemon misses the end of a process now and then (recorded: kill-race). Of a Remove that
 * can be made good, and the other steps still tell something. */
static bool missed_exit(struct play *play, const cJSON *step, const struct call_result *result)
{
    static const char sentence[] = "could not stop container with ID = ";
    const char *method = cJSON_GetStringValue(get(step, "call"));
    if (play->world->controlled || !method || strcmp(method, "Remove") != 0 ||
        cJSON_GetNumberValue(get(step, "code_number")) != 0 ||
        strncmp(result->message, sentence, sizeof(sentence) - 1) != 0)
        return false;
    cJSON *request = bindings_fill(&play->bindings, get(step, "request"));
    world_remove(play->world, cJSON_GetStringValue(get(request, "id")));
    cJSON_Delete(request);
    tally_leave_out(&play->tally, "a Remove for which the daemon missed the end of the process");
    return true;
}

void play_check_call(struct play *play, const cJSON *step, const struct call_result *result)
{
    scoped(text_finish) struct text out = {0};
    const char *replay = cJSON_GetStringValue(get(step, "replay"));
    bool invariant = replay ? strcmp(replay, "invariant") == 0 : play->invariant;
    size_t differences;
    bind_id(play, step, result);
    if (missed_exit(play, step, result))
        return;
    if (cJSON_IsTrue(get(step, "setup"))) {
        play->tally.setup++;
        differences = invariant ? 0 : check_status(play, step, result, &out);
    } else if (invariant || get(step, "expect")) {
        play->tally.invariant++;
        differences = check_expected(play, step, result, &out);
    } else {
        play->tally.exact++;
        differences = check_status(play, step, result, &out);
        if (differences == 0 && result->code == 0)
            differences = check_response(play, step, result, &out) +
                          check_selection(play, step, result, &out) +
                          (get(step, "states") ? check_states(play, step, result, &out) : 0);
    }
    if (differences > 0)
        play_differs(play, step, text_get(&out));
}
