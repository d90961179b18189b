/* A file that is said to be a plugin, looked at before it is loaded. */
#include "target.h"

#include "base/memory.h"
#include "check/elf.h"
#include "loader/elf_note.h"

#include <string.h>

static void expect_names(const struct elf *elf, const struct elf_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        target_expect(names->items[i] >= elf->bytes &&
                          names->items[i] + strlen(names->items[i]) < elf->bytes + elf->length,
            "a name outside of the file");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct error err = {0};
    struct kd_note note = {0};
    struct elf elf = {0};
    struct elf_file file = {.fd = -1, .bytes = bytes, .length = length};
    elf_note_machine(&file, &err);
    if (elf_note_find(&file, &note, &err) == 0)
        target_expect(note.major == KD_ABI_MAJOR, "found major %u", note.major);
    if (elf_take(memory_bytes(bytes, length), length, &elf, &err) == 0) {
        expect_names(&elf, &elf.exports);
        expect_names(&elf, &elf.needed);
        expect_names(&elf, &elf.search);
        elf_finish(&elf);
    }
    return 0;
}
