#include "parallel.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 64
#define SLICE_MS  50
#define ARRIVE_MS 8

static const cJSON *get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static int64_t after_ms(const cJSON *step)
{
    return cJSON_IsNumber(get(step, "after_ms")) ? (int64_t)get(step, "after_ms")->valuedouble : 0;
}

/* Sorted pieces "Method\tCODE\tmessage", as the outcomes of a recording are sorted. */
static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_outcome(struct play *play, const cJSON *outcome, char *const *found, size_t count)
{
    if ((size_t)cJSON_GetArraySize(outcome) != count)
        return false;
    /* Each recorded one takes the first that fits: equal methods and codes stand together. */
    bool used[CALLS_MAX] = {false};
    const cJSON *one;
    cJSON_ArrayForEach(one, outcome)
    {
        scoped_free char *wanted =
            memory_format("%s\t%s\t%s", cJSON_GetStringValue(cJSON_GetArrayItem(one, 0)),
                cJSON_GetStringValue(cJSON_GetArrayItem(one, 1)),
                cJSON_GetStringValue(cJSON_GetArrayItem(one, 2)));
        size_t i = 0;
        while (i < count && (used[i] || !bindings_match(&play->bindings, wanted, found[i])))
            i++;
        if (i == count)
            return false;
        used[i] = true;
    }
    return true;
}

static void check_outcomes(struct play *play, const cJSON *step, char **found, size_t count)
{
    const cJSON *outcome;
    scoped(text_finish) struct text out = {0};
    qsort(found, count, sizeof(*found), by_text);
    cJSON_ArrayForEach(outcome, get(get(step, "expect"), "outcomes"))
    {
        if (is_outcome(play, outcome, found, count))
            return;
    }
    text_add(&out, "      none of the recorded outcomes; found\n");
    for (size_t i = 0; i < count; i++) {
        text_add(&out, "        ");
        text_add(&out, found[i]);
        text_add(&out, "\n");
    }
    play_differs(play, step, text_get(&out));
}

static void bind(struct play *play, const cJSON *step, const struct call_result *result)
{
    const char *name = cJSON_GetStringValue(get(get(get(step, "response"), "container"), "id"));
    const char *id =
        cJSON_GetStringValue(get(get(cJSON_GetArrayItem(result->responses, 0), "container"), "id"));
    if (name && id)
        bindings_match(&play->bindings, name, id);
}

void parallel_play(struct play *play, const cJSON *step)
{
    struct call *calls[CALLS_MAX];
    char *found[CALLS_MAX];
    const cJSON *one;
    size_t count = 0, open = 0;
    int64_t now = 0;
    cJSON_ArrayForEach(one, get(step, "parallel"))
    {
        if (count == CALLS_MAX)
            break;
        if (after_ms(one) > now) {
            call_has_ended(calls[0], ARRIVE_MS);
            world_wait(play->world, after_ms(one) - now);
            now = after_ms(one);
        }
        calls[count++] = play_send(play, one);
    }
    do {
        open = 0;
        for (size_t i = 0; i < count; i++)
            open +=
                !call_has_ended(calls[i], open == 0 && play->world->working == 0 ? ARRIVE_MS : 0);
        if (open > 0 && play->world->controlled)
            world_wait(play->world, play->world->working > 0 ? SLICE_MS : 0);
    } while (open > 0);
    play->world->working = 0;
    for (size_t i = 0; i < count; i++) {
        struct call_result result;
        one = cJSON_GetArrayItem(get(step, "parallel"), (int)i);
        call_end(calls[i], &result);
        bind(play, one, &result);
        found[i] = memory_format("%s\t%s\t%s", cJSON_GetStringValue(get(one, "call")),
            call_code_name(result.code), result.message);
        call_result_finish(&result);
    }
    play->tally.invariant++;
    if (get(get(step, "expect"), "outcomes"))
        check_outcomes(play, step, found, count);
    for (size_t i = 0; i < count; i++)
        free(found[i]);
}

/* Sent, and in the daemon: from then on the simulation's time decides alone. */
static void send_next(struct play *play)
{
    play->background = play_send(play, play->next_background);
    play->next_background = play->next_background->next;
    play->tally.setup++;
    if (!play->world->controlled)
        return;
    do {
        world_wait(play->world, 0);
    } while (play->world->working == 0 && !call_has_ended(play->background, 1));
}

void parallel_go_on(struct play *play)
{
    struct call_result result;
    if (play->world->controlled ? play->world->working > 0 : !call_has_ended(play->background, 1))
        return;
    call_end(play->background, &result);
    call_result_finish(&result);
    play->background = NULL;
    if (play->next_background)
        send_next(play);
}

void parallel_background(struct play *play, const cJSON *step)
{
    play->next_background = get(step, "background")->child;
    send_next(play);
}
