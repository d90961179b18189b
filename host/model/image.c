#include "model/image.h"

#include "base/memory.h"

#include <stddef.h>
#include <string.h>

#define CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/:@+"

bool image_has_registry(const char *image)
{
    size_t length = strcspn(image, "/");
    return image[length] &&
           (memchr(image, '.', length) || memchr(image, ':', length) ||
               (length == strlen("localhost") && strncmp(image, "localhost", length) == 0));
}

/* Where the repository ends: at the digest, else at the tag. An @ or a second colon before that
 * belongs to no repository. */
static size_t repository_length(const char *image)
{
    const char *last = strrchr(image, '/');
    return last ? (size_t)(last - image) + strcspn(last, ":@") : 0;
}

bool image_is_plain(const char *image)
{
    size_t host = strcspn(image, "/");
    size_t length = repository_length(image);
    if (strspn(image, CHARACTERS) != strlen(image) || strstr(image, "..") ||
        !image_has_registry(image) || length <= host + 1)
        return false;
    if (memchr(image, '@', length) || memchr(image + host, ':', length - host))
        return false;
    for (size_t i = 0; i < length; i++) {
        bool begins = i == 0 || image[i - 1] == '/';
        if (begins && strchr("./:", image[i]))
            return false;
    }
    return image[length - 1] != '/';
}

bool image_is_below(const char *image, const char *prefix)
{
    size_t length = strlen(prefix), repository = repository_length(image);
    while (length && prefix[length - 1] == '/')
        length--;
    if (!image_is_plain(image) || length == 0 || length > repository ||
        strncmp(image, prefix, length) != 0)
        return false;
    return length == repository || image[length] == '/';
}

char *image_registry(const char *image)
{
    return image_is_plain(image) ? memory_bytes(image, strcspn(image, "/")) : NULL;
}
