#include "loader/elf_note.h"

#include "base/trusted.h"

#include <kanto-deployer/source.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#define HEADERS_MAX 64
#define NOTES_MAX   8192 /* bytes of one note segment that are looked at */

/* As many bytes as there are, whatever interrupts it; negative: errno says why. */
static ssize_t read_at(const struct elf_file *file, void *to, size_t length, size_t at)
{
    size_t done = 0;
    if (file->bytes) {
        done = at >= file->length ? 0 : length < file->length - at ? length : file->length - at;
        if (done > 0)
            memcpy(to, (const char *)file->bytes + at, done);
    }
    while (!file->bytes && done < length && at + done <= INT64_MAX) {
        ssize_t got = pread(file->fd, (char *)to + done, length - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

/* The machine that this loader was built for, by its own file; EM_NONE: that cannot be read. */
static ElfW(Half) own_machine(void)
{
    ElfW(Ehdr) header = {0};
    struct elf_file own = {.fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)};
    ssize_t got = own.fd < 0 ? -1 : read_at(&own, &header, sizeof(header), 0);
    if (own.fd >= 0)
        close(own.fd);
    return got == (ssize_t)sizeof(header) ? header.e_machine : EM_NONE;
}

static int check_elf(const ElfW(Ehdr) * header, ssize_t got, struct error *err)
{
    int own_class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    if (got < 0)
        return error_errno(err, errno, "it cannot be read");
    ElfW(Half) machine = own_machine();
    if (got < EI_NIDENT || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        error_set(err, ERROR_INVALID, "it is no ELF file");
    else if (header->e_ident[EI_CLASS] != own_class)
        error_set(err, ERROR_INVALID, "found ELF class %d, expected %d (%zu bit)",
            header->e_ident[EI_CLASS], own_class, sizeof(void *) * 8);
    else if (got != (ssize_t)sizeof(*header) || header->e_type != ET_DYN)
        error_set(err, ERROR_INVALID, "it is no shared object");
    else if (machine != EM_NONE && header->e_machine != machine) /* else dlopen says so */
        error_set(err, ERROR_INVALID, "found a plugin for machine %u, expected %u",
            header->e_machine, machine);
    else if (header->e_phentsize != sizeof(ElfW(Phdr)) || header->e_phnum > HEADERS_MAX)
        error_set(err, ERROR_INVALID, "its program headers are damaged");
    else
        return 0;
    return -1;
}

/* Whether our note is among these; *ret_note then is it. */
static int find_in(const unsigned char *bytes, size_t length, struct kd_note *ret_note)
{
    ElfW(Nhdr) header;
    size_t at = 0;
    while (length - at >= sizeof(header)) {
        memcpy(&header, bytes + at, sizeof(header));
        size_t name = ((size_t)header.n_namesz + 3) & ~(size_t)3,
               desc = ((size_t)header.n_descsz + 3) & ~(size_t)3;
        if (name > length || desc > length || name + desc > length - at - sizeof(header))
            return 0;
        if (header.n_namesz == sizeof(KD_NOTE_NAME) && header.n_descsz == KD_NOTE_DESC &&
            memcmp(bytes + at + sizeof(header), KD_NOTE_NAME, sizeof(KD_NOTE_NAME)) == 0) {
            memcpy(ret_note, bytes + at, sizeof(*ret_note));
            return 1;
        }
        at += sizeof(header) + name + desc;
    }
    return 0;
}

/* 0: there is none. Negative: errno says why. */
static int find_note(
    const struct elf_file *file, const ElfW(Ehdr) * header, struct kd_note *ret_note)
{
    for (unsigned i = 0; i < header->e_phnum && i < HEADERS_MAX; i++) {
        ElfW(Phdr) segment;
        unsigned char bytes[NOTES_MAX];
        ssize_t got =
            read_at(file, &segment, sizeof(segment), header->e_phoff + i * sizeof(segment));
        if (got < 0)
            return -1;
        if (got != (ssize_t)sizeof(segment) || segment.p_type != PT_NOTE)
            continue;
        size_t wanted = segment.p_filesz < sizeof(bytes) ? (size_t)segment.p_filesz : sizeof(bytes);
        got = read_at(file, bytes, wanted, segment.p_offset);
        if (got < 0)
            return -1;
        if (find_in(bytes, (size_t)got, ret_note))
            return 1;
    }
    return 0;
}

int elf_note_machine(const struct elf_file *file, struct error *err)
{
    ElfW(Ehdr) header = {0};
    ssize_t got = read_at(file, &header, sizeof(header), 0);
    return check_elf(&header, got, err);
}

int elf_note_find(const struct elf_file *file, struct kd_note *ret_note, struct error *err)
{
    ElfW(Ehdr) header = {0};
    struct kd_note note;
    ssize_t got = read_at(file, &header, sizeof(header), 0);
    int found = got == (ssize_t)sizeof(header) ? find_note(file, &header, &note) : (int)got;
    if (got < 0 || found < 0)
        return error_errno(err, errno, "it cannot be read");
    if (got != (ssize_t)sizeof(header) || !found || note.magic != KD_NOTE_MAGIC)
        return error_set(err, ERROR_INVALID,
            "it has no note of kanto-deployer: it is no source plugin (KD_SOURCE_NOTE)");
    if (note.major != KD_ABI_MAJOR)
        return error_set(err, ERROR_INVALID, "found plugin interface %u.%u, expected %u",
            note.major, note.minor, KD_ABI_MAJOR);
    *ret_note = note;
    return 0;
}

int elf_note_check(const char *path, uid_t caller, uint32_t *ret_flags, struct error *err)
{
    struct elf_file file = {.fd = -1};
    struct kd_note note;
    if (trusted_open(path, caller, &file.fd, err) < 0)
        return -1;
    int result = elf_note_machine(&file, err) < 0 || elf_note_find(&file, &note, err) < 0 ? -1 : 0;
    if (result == 0)
        *ret_flags = note.flags;
    close(file.fd);
    return result;
}
