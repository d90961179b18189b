#include "probe/guard.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t room(size_t size)
{
    size_t page = page_size();
    return (size + page - 1) / page * page;
}

static unsigned char *begin(const void *bytes, size_t size)
{
    return (unsigned char *)bytes + size - room(size);
}

void *guard_take(size_t size)
{
    size_t whole = room(size);
    unsigned char *at =
        mmap(NULL, whole + page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED || mprotect(at + whole, page_size(), PROT_NONE) < 0)
        _exit(EXIT_FAILURE);
    return at + whole - size;
}

void guard_seal(void *bytes, size_t size)
{
    mprotect(begin(bytes, size), room(size), PROT_NONE);
}

void guard_release(void *bytes, size_t size)
{
    munmap(begin(bytes, size), room(size) + page_size());
}
