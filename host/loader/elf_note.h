/* Looks at a plugin's file before it is loaded: constructors run at dlopen, so this is the last
 * moment at which a wrong file costs nothing. */
#ifndef KD_LOADER_ELF_NOTE_H
#define KD_LOADER_ELF_NOTE_H

#include "base/error.h"

#include <kanto-deployer/source.h>

/* The flags of its note. Refuses: wrong ELF class or machine, no note, another major, or a file or
 * folder that others than root or the caller may write to. */
int elf_note_check(const char *path, uint32_t *ret_flags, struct error *err);

/* The same in parts, of an open file: who may write to it and its folder; class, type and machine;
 * whether there is a note of ours, and that it is one that this host can load. */
int elf_note_places(int fd, const char *path, struct error *err);
int elf_note_machine(int fd, struct error *err);
int elf_note_find(int fd, struct kd_note *ret_note, struct error *err);

#endif
