/* What a shared object says of itself: read from its bytes, nothing is loaded. */
#ifndef KD_CHECK_ELF_H
#define KD_CHECK_ELF_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct elf_names { /* borrowed from the bytes */
    const char **items;
    size_t count, capacity;
};

struct elf {
    char *bytes;
    size_t length;
    struct elf_names exports; /* defined, global or weak */
    struct elf_names needed;  /* DT_NEEDED */
    struct elf_names search;  /* DT_RPATH and DT_RUNPATH, as written */
    bool stack_known, stack_executable;
};

/* Of a file of this machine's class, from its bytes (from the heap; freed in any case in the end) or
 * by its path. ERROR_INVALID: it has no tables, or they are damaged. */
int elf_take(char *bytes, size_t length, struct elf *ret_elf, struct error *err);
int elf_read(const char *path, struct elf *ret_elf, struct error *err);
void elf_finish(struct elf *elf);

#endif
