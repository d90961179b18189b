#include "image.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "signals.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES ((size_t)16 << 20)
#define KILLED         137

int images_read(struct images *images, const char *path, struct error *err)
{
    scoped_free char *bytes = NULL;
    size_t length = 0;
    if (file_read(path, FILE_MAX_BYTES, &bytes, &length, err) < 0)
        return -1;
    images->file = cJSON_ParseWithLength(bytes, length);
    if (!images->file)
        return error_set(err, ERROR_USAGE, "%s: found no JSON", path);
    return 0;
}

void images_finish(struct images *images)
{
    images_empty(images);
    for (size_t i = 0; i < images->count; i++)
        free(images->images[i]);
    free(images->images);
    cJSON_Delete(images->file);
}

static int64_t number(const cJSON *object, const char *key, int64_t fallback)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? (int64_t)item->valuedouble : fallback;
}

/* The recordings had every image in the store but those that are there to be pulled. */
static bool is_there_at_first(const struct image *image)
{
    return image->entry && !image->error && !strstr(image->name, "slow:");
}

void images_empty(struct images *images)
{
    for (size_t i = 0; i < images->count; i++) {
        images->images[i]->present = false;
        free(images->images[i]->spoiled);
        images->images[i]->spoiled = NULL;
    }
    images->emptied = true;
}

void images_restore(struct images *images)
{
    images_empty(images);
    images->emptied = false;
    for (size_t i = 0; i < images->count; i++)
        images->images[i]->present = is_there_at_first(images->images[i]);
}

static struct image *add(struct images *images, const char *name)
{
    const cJSON *entry = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(images->file, "images"), name);
    struct image *image = memory_zeroed(1, sizeof(*image) + strlen(name) + 1);
    char *kept = (char *)(image + 1);
    memcpy(kept, name, strlen(name) + 1);
    image->name = kept;
    image->entry = entry;
    image->error = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "error"));
    image->after_ms = number(entry, "after_ms", 0);
    image->pull_ms = number(entry, "pull_ms", 0);
    image->bytes = number(entry, "bytes", 0);
    image->present = !images->emptied && is_there_at_first(image);
    memory_grow(&images->images, &images->capacity, images->count, sizeof(struct image *));
    images->images[images->count++] = image;
    return image;
}

struct image *images_find(struct images *images, const char *name)
{
    for (size_t i = 0; i < images->count; i++)
        if (strcmp(images->images[i]->name, name) == 0)
            return images->images[i];
    return add(images, name);
}

static size_t argument_count(const cJSON *array)
{
    return cJSON_IsArray(array) ? (size_t)cJSON_GetArraySize(array) : 0;
}

/* entrypoint + (config.cmd or the image's own cmd): argument `at`, or NULL. */
static const char *argument(const struct image *image, const Kanto__Container *container, size_t at)
{
    const cJSON *entrypoint = cJSON_GetObjectItemCaseSensitive(image->entry, "entrypoint");
    const cJSON *own = cJSON_GetObjectItemCaseSensitive(image->entry, "cmd");
    size_t before = argument_count(entrypoint);
    if (at < before)
        return cJSON_GetStringValue(cJSON_GetArrayItem(entrypoint, (int)at));
    at -= before;
    if (container->config && container->config->n_cmd > 0)
        return at < container->config->n_cmd ? container->config->cmd[at] : NULL;
    return at < argument_count(own) ? cJSON_GetStringValue(cJSON_GetArrayItem(own, (int)at)) : NULL;
}

static bool is_command(
    const cJSON *argv, const struct image *image, const Kanto__Container *container)
{
    size_t count = argument_count(argv);
    for (size_t i = 0; i < count; i++) {
        const char *wanted = cJSON_GetStringValue(cJSON_GetArrayItem(argv, (int)i));
        const char *found = argument(image, container, i);
        if (!wanted || !found || strcmp(wanted, found) != 0)
            return false;
    }
    return count > 0 && !argument(image, container, count);
}

static const cJSON *find_process(
    const struct images *images, const struct image *image, const Kanto__Container *container)
{
    const cJSON *entry;
    if (!container->config || container->config->n_cmd == 0)
        return cJSON_GetObjectItemCaseSensitive(image->entry, "process");
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(images->file, "commands"))
    {
        if (is_command(cJSON_GetObjectItemCaseSensitive(entry, "argv"), image, container))
            return cJSON_GetObjectItemCaseSensitive(entry, "process");
    }
    return NULL;
}

void images_behaviour(const struct images *images, const struct image *image,
    const Kanto__Container *container, struct behaviour *ret_behaviour)
{
    const cJSON *process = find_process(images, image, container);
    const cJSON *exits = cJSON_GetObjectItemCaseSensitive(process, "exits");
    const char *command = argument(image, container, 0);
    *ret_behaviour = (struct behaviour){
        .known = process != NULL,
        .start_error = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(process, "start_error")),
        .command = command ? command : "",
        .exits_ms = number(exits, "after_ms", -1),
        .exit_code = (int)number(exits, "exit_code", 0),
        .needs_64m = cJSON_HasObjectItem(exits, "oom"),
        .signals = cJSON_GetObjectItemCaseSensitive(process, "signals"),
        .output = cJSON_GetObjectItemCaseSensitive(process, "output"),
        .out = cJSON_GetObjectItemCaseSensitive(process, "stdout"),
        .err = cJSON_GetObjectItemCaseSensitive(process, "stderr"),
    };
}

bool behaviour_signal(
    const struct behaviour *behaviour, int signal, int64_t *ret_after_ms, int *ret_exit_code)
{
    char name[16];
    if (signal == SIGKILL) {
        *ret_after_ms = 0;
        *ret_exit_code = KILLED;
        return true;
    }
    if (!behaviour->known && signal == SIGTERM) { /* a well-behaved program */
        *ret_after_ms = 0;
        *ret_exit_code = 0;
        return true;
    }
    const cJSON *entry = signal_print(signal, name, sizeof(name))
                             ? cJSON_GetObjectItemCaseSensitive(behaviour->signals, name)
                             : NULL;
    if (!entry)
        return false;
    *ret_after_ms = number(entry, "after_ms", 0);
    *ret_exit_code = (int)number(entry, "exit_code", 0);
    return true;
}
