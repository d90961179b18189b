/* The corpus of a fuzz target, run through it once: replay FILE|FOLDER… What the fuzzer found stays
 * in the corpus, so no mistake comes back. */
#include "target.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECONDS_MAX 60 /* for one input; it takes milliseconds */

static size_t count;

static void fail(const char *path, const char *what)
{
    fprintf(stderr, "%s: %s\n", path, what);
    exit(EXIT_FAILURE);
}

/* Into memory of its very size: a look behind it is seen by a sanitizer. */
static uint8_t *read_file(const char *path, size_t *ret_length)
{
    struct stat info;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &info) < 0)
        fail(path, strerror(errno));
    size_t length = (size_t)info.st_size;
    uint8_t *bytes = malloc(length ? length : 1);
    if (!bytes || fread(bytes, 1, length, file) != length)
        fail(path, "cannot be read");
    fclose(file);
    *ret_length = length;
    return bytes;
}

static void replay_file(const char *path)
{
    size_t length = 0;
    uint8_t *bytes = read_file(path, &length);
    /* Which one it is that kills the process. */
    if (getenv("KD_FUZZ_TELL"))
        fprintf(stderr, "%s\n", path);
    alarm(SECONDS_MAX);
    LLVMFuzzerTestOneInput(bytes, length);
    alarm(0);
    free(bytes);
    count++;
}

static void replay(const char *path)
{
    struct stat info;
    if (stat(path, &info) < 0)
        fail(path, strerror(errno));
    if (!S_ISDIR(info.st_mode)) {
        replay_file(path);
        return;
    }
    struct dirent **entries = NULL;
    int found = scandir(path, &entries, NULL, alphasort);
    if (found < 0)
        fail(path, strerror(errno));
    for (int i = 0; i < found; i++) {
        char inner[4096];
        snprintf(inner, sizeof(inner), "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            replay(inner);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    printf("%zu inputs\n", count);
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
