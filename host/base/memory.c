#include "base/memory.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *memory_held(void *pointer)
{
    static const char words[] = "kanto-deployer: out of memory\n";
    if (pointer)
        return pointer;
    ssize_t ignored = write(STDERR_FILENO, words, sizeof(words) - 1);
    (void)ignored;
    abort();
}

void *memory_zeroed(size_t count, size_t size)
{
    return memory_held(calloc(count ? count : 1, size ? size : 1));
}

char *memory_string(const char *text)
{
    return text ? memory_held(strdup(text)) : NULL;
}

char *memory_bytes(const void *bytes, size_t length)
{
    char *copy = memory_held(malloc(length + 1));
    if (length)
        memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

char *memory_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = memory_formatv(format, args);
    va_end(args);
    return text;
}

char *memory_formatv(const char *format, va_list args)
{
    char *text = NULL;
    return memory_held(vasprintf(&text, format, args) < 0 ? NULL : text);
}

char *memory_realpath(const char *path)
{
    char *real = realpath(path, NULL);
    return real || errno != ENOMEM ? real : memory_held(real);
}

void *memory_taken(size_t size)
{
    return memory_held(malloc(size));
}

void memory_grow(void *address_of_array, size_t *capacity, size_t count, size_t size)
{
    void **array = address_of_array;
    if (count < *capacity)
        return;
    size_t wanted = *capacity ? *capacity * 2 : 8;
    *array = memory_held(reallocarray(*array, wanted, size));
    *capacity = wanted;
}

void cleanup_free(void *address_of_pointer)
{
    free(*(void **)address_of_pointer);
}

void cleanup_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

void cleanup_file(void *address_of_file)
{
    FILE *file = *(FILE **)address_of_file;
    if (file)
        fclose(file);
}
