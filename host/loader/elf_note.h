/* Looks at a plugin's file before it is loaded: constructors run at dlopen, so this is the last
 * moment at which a wrong file costs nothing. */
#ifndef KD_LOADER_ELF_NOTE_H
#define KD_LOADER_ELF_NOTE_H

#include "base/error.h"

#include <kanto-deployer/source.h>

#include <stddef.h>
#include <sys/types.h>

/* The flags of its note. Refuses: wrong ELF class or machine, no note, another major, or a file that others than root or
 * `caller` may write to or put another in the place of (base/trusted.h). */
int elf_note_check(const char *path, uid_t caller, uint32_t *ret_flags, struct error *err);

struct elf_file { /* its bytes */
    int fd;       /* in an open file; not where there are bytes */
    const void *bytes;
    size_t length;
};

/* The same in parts: class, type and machine; whether there is a note of ours, and that it is one
 * that this host can load. */
int elf_note_machine(const struct elf_file *file, struct error *err);
int elf_note_find(const struct elf_file *file, struct kd_note *ret_note, struct error *err);

#endif
