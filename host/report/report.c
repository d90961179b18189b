#include "report/report.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void report_add_problem(
    struct report *report, enum severity severity, const char *where, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = memory_formatv(format, args);
    va_end(args);
    memory_grow(&report->problems, &report->problem_capacity, report->problem_count,
        sizeof(*report->problems));
    report->problems[report->problem_count++] = (struct report_problem){
        .severity = severity,
        .where = memory_string(where),
        .text = text,
    };
}

void report_add_source(struct report *report, const struct report_source *source)
{
    memory_grow(
        &report->sources, &report->source_capacity, report->source_count, sizeof(*report->sources));
    report->sources[report->source_count++] = *source;
}

void report_add_rejected(struct report *report, const struct report_rejected *rejected)
{
    memory_grow(&report->rejected, &report->rejected_capacity, report->rejected_count,
        sizeof(*report->rejected));
    report->rejected[report->rejected_count++] = *rejected;
}

static void finish_source(struct report_source *source)
{
    free(source->name);
    free(source->plugin);
    free(source->result);
    free(source->reason);
    free(source->serves);
    free(source->age);
}

static void finish_rejected(struct report_rejected *rejected)
{
    free(rejected->source);
    free(rejected->key);
    free(rejected->origin);
    free(rejected->name);
    free(rejected->text);
}

void report_finish(struct report *report)
{
    for (size_t i = 0; i < report->problem_count; i++) {
        free(report->problems[i].where);
        free(report->problems[i].text);
    }
    for (size_t i = 0; i < report->source_count; i++)
        finish_source(&report->sources[i]);
    for (size_t i = 0; i < report->rejected_count; i++)
        finish_rejected(&report->rejected[i]);
    free(report->problems);
    free(report->sources);
    free(report->rejected);
    *report = (struct report){0};
}
