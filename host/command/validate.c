#include "base/cleanup.h"
#include "base/file.h"
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

/* Whether everything in it would be deployed. */
static bool validate_file(const char *path, struct diagnostics *diagnostics)
{
    struct manifests manifests = {0};
    struct error err = {0};
    scoped_free char *bytes = NULL;
    size_t length = 0;
    if (file_read(path, manifest_default_limits.bytes, &bytes, &length, &err) < 0) {
        diagnose_problem(REPORT_ERROR, "", err.text);
        return false;
    }
    size_t warnings = diagnostics->warnings;
    int result = manifest_parse(
        stem_of(path), path, bytes, length, &manifest_default_limits, &manifests, diagnostics);
    diagnose_host(&manifests, diagnostics);
    if (result == 0 && diagnostics->warnings == warnings)
        printf("%s: valid\n", path);
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
            printf("%s: %zu error%s, %zu warning%s\n", options->arguments[i], diagnostics.errors,
                diagnostics.errors == 1 ? "" : "s", diagnostics.warnings,
                diagnostics.warnings == 1 ? "" : "s");
        diagnostics_finish(&diagnostics);
    }
    return valid ? EXIT_DONE : EXIT_FAILED;
}
