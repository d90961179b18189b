#include "store.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "daemon.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_BYTES ((size_t)16 << 20)
#define REST           "rest"
#define PREFIX         "id-"

/* Ids may hold anything. */
static char *path_of(const struct daemon *daemon, const char *id)
{
    size_t length = strlen(id);
    scoped_free char *hex = memory_zeroed(2 * length + 1, 1);
    for (size_t i = 0; i < length; i++)
        snprintf(hex + 2 * i, 3, "%02x", (unsigned char)id[i]);
    return memory_format("%s/" PREFIX "%.200s", daemon->folder, hex);
}

/* Not durable: a simulated daemon outlives no real power cut. */
static void write_file(const char *path, cJSON *document)
{
    scoped_free char *temporary = memory_format("%s.new", path);
    char *text = cJSON_PrintUnformatted(document);
    FILE *file = fopen(temporary, "we");
    bool good = file && fputs(text, file) >= 0;
    if (file && fclose(file) != 0)
        good = false;
    if (!good || rename(temporary, path) < 0)
        fprintf(stderr, "kanto-sim: %s: %s\n", path, strerror(errno));
    cJSON_free(text);
    cJSON_Delete(document);
}

static cJSON *read_file(const char *path)
{
    scoped_free char *bytes = NULL;
    size_t length = 0;
    if (file_read(path, FILE_MAX_BYTES, &bytes, &length, NULL) < 0)
        return NULL;
    return cJSON_ParseWithLength(bytes, length);
}

void store_save(const struct daemon *daemon, const struct box *box)
{
    if (!daemon->folder)
        return;
    scoped_free char *path = path_of(daemon, box->container->id);
    write_file(path, box_save(box));
}

void store_drop(const struct daemon *daemon, const char *id)
{
    if (!daemon->folder)
        return;
    scoped_free char *path = path_of(daemon, id);
    unlink(path);
}

void store_save_rest(const struct daemon *daemon)
{
    if (!daemon->folder)
        return;
    scoped_free char *path = memory_format("%s/" REST, daemon->folder);
    cJSON *rest = cJSON_CreateObject();
    cJSON *unusable = cJSON_AddArrayToObject(rest, "unusable");
    for (size_t i = 0; i < daemon->unusable_count; i++)
        cJSON_AddItemToArray(unusable, cJSON_CreateString(daemon->unusable[i]));
    cJSON_AddNumberToObject(rest, "now_ms", (double)clock_now(&daemon->clock));
    cJSON_AddBoolToObject(rest, "was_cut", daemon->was_cut);
    cJSON_AddNumberToObject(rest, "last_pid", (double)daemon->last_pid);
    write_file(path, rest);
}

static double number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

int64_t store_last_ms(const char *folder)
{
    scoped_free char *path = memory_format("%s/" REST, folder);
    cJSON *rest = read_file(path);
    int64_t now = (int64_t)number(rest, "now_ms");
    cJSON_Delete(rest);
    return now;
}

static void load_rest(struct daemon *daemon)
{
    scoped_free char *path = memory_format("%s/" REST, daemon->folder);
    cJSON *rest = read_file(path);
    const cJSON *id;
    cJSON_ArrayForEach(id, cJSON_GetObjectItemCaseSensitive(rest, "unusable"))
    {
        if (cJSON_IsString(id))
            daemon_make_unusable(daemon, id->valuestring);
    }
    daemon->was_cut = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(rest, "was_cut"));
    daemon->last_pid = (int64_t)number(rest, "last_pid");
    cJSON_Delete(rest);
}

static void load_box(struct daemon *daemon, const char *name)
{
    scoped_free char *path = memory_format("%s/%s", daemon->folder, name);
    cJSON *saved = read_file(path);
    struct box *box = saved ? box_load(daemon, saved) : NULL;
    cJSON_Delete(saved);
    if (box)
        daemon_add(daemon, box);
    else
        fprintf(stderr, "kanto-sim: %s: found no container in it\n", path);
}

int store_load(struct daemon *daemon, struct error *err)
{
    if (!daemon->folder)
        return 0;
    if (mkdir(daemon->folder, 0700) < 0 && errno != EEXIST)
        return error_set(err, ERROR_USAGE, "%s: %s", daemon->folder, strerror(errno));
    DIR *folder = opendir(daemon->folder);
    if (!folder)
        return error_set(err, ERROR_USAGE, "%s: %s", daemon->folder, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(folder));)
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 && !strstr(entry->d_name, ".new"))
            load_box(daemon, entry->d_name);
    closedir(folder);
    load_rest(daemon);
    return 0;
}
