#include "gather/findings.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A place for one more, or NULL when it is only counted. */
static struct gather_finding *add(
    struct gather_findings *findings, enum gather_kind kind, enum severity severity)
{
    findings->errors += kind != GATHER_LOG && severity == SEVERITY_ERROR;
    if (findings->count >= FINDINGS_MAX) {
        findings->dropped++;
        return NULL;
    }
    memory_grow(&findings->items, &findings->capacity, findings->count, sizeof(*findings->items));
    struct gather_finding *finding = &findings->items[findings->count++];
    *finding = (struct gather_finding){.kind = kind, .severity = severity};
    return finding;
}

void findings_add(struct gather_findings *findings, enum gather_kind kind, enum severity severity,
    const char *where, const char *format, ...)
{
    struct gather_finding *finding = add(findings, kind, severity);
    va_list args;
    if (!finding)
        return;
    va_start(args, format);
    char *text = memory_formatv(format, args);
    va_end(args);
    finding->where = memory_string(where);
    finding->text = text;
}

static char *place_of(const struct diagnostic *diagnostic)
{
    return diagnostic->line ? memory_format("%s:%zu:%zu", diagnostic->origin, diagnostic->line,
                                  diagnostic->column)
                            : memory_string(diagnostic->origin);
}

static void add_diagnostic(struct gather_findings *findings, struct diagnostic *diagnostic)
{
    struct gather_finding *finding = add(findings, GATHER_MANIFEST, diagnostic->severity);
    if (!finding)
        return;
    finding->where = place_of(diagnostic);
    finding->text =
        memory_format("%s%s%s", diagnostic->path, *diagnostic->path ? ": " : "", diagnostic->text);
    finding->diagnostic = memory_zeroed(1, sizeof(*diagnostic));
    *finding->diagnostic = *diagnostic;
    *diagnostic = (struct diagnostic){0};
}

void findings_add_diagnostics(struct gather_findings *findings, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        add_diagnostic(findings, &diagnostics->items[i]);
    if (diagnostics->dropped)
        findings_add(
            findings, GATHER_MANIFEST, SEVERITY_NOTE, "", "… and %zu more", diagnostics->dropped);
    diagnostics_finish(diagnostics);
}

static void finish_diagnostic(struct diagnostic *diagnostic)
{
    if (!diagnostic)
        return;
    free(diagnostic->origin);
    free(diagnostic->path);
    free(diagnostic->text);
    free(diagnostic->source);
    free(diagnostic);
}

void findings_finish(struct gather_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->items[i].where);
        free(findings->items[i].text);
        finish_diagnostic(findings->items[i].diagnostic);
    }
    free(findings->items);
    *findings = (struct gather_findings){0};
}
