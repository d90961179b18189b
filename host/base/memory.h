/* Allocation that does not fail: on an exhausted heap the process says so and aborts. The journal
 * makes a death at any instruction safe, and a deployer that limps on without memory is not: what
 * it leaves out for want of some bytes could be a manifest, or a line of the journal. All sizes that
 * come from outside are bounded before they get here. Of helpers, a death is one source's.
 *
 * What allocates by itself must not fail either (vasprintf, realpath, cJSON, protobuf-c): use what
 * is here, or hand it memory_taken. */
#ifndef KD_BASE_MEMORY_H
#define KD_BASE_MEMORY_H

#include <stdarg.h>
#include <stddef.h>

void *memory_zeroed(size_t count, size_t size);       /* calloc; free() it */
char *memory_string(const char *text);                /* strdup; NULL stays NULL */
char *memory_bytes(const void *bytes, size_t length); /* a copy with a zero byte behind it */
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *memory_formatv(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
char *memory_realpath(const char *path); /* realpath; NULL where it leads nowhere, errno says why */
void *memory_taken(size_t size);         /* malloc, for libraries that take one */

/* The pointer itself, which must not be NULL for want of memory. */
void *memory_held(void *pointer);

/* Room for one more element: grows *array (elements of `size`) when count has reached *capacity. */
void memory_grow(void *address_of_array, size_t *capacity, size_t count, size_t size);

#endif
