/* Scope cleanup: a variable marked `scoped(fn)` is handed to fn (by address) when its scope ends.
 * `steal(&ptr)` hands the value over and leaves NULL behind. */
#ifndef KD_BASE_CLEANUP_H
#define KD_BASE_CLEANUP_H

#include <stddef.h>

#define scoped(fn) __attribute__((cleanup(fn)))

#define scoped_free scoped(cleanup_free)
#define scoped_fd   scoped(cleanup_fd)
#define scoped_file scoped(cleanup_file)

/* Statement expression: gcc and clang both have it. */
#define steal(ptr)                                                                                 \
    __extension__({                                                                                \
        __typeof__(*(ptr)) steal_value = *(ptr);                                                   \
        *(ptr) = NULL;                                                                             \
        steal_value;                                                                               \
    })

void cleanup_free(void *address_of_pointer);
void cleanup_fd(int *fd); /* < 0: nothing */
void cleanup_file(void *address_of_file);

static inline int steal_fd(int *fd)
{
    int value = *fd;
    *fd = -1;
    return value;
}

#define countof(array) (sizeof(array) / sizeof((array)[0]))

#endif
