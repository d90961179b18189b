#include "suite.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int suite_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

const char *suite_shared(const char *relative_path, const char *what)
{
    static char path[PATH_MAX];
    const char *folder = getenv("KD_SHARED");
    snprintf(
        path, sizeof(path), "%s/%s", folder ? folder : KD_SOURCE_DIR "/../shared", relative_path);
    if (access(path, R_OK) == 0)
        return path;
    printf("left out: %s (no %s)\n", what, path);
    return NULL;
}

const char *suite_source(const char *relative_path)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", KD_SOURCE_DIR, relative_path);
    return path;
}
