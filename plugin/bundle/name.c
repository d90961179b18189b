#include "name.h"

#include "base/utf8.h"

#include <string.h>

void name_trim(const char **begin, size_t *length)
{
    const char *name = *begin;
    if (strcmp(name, ".") == 0)
        name++;
    else if (strncmp(name, "./", 2) == 0)
        name += 2;
    size_t used = strlen(name);
    if (used > 1 && name[used - 1] == '/')
        used--;
    *begin = name;
    *length = used;
}

static const char *text_fault(const char *name)
{
    if (!utf8_is_valid(name))
        return "found a name that is no UTF-8";
    for (const char *at = name; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return "found a control character in its name";
        if (*at == '\\')
            return "found a backslash in its name";
    }
    return NULL;
}

const char *name_fault(const char *name)
{
    if (*name == '/')
        return "found an absolute path";
    for (const char *at = name; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL) {
        size_t length = strcspn(at, "/");
        if (length == 2 && strncmp(at, "..", 2) == 0)
            return "found \"..\" in its path";
        if ((length == 0 && *name) || (length == 1 && *at == '.'))
            return "found an empty part, or \".\", in its path";
    }
    return text_fault(name);
}

const char *name_reason(const char *name)
{
    const char *slash = strrchr(name, '/'), *file = slash ? slash + 1 : name;
    size_t length = strlen(file);
    if (*file == '.')
        return "hidden";
    return length > 5 && strcmp(file + length - 5, ".json") == 0 ? NULL
                                                                 : "its name does not end in .json";
}
