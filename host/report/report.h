/* What happened in a pass, for people and for programs. Filled by a command; printed here as text,
 * as JSON for the state folder, and live on a terminal. Nothing here decides anything. */
#ifndef KD_REPORT_REPORT_H
#define KD_REPORT_REPORT_H

#include "base/severity.h"
#include "base/stamp.h"
#include "base/text.h"
#include "story/story.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report_problem {
    enum severity severity;
    char *where; /* file:line:column, "source NAME", a path; "" for none */
    char *text;
};

struct report_source {
    char *name;
    char *plugin;
    char *result; /* complete, unchanged, retry, fatal */
    char *reason; /* why not complete, or NULL */
    char *serves; /* where its items come from: nothing, fresh, unchanged, kept */
    char *age;    /* of a kept set, or NULL */
    size_t items;
    size_t faults;
    int64_t elapsed_ms;
};

/* A manifest that is not applied. */
struct report_rejected {
    char *source;
    char *key;    /* in its source */
    char *origin; /* the file */
    char *name;   /* the container's; NULL: it could not be read */
    char *text;   /* what is wrong with it, at first */
    bool refused; /* its source lacks a grant; else it is invalid */
};

struct report {
    const char *command; /* "apply", "plan" */
    const char *version; /* of the program */
    struct stamp made;   /* when */
    int exit_code;
    const char *socket;
    const struct stories *stories; /* NULL: it did not come to that */
    unsigned lists;                /* List calls that were needed */
    int64_t elapsed_ms;            /* of the whole command */
    struct report_problem *problems;
    size_t problem_count, problem_capacity;
    struct report_source *sources;
    size_t source_count, source_capacity;
    struct report_rejected *rejected;
    size_t rejected_count, rejected_capacity;
};

void report_finish(struct report *report);
void report_add_problem(struct report *report, enum severity severity, const char *where,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Takes over the strings of *source. */
void report_add_source(struct report *report, const struct report_source *source);
void report_add_rejected(struct report *report, const struct report_rejected *rejected); /* too */

/* `plan`: a line a container (+ create, ~ update, = keep, …) with reasons and differing fields,
 * then a summary. The stories are foreseen ones. */
void report_print_plan(const struct report *report, bool colour, bool verbose, struct text *out);

/* `apply`: the end of it. Failures with the daemon's message and what to do next, then one summary
 * line. */
void report_print_result(const struct report *report, bool colour, bool verbose, struct text *out);

/* The whole report as JSON (format 1, documented in docs/report.md). Ends with a newline. */
void report_print_json(const struct report *report, struct text *out);

#endif
