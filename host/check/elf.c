#include "check/elf.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"

#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX      ((size_t)512 << 20)
#define NAME_MAX_BYTES ((size_t)64 << 10) /* of a name */

/* Copies, as nothing promises that a table is aligned. False: it is not all there. */
static bool take(const struct elf *elf, size_t at, void *ret_copy, size_t size)
{
    if (at > elf->length || size > elf->length - at)
        return false;
    memcpy(ret_copy, elf->bytes + at, size);
    return true;
}

static bool take_section(
    const struct elf *elf, const ElfW(Ehdr) * header, size_t index, ElfW(Shdr) * ret_section)
{
    return index < header->e_shnum && header->e_shentsize == sizeof(*ret_section) &&
           take(elf, header->e_shoff + index * sizeof(*ret_section), ret_section,
               sizeof(*ret_section));
}

/* A string of a string table; NULL when it does not end in there, or is none that a linker makes. */
static const char *string_at(const struct elf *elf, const ElfW(Shdr) * strings, size_t at)
{
    if (strings->sh_offset > elf->length || strings->sh_size > elf->length - strings->sh_offset ||
        at >= strings->sh_size)
        return NULL;
    const char *text = elf->bytes + strings->sh_offset + at;
    size_t left = strings->sh_size - at;
    return memchr(text, '\0', left < NAME_MAX_BYTES ? left : NAME_MAX_BYTES) ? text : NULL;
}

static void add(struct elf_names *names, const char *name)
{
    if (!name)
        return;
    memory_grow(&names->items, &names->capacity, names->count, sizeof(*names->items));
    names->items[names->count++] = name;
}

static void read_symbols(struct elf *elf, const ElfW(Shdr) * table, const ElfW(Shdr) * strings)
{
    ElfW(Sym) symbol;
    for (size_t at = sizeof(symbol); at + sizeof(symbol) <= table->sh_size; at += sizeof(symbol)) {
        if (!take(elf, table->sh_offset + at, &symbol, sizeof(symbol)))
            return;
        unsigned binding = symbol.st_info >> 4, visible = symbol.st_other & 3;
        if (symbol.st_shndx != SHN_UNDEF && binding != STB_LOCAL && visible != STV_HIDDEN &&
            visible != STV_INTERNAL)
            add(&elf->exports, string_at(elf, strings, symbol.st_name));
    }
}

static void read_dynamic(struct elf *elf, const ElfW(Shdr) * table, const ElfW(Shdr) * strings)
{
    ElfW(Dyn) entry;
    for (size_t at = 0; at + sizeof(entry) <= table->sh_size; at += sizeof(entry)) {
        if (!take(elf, table->sh_offset + at, &entry, sizeof(entry)) || entry.d_tag == DT_NULL)
            return;
        if (entry.d_tag == DT_NEEDED)
            add(&elf->needed, string_at(elf, strings, entry.d_un.d_val));
        else if (entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH)
            add(&elf->search, string_at(elf, strings, entry.d_un.d_val));
    }
}

static void read_stack(struct elf *elf, const ElfW(Ehdr) * header)
{
    ElfW(Phdr) segment;
    for (size_t i = 0; i < header->e_phnum; i++) {
        if (!take(elf, header->e_phoff + i * sizeof(segment), &segment, sizeof(segment)))
            return;
        if (segment.p_type != PT_GNU_STACK)
            continue;
        elf->stack_known = true;
        elf->stack_executable = segment.p_flags & PF_X;
    }
}

static int read_tables(struct elf *elf, struct error *err)
{
    ElfW(Ehdr) header;
    ElfW(Shdr) section, strings;
    bool symbols = false, dynamic = false;
    if (!take(elf, 0, &header, sizeof(header)))
        return error_set(err, ERROR_INVALID, "it is no ELF file");
    read_stack(elf, &header);
    for (size_t i = 0; take_section(elf, &header, i, &section); i++) {
        /* There is one of each; more would be the same bytes over and over. */
        bool is_first = section.sh_type == SHT_DYNSYM    ? !symbols
                        : section.sh_type == SHT_DYNAMIC ? !dynamic
                                                         : false;
        if (!is_first || !take_section(elf, &header, section.sh_link, &strings))
            continue;
        if (section.sh_type == SHT_DYNSYM)
            read_symbols(elf, &section, &strings);
        else
            read_dynamic(elf, &section, &strings);
        symbols = symbols || section.sh_type == SHT_DYNSYM;
        dynamic = dynamic || section.sh_type == SHT_DYNAMIC;
    }
    if (!symbols || !dynamic)
        return error_set(err, ERROR_INVALID, "its section headers are damaged, or were stripped");
    return 0;
}

int elf_take(char *bytes, size_t length, struct elf *ret_elf, struct error *err)
{
    struct elf elf = {.bytes = bytes, .length = length};
    if (read_tables(&elf, err) < 0) {
        elf_finish(&elf);
        return -1;
    }
    *ret_elf = elf;
    return 0;
}

int elf_read(const char *path, struct elf *ret_elf, struct error *err)
{
    char *bytes = NULL;
    size_t length = 0;
    if (file_read(path, BYTES_MAX, &bytes, &length, err) < 0)
        return -1;
    return elf_take(bytes, length, ret_elf, err);
}

void elf_finish(struct elf *elf)
{
    free(elf->exports.items);
    free(elf->needed.items);
    free(elf->search.items);
    free(elf->bytes);
    *elf = (struct elf){0};
}
