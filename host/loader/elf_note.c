#include "loader/elf_note.h"

#include <kanto-deployer/source.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADERS_MAX 64
#define NOTES_MAX   8192 /* bytes of one note segment that are looked at */

static int check_writers(
    const char *what, const char *path, const struct stat *info, struct error *err)
{
    int sticky_folder = S_ISDIR(info->st_mode) && (info->st_mode & S_ISVTX);
    if (info->st_uid != 0 && info->st_uid != geteuid())
        error_set(err, ERROR_INVALID, "%s %s belongs to user %u, expected root or the caller", what,
            path, (unsigned)info->st_uid);
    else if ((info->st_mode & (S_IWGRP | S_IWOTH)) && !sticky_folder)
        error_set(err, ERROR_INVALID,
            "%s %s has mode %04o, expected one that only the owner may write", what, path,
            (unsigned)(info->st_mode & 07777));
    else
        return 0;
    return -1;
}

int elf_note_places(int fd, const char *path, struct error *err)
{
    struct stat info;
    char folder[PATH_MAX];
    if (fstat(fd, &info) < 0)
        return error_errno(err, errno, "%s", path);
    if (!S_ISREG(info.st_mode))
        return error_set(err, ERROR_INVALID, "%s is no regular file", path);
    if (check_writers("plugin", path, &info, err) < 0)
        return -1;
    snprintf(folder, sizeof(folder), "%s", path);
    char *parent = dirname(folder);
    if (stat(parent, &info) < 0)
        return error_errno(err, errno, "%s", parent);
    return check_writers("folder", parent, &info, err);
}

/* As many bytes as there are, whatever interrupts it; negative: errno says why. */
static ssize_t read_at(int fd, void *bytes, size_t length, off_t at)
{
    size_t done = 0;
    while (done < length) {
        ssize_t got = pread(fd, (char *)bytes + done, length - done, at + (off_t)done);
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
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read_at(fd, &header, sizeof(header), 0);
    if (fd >= 0)
        close(fd);
    return got == (ssize_t)sizeof(header) ? header.e_machine : EM_NONE;
}

static int check_elf(const ElfW(Ehdr) * header, ssize_t got, struct error *err)
{
    int own_class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    ElfW(Half) machine = own_machine();
    if (got < 0)
        error_errno(err, errno, "it cannot be read");
    else if (got < EI_NIDENT || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
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

/* Negative: errno says why. */
static int find_note(int fd, const ElfW(Ehdr) * header, struct kd_note *ret_note)
{
    for (unsigned i = 0; i < header->e_phnum; i++) {
        ElfW(Phdr) segment;
        unsigned char bytes[NOTES_MAX];
        off_t at = (off_t)(header->e_phoff + i * sizeof(segment));
        ssize_t got = read_at(fd, &segment, sizeof(segment), at);
        if (got < 0)
            return -1;
        if (got != (ssize_t)sizeof(segment) || segment.p_type != PT_NOTE)
            continue;
        size_t wanted = segment.p_filesz < sizeof(bytes) ? (size_t)segment.p_filesz : sizeof(bytes);
        got = read_at(fd, bytes, wanted, (off_t)segment.p_offset);
        if (got < 0)
            return -1;
        if (got > 0 && find_in(bytes, (size_t)got, ret_note))
            return 1;
    }
    return 0;
}

int elf_note_machine(int fd, struct error *err)
{
    ElfW(Ehdr) header = {0};
    ssize_t got = read_at(fd, &header, sizeof(header), 0);
    return check_elf(&header, got, err);
}

int elf_note_find(int fd, struct kd_note *ret_note, struct error *err)
{
    ElfW(Ehdr) header = {0};
    struct kd_note note;
    ssize_t got = read_at(fd, &header, sizeof(header), 0);
    int found = got == (ssize_t)sizeof(header) ? find_note(fd, &header, &note) : (int)got;
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

int elf_note_check(const char *path, uint32_t *ret_flags, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_errno(err, errno, "%s", path);
    struct kd_note note;
    int result = elf_note_places(fd, path, err) < 0 || elf_note_machine(fd, err) < 0 ||
                         elf_note_find(fd, &note, err) < 0
                     ? -1
                     : 0;
    if (result == 0)
        *ret_flags = note.flags;
    close(fd);
    return result;
}
