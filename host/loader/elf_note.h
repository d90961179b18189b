/* Looks at a plugin's file before it is loaded: constructors run at dlopen, so this is the last
 * moment at which a wrong file costs nothing. */
#ifndef KD_LOADER_ELF_NOTE_H
#define KD_LOADER_ELF_NOTE_H

#include <stddef.h>

/* 0, or -1 and a sentence in text: wrong ELF class or machine, no note, another major, or a file or
 * folder that others than root or the caller may write to. */
int elf_note_check(const char *path, char *text, size_t size);

#endif
