#include "base/cleanup.h"
#include "report/log.h"
#include "report/report.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#define REPORT_FORMAT 1

/* Bytes that are no UTF-8, and control characters, come out as \xNN: the JSON is always valid. */
static void add_text(cJSON *object, const char *key, const char *value)
{
    scoped(text_finish) struct text safe = {0};
    if (value)
        text_add_printable(&safe, value);
    cJSON_AddItemToObject(
        object, key, value ? cJSON_CreateString(text_get(&safe)) : cJSON_CreateNull());
}

static void add_number(cJSON *object, const char *key, double number)
{
    cJSON_AddNumberToObject(object, key, number);
}

static void add_steps(cJSON *container, const struct story *story)
{
    cJSON *steps = cJSON_AddArrayToObject(container, "steps");
    for (size_t i = 0; i < story->count; i++) {
        const struct story_row *row = &story->rows[i];
        cJSON *step = cJSON_CreateObject();
        cJSON_AddItemToArray(steps, step);
        add_text(step, "step", row->name);
        add_text(step, "action", action_word(row->action));
        add_text(step, "role", role_word(row->role));
        add_text(step, "id", row->id);
        add_text(step, "result", result_word(row->result));
        add_number(step, "began_ms", (double)row->began_ms);
        add_number(step, "elapsed_ms", (double)row->elapsed_ms);
        add_text(step, "message", row->message);
    }
}

static void add_differences(cJSON *container, const struct story *story)
{
    cJSON *list = cJSON_AddArrayToObject(container, "differences");
    for (size_t i = 0; i < story->differences.count; i++) {
        const struct difference *difference = &story->differences.items[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(list, object);
        add_text(object, "path", difference->path);
        add_text(object, "live", difference->live);
        add_text(object, "desired", difference->desired);
        cJSON_AddBoolToObject(object, "in_place", difference->in_place);
    }
}

static void add_downtime(cJSON *container, const struct story *story)
{
    int64_t downtime = story_downtime_ms(story);
    if (downtime >= 0)
        add_number(container, "downtime_ms", (double)downtime);
    else
        cJSON_AddNullToObject(container, "downtime_ms");
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

/* How a container that was given up ended. */
static void add_failure(cJSON *container, const struct story *story)
{
    const Kanto__State *state = story_failed_state(story);
    const struct story_row *row = story_failure(story);
    if (!row && !(state && story->verdict == VERDICT_FAILED) && !story_log(story)) {
        cJSON_AddNullToObject(container, "failure");
        return;
    }
    cJSON *failure = cJSON_AddObjectToObject(container, "failure");
    add_text(failure, "reason", row ? row->failure : NULL);
    add_text(failure, "status", state ? state->status : NULL);
    add_text(failure, "error", state && state->error && *state->error ? state->error : NULL);
    if (state)
        add_number(failure, "exit_code", (double)state->exit_code);
    else
        cJSON_AddNullToObject(failure, "exit_code");
    add_lines(failure, story_log(story));
}

static const char *message_of(const struct story *story)
{
    const struct story_row *refusal = story_refusal(story);
    if (story->verdict != VERDICT_FAILED)
        return NULL;
    return refusal ? refusal->message : story_cause(story);
}

static void add_containers(cJSON *root, const struct stories *stories)
{
    cJSON *list = cJSON_AddArrayToObject(root, "containers");
    for (size_t i = 0; stories && i < stories->count; i++) {
        const struct story *story = stories->items[i];
        cJSON *container = cJSON_CreateObject();
        cJSON_AddItemToArray(list, container);
        add_text(container, "name", story->name);
        add_text(container, "image", story->image);
        add_text(container, "id", story->id);
        add_text(container, "source", story->source);
        add_text(container, "key", story->key);
        add_text(container, "origin", story->origin);
        add_text(container, "verdict", verdict_word(story->verdict));
        add_text(container, "reason", story->reason);
        add_text(container, "message", message_of(story));
        add_text(container, "waits_for", story->waits_for);
        add_text(container, "failed_before", story->failed_before);
        add_downtime(container, story);
        add_failure(container, story);
        add_steps(container, story);
        add_differences(container, story);
    }
}

static void add_sources(cJSON *root, const struct report *report)
{
    cJSON *list = cJSON_AddArrayToObject(root, "sources");
    for (size_t i = 0; i < report->source_count; i++) {
        const struct report_source *source = &report->sources[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(list, object);
        add_text(object, "name", source->name);
        add_text(object, "plugin", source->plugin);
        add_text(object, "result", source->result);
        add_text(object, "reason", source->reason);
        add_text(object, "serves", source->serves);
        add_text(object, "age", source->age);
        add_number(object, "items", (double)source->items);
        add_number(object, "faults", (double)source->faults);
        add_number(object, "elapsed_ms", (double)source->elapsed_ms);
    }
}

static void add_problems(cJSON *root, const struct report *report)
{
    cJSON *list = cJSON_AddArrayToObject(root, "problems");
    for (size_t i = 0; i < report->problem_count; i++) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(list, object);
        add_text(object, "level", severity_word(report->problems[i].severity));
        add_text(object, "where", report->problems[i].where);
        add_text(object, "text", report->problems[i].text);
    }
}

void report_print_json(const struct report *report, struct text *out)
{
    cJSON *root = cJSON_CreateObject();
    add_number(root, "format", REPORT_FORMAT);
    add_text(root, "command", report->command);
    add_number(root, "exit_code", report->exit_code);
    add_text(root, "socket", report->socket);
    add_number(root, "elapsed_ms", (double)report->elapsed_ms);
    add_number(root, "lists", report->lists);
    add_containers(root, report->stories);
    add_sources(root, report);
    add_problems(root, report);
    char *printed = cJSON_Print(root);
    text_add(out, printed ? printed : "{}");
    text_add(out, "\n");
    cJSON_free(printed);
    cJSON_Delete(root);
}
