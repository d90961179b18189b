#include "report/json_story.h"

#include "base/cleanup.h"
#include "report/json_value.h"
#include "report/log.h"

static void add_steps(cJSON *container, const struct story *story)
{
    cJSON *steps = cJSON_AddArrayToObject(container, "steps");
    for (size_t i = 0; i < story->count; i++) {
        const struct story_row *row = &story->rows[i];
        cJSON *step = json_add_object(steps);
        json_add_text(step, "step", row->name);
        json_add_text(step, "action", action_word(row->action));
        json_add_text(step, "role", role_word(row->role));
        json_add_text(step, "id", row->id);
        json_add_text(step, "result", result_word(row->result));
        json_add_number(step, "began_ms", (double)row->began_ms);
        json_add_number(step, "elapsed_ms", (double)row->elapsed_ms);
        json_add_text(step, "message", row->message);
    }
}

static void add_differences(cJSON *container, const struct story *story)
{
    cJSON *list = cJSON_AddArrayToObject(container, "differences");
    for (size_t i = 0; i < story->differences.count; i++) {
        const struct difference *difference = &story->differences.items[i];
        cJSON *object = json_add_object(list);
        json_add_text(object, "path", difference->path);
        json_add_text(object, "live", difference->live);
        json_add_text(object, "desired", difference->desired);
        cJSON_AddBoolToObject(object, "in_place", difference->in_place);
    }
}

static void add_downtime(cJSON *container, const struct story *story)
{
    int64_t downtime = story_downtime_ms(story);
    if (downtime >= 0)
        json_add_number(container, "downtime_ms", (double)downtime);
    else
        cJSON_AddNullToObject(container, "downtime_ms");
}

/* ---- How it failed last ---- */

static void add_exit(cJSON *failure, bool known, int64_t exit_code)
{
    if (known)
        json_add_number(failure, "exit_code", (double)exit_code);
    else
        cJSON_AddNullToObject(failure, "exit_code");
}

static void add_lines(cJSON *failure, const char *log)
{
    cJSON *lines = log ? cJSON_AddArrayToObject(failure, "log") : NULL;
    if (!log)
        cJSON_AddNullToObject(failure, "log");
    for (size_t at = 0; log && log[at];) {
        scoped(text_finish) struct text line = {0};
        at += log_next_line(log + at, &line);
        if (line.length > 0)
            cJSON_AddItemToArray(lines, cJSON_CreateString(text_get(&line)));
    }
}

static void add_former(cJSON *failure, const struct former_failure *former)
{
    cJSON_AddTrueToObject(failure, "earlier");
    json_add_text(failure, "reason", former->reason);
    json_add_text(failure, "message", former->message);
    cJSON_AddNullToObject(failure, "status");
    cJSON_AddNullToObject(failure, "error");
    add_exit(failure, former->has_exit, former->exit_code);
    add_lines(failure, former->log);
    cJSON_AddBoolToObject(failure, "final", former->final);
    json_add_number(failure, "attempts", former->attempts);
    json_add_stamp(failure, &former->at);
}

static const char *message_of(const struct story *story)
{
    const struct story_row *refusal = story_refusal(story);
    if (story->verdict != VERDICT_FAILED)
        return NULL;
    return refusal ? refusal->message : story_cause(story);
}

/* The moment of its end, by the clock as it is now. */
static struct stamp end_of(const struct story *story, const struct stamp *made)
{
    struct stamp end = *made;
    end.boottime_ms = story->ended_ms;
    end.wall_ms -= made->boottime_ms - story->ended_ms;
    return end;
}

/* Of this pass. */
static void add_present(cJSON *failure, const struct story *story, const struct stamp *made)
{
    const Kanto__State *state = story_failed_state(story);
    const struct story_row *row = story_failure(story);
    const struct stamp end = end_of(story, made);
    cJSON_AddFalseToObject(failure, "earlier");
    json_add_text(failure, "reason", row ? row->failure : story->reason);
    json_add_text(failure, "message", row ? story_cause(story) : message_of(story));
    json_add_text(failure, "status", state ? state->status : NULL);
    json_add_text(failure, "error", state && state->error && *state->error ? state->error : NULL);
    add_exit(failure, state != NULL, state ? state->exit_code : 0);
    add_lines(failure, story_log(story));
    cJSON_AddBoolToObject(failure, "final", story->final);
    json_add_number(
        failure, "attempts", 1 + (story->failed_before ? story->failed_before->attempts : 0));
    json_add_stamp(failure, &end);
}

/* A plan sees nothing fail. */
static bool has_present(const struct story *story)
{
    bool seen = story->ended_ms > 0 && !verdict_is_well(story->verdict);
    bool gave_up = story_failure(story) || story_log(story);
    return seen && (story->verdict == VERDICT_FAILED || gave_up);
}

static void add_failure(cJSON *container, const struct story *story, const struct stamp *made)
{
    const struct former_failure *former = story_former_failure(story);
    if (former)
        add_former(cJSON_AddObjectToObject(container, "failure"), former);
    else if (has_present(story))
        add_present(cJSON_AddObjectToObject(container, "failure"), story, made);
    else
        cJSON_AddNullToObject(container, "failure");
}

static void add_failed_before(cJSON *container, const struct former_failure *former)
{
    scoped(text_finish) struct text text = {0};
    text_add(&text, former ? former->reason : "");
    if (former && former->message)
        text_add_format(&text, ": %s", former->message);
    json_add_text(container, "failed_before", former ? text_get(&text) : NULL);
}

void json_add_story(cJSON *list, const struct story *story, const struct stamp *made)
{
    cJSON *container = json_add_object(list);
    json_add_text(container, "name", story->name);
    json_add_text(container, "image", story->image);
    json_add_text(container, "id", story->id);
    json_add_text(container, "source", story->source);
    json_add_text(container, "key", story->key);
    json_add_text(container, "origin", story->origin);
    json_add_text(container, "verdict", verdict_word(story->verdict));
    json_add_text(container, "reason", story->reason);
    json_add_text(container, "message", message_of(story));
    json_add_text(container, "waits_for", story->waits_for);
    add_failed_before(container, story->failed_before);
    add_downtime(container, story);
    add_failure(container, story, made);
    add_steps(container, story);
    add_differences(container, story);
}
