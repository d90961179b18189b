#include "base/path.h"

#include <stddef.h>
#include <string.h>

/* The next component that means something, and its length; 0 at the end. */
static const char *component(const char *at, size_t *ret_length)
{
    for (;;) {
        at += strspn(at, "/");
        *ret_length = strcspn(at, "/");
        if (*ret_length != 1 || *at != '.')
            return at;
        at++;
    }
}

bool path_is_plain(const char *path)
{
    size_t length = 0;
    if (*path != '/')
        return false;
    for (const char *at = component(path, &length); length; at = component(at + length, &length))
        if (length == 2 && at[0] == '.' && at[1] == '.')
            return false;
    return true;
}

bool path_is_below(const char *path, const char *folder)
{
    if (!path_is_plain(path) || !path_is_plain(folder))
        return false;
    size_t length = 0, wanted = 0;
    const char *at = component(path, &length);
    const char *prefix = component(folder, &wanted);
    while (wanted) {
        if (length != wanted || memcmp(at, prefix, length) != 0)
            return false;
        at = component(at + length, &length);
        prefix = component(prefix + wanted, &wanted);
    }
    return true;
}
