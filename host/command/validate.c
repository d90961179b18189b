#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "command/command.h"
#include "command/diagnose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *stem_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void print_verdict(const char *path, const char *verdict)
{
    scoped(text_finish) struct text line = {0};
    text_add_printable(&line, path);
    text_add_format(&line, ": %s", verdict);
    puts(text_get(&line));
}

static void print_count(const char *path, const struct diagnostics *diagnostics)
{
    scoped_free char *count = memory_format("%zu error%s, %zu warning%s", diagnostics->errors,
        diagnostics->errors == 1 ? "" : "s", diagnostics->warnings,
        diagnostics->warnings == 1 ? "" : "s");
    print_verdict(path, count);
}

/* Whether everything in it would be deployed. */
static bool validate_file(const char *path, struct diagnostics *diagnostics)
{
    struct manifests manifests = {0};
    struct error err = {0};
    scoped_free char *bytes = NULL;
    size_t length = 0;
    if (file_read(path, manifest_default_limits.bytes, &bytes, &length, &err) < 0) {
        diagnose_problem(SEVERITY_ERROR, "", err.text);
        return false;
    }
    size_t warnings = diagnostics->warnings;
    int result = manifest_parse(
        stem_of(path), path, bytes, length, &manifest_default_limits, &manifests, diagnostics);
    diagnose_host(&manifests, diagnostics);
    if (result == 0 && diagnostics->warnings == warnings)
        print_verdict(path, "valid");
    manifests_finish(&manifests);
    return result == 0;
}

int command_validate(const struct options *options)
{
    bool valid = true;
    for (int i = 0; i < options->argument_count; i++) {
        struct diagnostics diagnostics = {0};
        valid = validate_file(options->arguments[i], &diagnostics) && valid;
        diagnose_print(&diagnostics, stdout);
        if (diagnostics.errors + diagnostics.warnings > 0)
            print_count(options->arguments[i], &diagnostics);
        diagnostics_finish(&diagnostics);
    }
    return valid ? EXIT_DONE : EXIT_FAILED;
}
