#include "report/report.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void report_add_problem(
    struct report *report, enum severity severity, const char *where, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    memory_grow(&report->problems, &report->problem_capacity, report->problem_count,
        sizeof(*report->problems));
    report->problems[report->problem_count++] = (struct report_problem){
        .severity = severity,
        .where = memory_string(where),
        .text = length < 0 ? memory_string("") : text,
    };
}

void report_add_source(struct report *report, const struct report_source *source)
{
    memory_grow(
        &report->sources, &report->source_capacity, report->source_count, sizeof(*report->sources));
    report->sources[report->source_count++] = *source;
}

void report_finish(struct report *report)
{
    for (size_t i = 0; i < report->problem_count; i++) {
        free(report->problems[i].where);
        free(report->problems[i].text);
    }
    for (size_t i = 0; i < report->source_count; i++) {
        free(report->sources[i].name);
        free(report->sources[i].plugin);
        free(report->sources[i].result);
        free(report->sources[i].reason);
        free(report->sources[i].serves);
        free(report->sources[i].age);
    }
    free(report->problems);
    free(report->sources);
    *report = (struct report){0};
}
