#include "report/json_story.h"
#include "report/json_value.h"
#include "report/report.h"

#include <cjson/cJSON.h>

#define REPORT_FORMAT 1

static void add_containers(cJSON *root, const struct report *report)
{
    cJSON *list = cJSON_AddArrayToObject(root, "containers");
    for (size_t i = 0; report->stories && i < report->stories->count; i++)
        json_add_story(list, report->stories->items[i], &report->made);
}

static void add_rejected(cJSON *root, const struct report *report)
{
    cJSON *list = cJSON_AddArrayToObject(root, "rejected");
    for (size_t i = 0; i < report->rejected_count; i++) {
        const struct report_rejected *rejected = &report->rejected[i];
        cJSON *object = json_add_object(list);
        json_add_text(object, "source", rejected->source);
        json_add_text(object, "key", rejected->key);
        json_add_text(object, "origin", rejected->origin);
        json_add_text(object, "name", rejected->name);
        json_add_text(object, "why", rejected->refused ? "refused" : "invalid");
        json_add_text(object, "text", rejected->text);
    }
}

static void add_sources(cJSON *root, const struct report *report)
{
    cJSON *list = cJSON_AddArrayToObject(root, "sources");
    for (size_t i = 0; i < report->source_count; i++) {
        const struct report_source *source = &report->sources[i];
        cJSON *object = json_add_object(list);
        json_add_text(object, "name", source->name);
        json_add_text(object, "plugin", source->plugin);
        json_add_text(object, "result", source->result);
        json_add_text(object, "reason", source->reason);
        json_add_text(object, "serves", source->serves);
        json_add_text(object, "age", source->age);
        json_add_number(object, "items", (double)source->items);
        json_add_number(object, "faults", (double)source->faults);
        json_add_number(object, "elapsed_ms", (double)source->elapsed_ms);
    }
}

static void add_problems(cJSON *root, const struct report *report)
{
    cJSON *list = cJSON_AddArrayToObject(root, "problems");
    for (size_t i = 0; i < report->problem_count; i++) {
        cJSON *object = json_add_object(list);
        json_add_text(object, "level", severity_word(report->problems[i].severity));
        json_add_text(object, "where", report->problems[i].where);
        json_add_text(object, "text", report->problems[i].text);
    }
}

void report_print_json(const struct report *report, struct text *out)
{
    cJSON *root = cJSON_CreateObject();
    json_add_number(root, "format", REPORT_FORMAT);
    json_add_text(root, "version", report->version);
    json_add_stamp(root, &report->made);
    json_add_text(root, "command", report->command);
    json_add_number(root, "exit_code", report->exit_code);
    json_add_text(root, "socket", report->socket);
    json_add_number(root, "elapsed_ms", (double)report->elapsed_ms);
    json_add_number(root, "lists", report->lists);
    add_containers(root, report);
    add_rejected(root, report);
    add_sources(root, report);
    add_problems(root, report);
    char *printed = cJSON_Print(root);
    text_add(out, printed ? printed : "{}");
    text_add(out, "\n");
    cJSON_free(printed);
    cJSON_Delete(root);
}
