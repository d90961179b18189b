#include "base/cleanup.h"
#include "base/file.h"
#include "command/command.h"
#include "command/diagnose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_one(const struct manifest *manifest, const struct options *options)
{
    enum dialect other = manifest->dialect == DIALECT_CM ? DIALECT_INTERNAL : DIALECT_CM;
    scoped(text_finish) struct text text = {0};
    manifest_print(manifest->container, options->has_dialect ? options->dialect : other, &text);
    fputs(text_get(&text), stdout);
}

/* Several manifests of one file stay an array. */
static void print_all(const struct manifests *manifests, const struct options *options)
{
    if (manifests->count > 1)
        puts("[");
    for (size_t i = 0; i < manifests->count; i++) {
        if (i)
            puts(",");
        print_one(&manifests->items[i], options);
    }
    if (manifests->count > 1)
        puts("]");
}

int command_convert(const struct options *options)
{
    const char *path = options->arguments[0];
    const char *slash = strrchr(path, '/');
    struct manifests manifests = {0};
    struct diagnostics diagnostics = {0};
    struct error err = {0};
    scoped_free char *bytes = NULL;
    size_t length = 0;
    if (file_read(path, manifest_default_limits.bytes, &bytes, &length, &err) < 0)
        return diagnose_error(&err);
    int result = manifest_parse(slash ? slash + 1 : path, path, bytes, length,
        &manifest_default_limits, &manifests, &diagnostics);
    diagnose_print(&diagnostics, stderr);
    if (result == 0)
        print_all(&manifests, options);
    manifests_finish(&manifests);
    diagnostics_finish(&diagnostics);
    return result == 0 ? EXIT_DONE : EXIT_FAILED;
}
