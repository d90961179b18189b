#include "http/copy.h"

#include <string.h>

bool copy_part(char *to, size_t size, const char *from, size_t length)
{
    bool fits = length < size;
    size_t copied = fits ? length : 0;
    memmove(to, from, copied);
    to[copied] = '\0';
    return fits;
}

bool copy_text(char *to, size_t size, const char *from)
{
    return copy_part(to, size, from, strlen(from));
}
