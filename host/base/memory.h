/* Allocation that does not fail: on an exhausted heap the process says so and aborts. The journal
 * makes a death at any instruction safe, and a deployer that limps on without memory is not. All
 * sizes that come from outside are bounded before they get here. */
#ifndef KD_BASE_MEMORY_H
#define KD_BASE_MEMORY_H

#include <stddef.h>

void *memory_zeroed(size_t count, size_t size);       /* calloc; free() it */
char *memory_string(const char *text);                /* strdup; NULL stays NULL */
char *memory_bytes(const void *bytes, size_t length); /* a copy with a zero byte behind it */
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The pointer itself, which must not be NULL for want of memory. */
void *memory_held(void *pointer);

/* Room for one more element: grows *array (elements of `size`) when count has reached *capacity. */
void memory_grow(void *address_of_array, size_t *capacity, size_t count, size_t size);

#endif
