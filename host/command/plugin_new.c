/* plugin new NAME DIR: the template under a new name. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "command/diagnose.h"
#include "command/plugin.h"
#include "gather/paths.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPLATE       "template"
#define NAME_LENGTH    63
#define FILE_BYTES_MAX ((size_t)1 << 20)

static const char *const files[] = {TEMPLATE ".c", "Makefile", "CMakeLists.txt"};

/* It becomes a file's name, an id, a target of make and of cmake. */
static int check_name(const char *name, struct error *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t length = strlen(name);
    if (length <= NAME_LENGTH && islower((unsigned char)*name) && strspn(name, allowed) == length)
        return 0;
    return error_set(err, ERROR_USAGE,
        "plugin new: found name \"%.80s\", expected a letter a-z, then a-z, 0-9, - or _, at most "
        "%d "
        "of them",
        name, NAME_LENGTH);
}

/* A plugin that ships would win over one of the same name, or be overwritten by it. */
static int check_free(const char *name, const char *plugins, struct error *err)
{
    scoped_free char *folder = paths_plugin_folder(plugins);
    scoped_free char *path = memory_format("%s/%s.so", folder, name);
    if (access(path, F_OK) != 0)
        return 0;
    return error_set(
        err, ERROR_USAGE, "plugin new: there is a plugin \"%s\" already: %s", name, path);
}

static void replace(const char *bytes, const char *name, struct text *out)
{
    const char *found;
    while ((found = strstr(bytes, TEMPLATE))) {
        text_add_bytes(out, bytes, (size_t)(found - bytes));
        text_add(out, name);
        bytes = found + strlen(TEMPLATE);
    }
    text_add(out, bytes);
}

static char *target(const char *folder, const char *file, const char *name)
{
    scoped(text_finish) struct text renamed = {0};
    replace(file, name, &renamed);
    return memory_format("%s/%s", folder, text_get(&renamed));
}

static int check_targets(const char *folder, const char *name, struct error *err)
{
    for (size_t i = 0; i < countof(files); i++) {
        struct stat info;
        scoped_free char *path = target(folder, files[i], name);
        if (lstat(path, &info) == 0)
            return error_set(
                err, ERROR_FAILED, "%s: it is there already, and is not overwritten", path);
    }
    return 0;
}

static int copy(
    const char *from, const char *folder, const char *file, const char *name, struct error *err)
{
    scoped_free char *source = memory_format("%s/%s", from, file);
    scoped_free char *path = target(folder, file, name);
    scoped_free char *bytes = NULL;
    scoped(text_finish) struct text renamed = {0};
    size_t length = 0;
    if (file_read(source, FILE_BYTES_MAX, &bytes, &length, err) < 0)
        return error_wrap(err, "the template is not installed");
    replace(bytes, name, &renamed);
    scoped_file FILE *stream = fopen(path, "wxe"); /* x: what appeared meanwhile stays */
    if (!stream || fputs(text_get(&renamed), stream) < 0 || fflush(stream) != 0)
        return error_errno(err, errno, "%s", path);
    return 0;
}

/* A file of the installation that the template belongs to; NULL when it is not there. */
static char *installed(const char *from, const char *relative)
{
    scoped_free char *path = memory_format("%s/%s", from, relative);
    return realpath(path, NULL);
}

static void print_next(const char *from, const char *name, const char *folder)
{
    scoped_free char *header = installed(from, "../../../include/kanto-deployer/source.h");
    scoped_free char *prefix = header ? installed(from, "../../..") : NULL;
    scoped_free char *guide = installed(from, "../../doc/kanto-deployer/plugins.md");
    bool usual = !prefix || strcmp(prefix, "/usr") == 0 || strcmp(prefix, "/usr/local") == 0;
    printf("%s/%s.c is a working source. Next:\n"
           "    make -C %s%s%s\n"
           "    kanto-deployer plugin check %s/%s.so -- image=docker.io/library/hello:1\n",
        folder, name, folder, usual ? "" : " PREFIX=", usual ? "" : prefix, folder, name);
    if (guide)
        printf("The guide: %s\n", guide);
}

int plugin_new(const char *name, const char *folder, const char *plugins)
{
    struct error err = {0};
    scoped_free char *from = paths_template();
    if (check_name(name, &err) < 0 || check_free(name, plugins, &err) < 0 ||
        check_targets(folder, name, &err) < 0)
        return diagnose_error(&err);
    if (mkdir(folder, 0777) < 0 && errno != EEXIST) {
        error_errno(&err, errno, "%s", folder);
        return diagnose_error(&err);
    }
    for (size_t i = 0; i < countof(files); i++)
        if (copy(from, folder, files[i], name, &err) < 0)
            return diagnose_error(&err);
    print_next(from, name, folder);
    return EXIT_DONE;
}
