#include "gather/configure.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "gather/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder on the command line is a source of its own: a person's own word, under their own name.
 */
static int add_folder(struct config *config, const char *folder, struct error *err)
{
    char path[PATH_MAX];
    struct stat found;
    if (!realpath(folder, path) || stat(path, &found) < 0)
        return error_set(
            err, ERROR_USAGE, "%s: %s; expected a folder of manifests", folder, strerror(errno));
    if (!S_ISDIR(found.st_mode))
        return error_set(err, ERROR_USAGE,
            "%s: found a file, expected a folder of manifests; a file alone is checked by: "
            "kanto-deployer validate FILE",
            folder);
    struct config_source *source = config_add_source(config, path, "command line");
    config_grant_all(source);
    source->plugin = memory_string("directory");
    source->read.all = true; /* links in it may lead anywhere */
    source->user = geteuid() == 0 ? memory_string("root") : NULL;
    memory_grow(&source->settings, &source->capacity, source->count, sizeof(*source->settings));
    source->settings[source->count++] = (struct config_setting){
        .key = memory_string("path"),
        .value = memory_string(path),
        .where = memory_string("command line"),
    };
    return 0;
}

bool configure_is_folder(const struct config_source *source)
{
    return strchr(source->name, '/') != NULL;
}

static int read_files(
    const struct configure_options *options, struct config *config, struct error *err)
{
    scoped_free char *usual = paths_config();
    const char *path = options->file ? options->file : usual;
    bool needed = options->file || options->folder_count == 0;
    if (!needed && access(path, F_OK) < 0)
        return 0;
    return config_load(config, path, err);
}

static int add_folders(
    const struct configure_options *options, struct config *config, struct error *err)
{
    if (options->folder_count > 0)
        config_drop_sources(config);
    for (size_t i = 0; i < options->folder_count; i++)
        if (add_folder(config, options->folders[i], err) < 0)
            return -1;
    return 0;
}

int configure(const struct configure_options *options, struct config *ret_config, struct error *err)
{
    struct config config;
    config_init(&config);
    if (read_files(options, &config, err) < 0 ||
        config_override(&config, options->overrides, options->override_count, err) < 0 ||
        add_folders(options, &config, err) < 0) {
        config_finish(&config);
        return -1;
    }
    *ret_config = config;
    return 0;
}
