#include "config/list.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/path.h"
#include "config/value.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS  " \t"
#define UPPER   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER   "abcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"
#define LETTERS UPPER LOWER DIGITS

static bool consists_of(const char *text, const char *characters)
{
    return *text && strspn(text, characters) == strlen(text);
}

/* Colons are how other programs separate paths: who writes one means two folders. */
static bool is_path(const char *item)
{
    return path_is_plain(item) && !strchr(item, ':');
}

/* HOST[:PORT][/PATH]. What looks like a host is what a reference is read by: a dot, a port, or
 * localhost. */
static bool is_registry(const char *item)
{
    size_t host = strcspn(item, "/");
    bool named = memchr(item, '.', host) || memchr(item, ':', host) ||
                 (host == strlen("localhost") && strncmp(item, "localhost", host) == 0);
    return named && *item != '.' && *item != ':' && consists_of(item, LETTERS "._-:/") &&
           !strstr(item, "..") && !strstr(item, "//") && !strchr(item + host, ':');
}

static bool is_capability(const char *item)
{
    return strncmp(item, "CAP_", 4) == 0 && consists_of(item + 4, UPPER DIGITS "_");
}

static bool is_runtime(const char *item)
{
    return consists_of(item, LETTERS "._-/");
}

static const struct kind {
    bool (*is)(const char *item);
    const char *expected;
} kinds[] = {
    [TYPE_CONTAINERS] = {value_is_container, "names of containers with blanks between them"},
    [TYPE_PATHS] = {is_path, "no, yes, or absolute paths without \"..\", with blanks between them"},
    [TYPE_REGISTRIES] = {is_registry,
        "no, yes, or registries with blanks between them, as docker.io/library ghcr.io"},
    [TYPE_CAPABILITIES] = {is_capability,
        "no, yes, or capabilities with blanks between them, as CAP_NET_ADMIN"},
    [TYPE_RUNTIMES] = {is_runtime, "no, yes, or names of runtimes with blanks between them"},
};

static int read_items(
    enum config_type type, const char *text, struct config_list *list, struct error *err)
{
    for (const char *at = text + strspn(text, BLANKS); *at; at += strspn(at, BLANKS)) {
        size_t length = strcspn(at, BLANKS);
        scoped_free char *item = memory_bytes(at, length);
        at += length;
        if (!kinds[type].is(item))
            return error_set(
                err, ERROR_CONFIG, "found \"%s\", expected %s", item, kinds[type].expected);
        memory_grow(&list->items, &list->capacity, list->count, sizeof(*list->items));
        list->items[list->count++] = steal(&item);
    }
    return 0;
}

static int replace(
    enum config_type type, const char *text, struct config_list *list, struct error *err)
{
    struct config_list items = {0};
    if (read_items(type, text, &items, err) < 0) {
        list_finish(&items);
        return -1;
    }
    list_finish(list);
    *list = items;
    return 0;
}

int list_set(const char *text, struct config_list *list, struct error *err)
{
    return replace(TYPE_CONTAINERS, text, list, err);
}

int list_grant(
    enum config_type type, const char *text, struct config_grant *grant, struct error *err)
{
    bool all = strcmp(text, "yes") == 0;
    bool none = strcmp(text, "no") == 0;
    if (!*text)
        return error_set(err, ERROR_CONFIG, "found nothing, expected %s", kinds[type].expected);
    if (replace(type, all || none ? "" : text, &grant->list, err) < 0)
        return -1;
    grant->all = all;
    return 0;
}

void list_finish(struct config_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct config_list){0};
}
