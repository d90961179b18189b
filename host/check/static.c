/* The static part: what a look at the file shows. */
#include "base/cleanup.h"
#include "base/index.h"
#include "base/text.h"
#include "base/trusted.h"
#include "check/elf.h"
#include "check/record.h"
#include "loader/elf_note.h"

#include <link.h>
#include <string.h>
#include <unistd.h>

#define ENTRY    "kd_source_v1"
#define LIST_MAX 300 /* bytes of a list of names */

static void list_names(const struct elf_names *names, const char *without, struct text *out)
{
    out->max = LIST_MAX;
    for (size_t i = 0; i < names->count; i++)
        if (!without || strcmp(names->items[i], without) != 0)
            text_add_format(out, "%s%s", out->length ? ", " : "", names->items[i]);
}

static void check_exports(struct check *check, const struct elf *elf)
{
    scoped(text_finish) struct text others = {0};
    bool has_entry = false;
    for (size_t i = 0; i < elf->exports.count; i++)
        has_entry = has_entry || strcmp(elf->exports.items[i], ENTRY) == 0;
    list_names(&elf->exports, ENTRY, &others);
    if (!has_entry)
        check_record(check, "static.exports", CHECK_FAILED, "found no " ENTRY ", expected it");
    else if (others.length)
        check_record(check, "static.exports", CHECK_FAILED,
            "found %s, expected " ENTRY " alone (-fvisibility=hidden): a symbol of that name in "
            "another library would take its place",
            text_get(&others));
    else
        check_record(check, "static.exports", CHECK_OK, ENTRY);
}

static void check_needed(struct check *check, const struct elf *elf)
{
    scoped(text_finish) struct text all = {0};
    scoped(index_finish) struct index seen = {0};
    for (size_t i = 0; i < elf->needed.count; i++) {
        const char *name = elf->needed.items[i];
        if (strchr(name, '/'))
            check_record(check, "static.needed", CHECK_FAILED,
                "found \"%s\", expected a library's name without a path: it is there on the "
                "machine "
                "that built it alone",
                name);
        if (index_find(&seen, name, &(size_t){0}))
            check_record(check, "static.needed", CHECK_FAILED, "found \"%s\" twice", name);
        else
            index_put(&seen, name, i);
    }
    list_names(&elf->needed, NULL, &all);
    check_record(check, "static.needed", CHECK_OK, "%s", all.length ? text_get(&all) : "none");
}

/* Folders that only root writes to, or that lie beside the plugin. */
static bool is_guarded(const char *folder, size_t length)
{
    static const char *const guarded[] = {"$ORIGIN", "${ORIGIN}", "/usr", "/lib", "/lib64", "/opt"};
    for (size_t i = 0; i < countof(guarded); i++) {
        size_t known = strlen(guarded[i]);
        if (length >= known && memcmp(folder, guarded[i], known) == 0 &&
            (length == known || folder[known] == '/'))
            return memmem(folder, length, "/../", 4) == NULL || i < 2;
    }
    return false;
}

static void check_search(struct check *check, const struct elf *elf)
{
    for (size_t i = 0; i < elf->search.count; i++) {
        const char *at = elf->search.items[i];
        for (;;) {
            size_t length = strcspn(at, ":");
            if (!is_guarded(at, length))
                check_record(check, "static.rpath", CHECK_FAILED,
                    "found \"%.*s\", expected none, $ORIGIN or a folder of the system: who may "
                    "write there chooses the libraries",
                    (int)length, at);
            if (!at[length])
                break;
            at += length + 1;
        }
    }
    check_record(
        check, "static.rpath", CHECK_OK, "%s", elf->search.count ? elf->search.items[0] : "none");
}

static void check_stack(struct check *check, const struct elf *elf)
{
    if (!elf->stack_known)
        check_record(check, "static.stack", CHECK_FAILED,
            "found no PT_GNU_STACK, expected one: without it the stack becomes executable");
    else if (elf->stack_executable)
        check_record(check, "static.stack", CHECK_FAILED,
            "found an executable stack (nested functions, or assembler without .note.GNU-stack)");
    else
        check_record(check, "static.stack", CHECK_OK, "not executable");
}

static void check_tables(struct check *check, const char *path)
{
    scoped(elf_finish) struct elf elf = {0};
    struct error err = {0};
    if (elf_read(path, &elf, &err) < 0) {
        check_record(check, "static.elf", CHECK_FAILED, "%s", err.text);
        return;
    }
    check_exports(check, &elf);
    check_needed(check, &elf);
    check_search(check, &elf);
    check_stack(check, &elf);
    check_record(
        check, "static.elf", CHECK_OK, "%d bit, %zu bytes", __ELF_NATIVE_CLASS, elf.length);
}

void check_file(struct check *check, const char *path)
{
    struct error err = {0};
    struct kd_note note = {0};
    scoped_fd int fd = -1;
    if (trusted_open(path, geteuid(), &fd, &err) < 0) {
        const char *rule = err.kind == ERROR_INVALID ? "static.mode" : "static.elf";
        check_record(check, rule, CHECK_FAILED, "%s", err.text);
        return;
    }
    struct elf_file file = {.fd = fd};
    check_record(
        check, "static.mode", CHECK_OK, "nobody else writes to it, nor puts another there");
    if (elf_note_machine(&file, &err) < 0) {
        check_record(check, "static.elf", CHECK_FAILED, "%s", err.text);
        return;
    }
    if (elf_note_find(&file, &note, &err) < 0)
        check_record(check, "static.note", CHECK_FAILED, "%s", err.text);
    else
        check_record(check, "static.note", CHECK_OK, "interface %u.%u, %s", note.major, note.minor,
            note.flags & KD_NOTE_NETWORK ? "uses the network" : "no network");
    check->major = note.major;
    check->minor = note.minor;
    check_tables(check, path);
}
