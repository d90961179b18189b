#include "alike.h"

#include "name.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define LOOKED_AT 1000 /* entries of a folder */
#define MORE      sizeof(", …")

void alike_add(struct alike *alike, const char *key, const char *reason)
{
    char *end = alike->text + alike->length;
    size_t room = sizeof(alike->text) - alike->length;
    const char *comma = alike->count++ ? ", " : "";
    if (alike->full)
        return;
    int used = snprintf(end, room, "%s%s (%s)", comma, key, reason);
    alike->full = used < 0 || (size_t)used + MORE > room;
    alike->length += alike->full ? (size_t)snprintf(end, room, "%s…", comma) : (size_t)used;
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), ending = strlen(end);
    return length > ending && strcasecmp(name + length - ending, end) == 0;
}

bool name_is_alike(const char *name)
{
    for (const char *at = strchr(name, '.'); at; at = strchr(at + 1, '.'))
        if (at > name && strncasecmp(at, ".json", 5) == 0)
            return true;
    return ends_with(name, ".yaml") || ends_with(name, ".yml");
}

bool alike_is_folder(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    bool found = false;
    const struct dirent *entry;
    for (int i = 0; entries && !found && i < LOOKED_AT && (entry = readdir(entries)); i++) {
        const char *reason = name_reason(entry->d_name);
        found = !reason || (!*reason && name_is_alike(entry->d_name));
    }
    if (entries)
        closedir(entries);
    else if (fd >= 0)
        close(fd);
    return found;
}
