#include "gather/paths.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "base/text.h"
#include "config/config.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOADER    "kanto-deployer-loader"
#define PROBE     "kanto-deployer-probe"
#define SUFFIX    ".so"
#define NAMES_MAX 64

/* The program's own folder; NULL without /proc. */
static char *own_folder(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (!slash)
        return NULL;
    *slash = '\0';
    return memory_string(path);
}

/* `beside` the program when it runs in place from a build folder, else `installed`, which is
 * relative to the program: an installation may be made, or moved, under any prefix. */
static char *place(const char *beside, const char *installed)
{
    scoped_free char *folder = own_folder();
    if (!folder || *installed == '/')
        return memory_string(installed);
    scoped_free char *loader = memory_format("%s/" LOADER, folder);
    scoped_free char *path =
        memory_format("%s/%s", folder, access(loader, X_OK) == 0 ? beside : installed);
    char *shorter = memory_realpath(path);
    return shorter ? shorter : steal(&path);
}

char *paths_loader(void)
{
    return place(LOADER, KD_LIBEXEC_PLACE "/" LOADER);
}

char *paths_probe(void)
{
    return place(PROBE, KD_LIBEXEC_PLACE "/" PROBE);
}

char *paths_plugin_folder(const char *folder)
{
    return folder && *folder ? memory_string(folder) : place("plugins", KD_PLUGIN_PLACE);
}

char *paths_template(void)
{
    return place("share/template", KD_DATA_PLACE "/template");
}

char *paths_config(void)
{
    scoped_free char *folder = own_folder();
    if (folder && strncmp(folder, "/usr/", 5) == 0 && strncmp(folder, "/usr/local/", 11) != 0)
        return memory_string(CONFIG_FILE);
    char *own = place("conf/kanto-deployer.conf", KD_SYSCONF_PLACE "/kanto-deployer.conf");
    if (*own == '/' && access(own, F_OK) == 0)
        return own;
    free(own);
    return memory_string(CONFIG_FILE);
}

static void say_what_is_there(const char *folder, const char *wanted, struct text *out)
{
    char *names[NAMES_MAX];
    size_t count = 0;
    DIR *stream = opendir(folder);
    const struct dirent *entry;
    while (stream && count < NAMES_MAX && (entry = readdir(stream))) {
        size_t length = strlen(entry->d_name);
        if (length > sizeof(SUFFIX) - 1 &&
            strcmp(entry->d_name + length - (sizeof(SUFFIX) - 1), SUFFIX) == 0)
            names[count++] = memory_bytes(entry->d_name, length - (sizeof(SUFFIX) - 1));
    }
    if (stream)
        closedir(stream);
    const char *near = nearest_word(wanted, (const char *const *)names, count);
    if (near)
        text_add_format(out, "; did you mean \"%s\"?", near);
    text_add(out, count ? " (there are:" : " (there is none)");
    for (size_t i = 0; i < count; i++) {
        text_add_format(out, " %s%s", names[i], i + 1 < count ? "," : ")");
        free(names[i]);
    }
}

int paths_plugin(const char *name, const char *folder, char **ret_path, struct error *err)
{
    if (strchr(name, '/')) {
        if (access(name, R_OK) < 0)
            return error_set(
                err, ERROR_CONFIG, "found plugin \"%s\", expected a file that is there", name);
        *ret_path = memory_string(name);
        return 0;
    }
    scoped_free char *place = paths_plugin_folder(folder);
    scoped_free char *path = memory_format("%s/%s" SUFFIX, place, name);
    if (access(path, R_OK) < 0) {
        scoped(text_finish) struct text known = {.max = 1000};
        say_what_is_there(place, name, &known);
        return error_set(err, ERROR_CONFIG, "found plugin \"%s\", expected one of those in %s%s",
            name, place, text_get(&known));
    }
    *ret_path = steal(&path);
    return 0;
}
