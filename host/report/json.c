#include "base/cleanup.h"
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

static void add_steps(cJSON *container, const struct job *job)
{
    cJSON *steps = cJSON_AddArrayToObject(container, "steps");
    for (size_t i = 0; i < job->step_count; i++) {
        cJSON *step = cJSON_CreateObject();
        cJSON_AddItemToArray(steps, step);
        add_text(step, "action", action_word(job->steps[i].action));
        add_text(step, "role", role_word(job->steps[i].role));
        add_text(step, "id", job->steps[i].id);
        add_number(step, "elapsed_ms", (double)job->steps[i].elapsed_ms);
        add_text(step, "message", job->steps[i].message);
    }
}

static void add_differences(cJSON *container, const struct job *job)
{
    cJSON *list = cJSON_AddArrayToObject(container, "differences");
    for (size_t i = 0; i < job->differences.count; i++) {
        const struct difference *difference = &job->differences.items[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(list, object);
        add_text(object, "path", difference->path);
        add_text(object, "live", difference->live);
        add_text(object, "desired", difference->desired);
        cJSON_AddBoolToObject(object, "in_place", difference->in_place);
    }
}

static void add_downtime(cJSON *container, const struct job *job)
{
    if (job->downtime_ms >= 0)
        add_number(container, "downtime_ms", (double)job->downtime_ms);
    else
        cJSON_AddNullToObject(container, "downtime_ms");
}

/* How a container that was given up ended. */
static void add_failure(cJSON *container, const struct job *job)
{
    const Kanto__State *state = job->failed_state;
    bool failed = job->outcome.failure || (state && job->action.verdict == VERDICT_FAILED);
    if (!failed) {
        cJSON_AddNullToObject(container, "failure");
        return;
    }
    cJSON *failure = cJSON_AddObjectToObject(container, "failure");
    add_text(failure, "reason", job->outcome.failure);
    add_text(failure, "status", state ? state->status : NULL);
    add_text(failure, "error", state && state->error && *state->error ? state->error : NULL);
    if (state)
        add_number(failure, "exit_code", (double)state->exit_code);
    else
        cJSON_AddNullToObject(failure, "exit_code");
    add_text(failure, "log", job->log);
}

static void add_containers(cJSON *root, const struct pass *pass)
{
    cJSON *list = cJSON_AddArrayToObject(root, "containers");
    for (size_t i = 0; pass && i < pass->count; i++) {
        const struct job *job = &pass->jobs[i];
        cJSON *container = cJSON_CreateObject();
        cJSON_AddItemToArray(list, container);
        add_text(container, "name", job->desired->container->name);
        add_text(container, "image", container_image(job->desired->container));
        add_text(container, "id", job->id);
        add_text(container, "source", job->desired->source);
        add_text(container, "key", job->desired->key);
        add_text(container, "origin", job->desired->origin);
        add_text(container, "verdict", verdict_word(job->action.verdict));
        add_text(container, "reason", job->action.reason);
        add_text(container, "message",
            job->action.verdict != VERDICT_FAILED ? NULL
            : job->message                        ? job->message
                                                  : job->cause);
        add_text(container, "waits_for", job->waits_for);
        add_downtime(container, job);
        add_failure(container, job);
        add_steps(container, job);
        add_differences(container, job);
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
    add_containers(root, report->pass);
    add_sources(root, report);
    add_problems(root, report);
    char *printed = cJSON_Print(root);
    text_add(out, printed ? printed : "{}");
    text_add(out, "\n");
    cJSON_free(printed);
    cJSON_Delete(root);
}
