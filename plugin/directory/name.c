#include "name.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), ending = strlen(end);
    return length > ending && strcmp(text + length - ending, end) == 0;
}

/* rsync writes .NAME.json.AbC123 and renames it. */
static bool is_rsync(const char *name)
{
    const char *dot = strrchr(name, '.');
    if (*name != '.' || !dot || dot == name || strlen(dot) != 7)
        return false;
    for (const char *at = dot + 1; *at; at++)
        if (!isalnum((unsigned char)*at))
            return false;
    return true;
}

const char *name_reason(const char *name)
{
    static const struct {
        const char *end, *reason;
    } ends[] = {
        {"~", "a backup"},
        {".bak", "a backup"},
        {".orig", "a backup"},
        {".old", "a backup"},
        {".swp", "an editor's file"},
        {".swo", "an editor's file"},
        {".tmp", "a temporary file"},
        {".part", "a download that has not ended"},
        {".disabled", "disabled"},
        {".template", "a template"},
        {".dpkg-new", "a package's leftover"},
        {".dpkg-old", "a package's leftover"},
        {".dpkg-dist", "a package's leftover"},
        {".rpmnew", "a package's leftover"},
        {".rpmsave", "a package's leftover"},
        {".rpmorig", "a package's leftover"},
    };
    if (is_rsync(name))
        return "a temporary file of rsync";
    if (strncmp(name, ".#", 2) == 0 || (*name == '#' && ends_with(name, "#")))
        return "an editor's file";
    if (*name == '.')
        return "hidden";
    for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (ends_with(name, ends[i].end))
            return ends[i].reason;
    return ends_with(name, ".json") ? NULL : "";
}
