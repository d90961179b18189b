#include "manifest/name.h"

#include "base/memory.h"

#include <string.h>

char *name_stem(const char *key)
{
    const char *slash = strrchr(key, '/');
    const char *file = slash ? slash + 1 : key;
    const char *suffix = strrchr(file, '.');
    return memory_bytes(file, suffix && suffix > file ? (size_t)(suffix - file) : strlen(file));
}

bool name_fill(Kanto__Container *container, const char *key)
{
    if (container->name)
        return false;
    if (container->id) {
        container->name = memory_string(container->id);
        return false;
    }
    container->name = name_stem(key);
    return true;
}
