#include "command/diagnose.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "command/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int diagnose_code(const struct error *err)
{
    switch (err->kind) {
    case ERROR_CONFIG:
        return EXIT_BAD_CONFIG;
    case ERROR_USAGE:
        return EXIT_MISUSE;
    case ERROR_UNREACHABLE:
        return EXIT_NO_DAEMON;
    case ERROR_NONE:
    case ERROR_FAILED:
    case ERROR_INVALID:
    case ERROR_TIMEOUT:
    case ERROR_LIMIT:
    case ERROR_SHORT:
    case ERROR_LATER:
    case ERROR_NEWER:
        break;
    }
    return EXIT_FAILED;
}

bool diagnose_colour(FILE *stream)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return isatty(fileno(stream)) && !(no_colour && *no_colour) && terminal &&
           strcmp(terminal, "dumb") != 0;
}

void diagnose_problem(enum severity severity, const char *where, const char *text)
{
    bool colour = diagnose_colour(stderr);
    scoped(text_finish) struct text line = {0};
    text_add(&line, colour ? severity_colour(severity) : "");
    text_add(&line, severity_word(severity));
    text_add(&line, colour ? "\033[0m: " : ": ");
    if (where && *where) {
        text_add_printable(&line, where);
        text_add(&line, ": ");
    }
    text_add_printable(&line, text);
    fprintf(stderr, "%s\n", text_get(&line));
}

static void print_diagnostic(const struct diagnostic *diagnostic, FILE *stream)
{
    scoped(text_finish) struct text text = {0};
    diagnostic_print(diagnostic, diagnose_colour(stream), &text);
    fputs(text_get(&text), stream);
}

void diagnose_print(const struct diagnostics *diagnostics, FILE *stream)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        print_diagnostic(&diagnostics->items[i], stream);
    if (diagnostics->dropped)
        fprintf(stream, "… and %zu more\n", diagnostics->dropped);
}

static void print_finding(const struct gather_finding *finding, bool verbose)
{
    if (finding->diagnostic)
        print_diagnostic(finding->diagnostic, stderr);
    else if (finding->kind == GATHER_MANIFEST)
        fprintf(stderr, "%s\n", finding->text);
    else if (finding->kind != GATHER_LOG || finding->severity != SEVERITY_NOTE || verbose)
        diagnose_problem(finding->severity, finding->where, finding->text);
}

void diagnose_findings(const struct gather_findings *findings, bool verbose, struct report *report)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct gather_finding *finding = &findings->items[i];
        print_finding(finding, verbose);
        if (finding->kind != GATHER_LOG && finding->severity != SEVERITY_NOTE)
            report_add_problem(report, finding->severity, finding->where, "%s", finding->text);
    }
}

void diagnose_host(const struct manifests *manifests, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < manifests->count; i++)
        if (manifests->items[i].container)
            manifest_check_host(&manifests->items[i], diagnostics);
}

int diagnose_error(const struct error *err)
{
    scoped_free char *text = memory_string(err->text);
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));) /* a mistake each */
        diagnose_problem(SEVERITY_ERROR, "", line);
    return diagnose_code(err);
}
