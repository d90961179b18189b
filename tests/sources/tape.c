#include "tape.h"

#include "base/memory.h"

#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK ((size_t)512)

void tape_finish(struct tape *tape)
{
    free(tape->bytes);
    *tape = (struct tape){0};
}

void tape_add(struct tape *tape, const void *bytes, size_t length)
{
    if (tape->length + length > tape->capacity) {
        tape->capacity = (tape->length + length) * 2;
        tape->bytes = memory_held(realloc(tape->bytes, tape->capacity));
    }
    if (length)
        memcpy(tape->bytes + tape->length, bytes, length);
    tape->length += length;
}

void tape_text(struct tape *tape, const char *text)
{
    tape_add(tape, text, strlen(text));
}

void tape_add_zeros(struct tape *tape, size_t length)
{
    static const unsigned char zeros[4096];
    for (; length > sizeof(zeros); length -= sizeof(zeros))
        tape_add(tape, zeros, sizeof(zeros));
    tape_add(tape, zeros, length);
}

void tape_sum(struct tape *tape, size_t header)
{
    unsigned sum = 0;
    memset(tape->bytes + header + 148, ' ', 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += tape->bytes[header + i];
    snprintf((char *)tape->bytes + header + 148, 8, "%06o", sum);
}

size_t tape_header(
    struct tape *tape, const char *name, char type, const char *link, unsigned long long size)
{
    char block[512] = {0};
    size_t at = tape->length;
    snprintf(block, 101, "%.100s", name);
    snprintf(block + 100, 8, "%07o", type == '5' ? 0755 : 0644);
    snprintf(block + 108, 8, "%07o", 0);
    snprintf(block + 116, 8, "%07o", 0);
    snprintf(block + 124, 12, "%011llo", size);
    snprintf(block + 136, 12, "%011o", 0);
    block[156] = type;
    snprintf(block + 157, 101, "%.100s", link ? link : "");
    memcpy(block + 257, "ustar\00000", 8);
    tape_add(tape, block, BLOCK);
    tape_sum(tape, at);
    return at;
}

void tape_member(struct tape *tape, const char *name, char type, const char *link,
    const void *bytes, size_t length)
{
    tape_header(tape, name, type, link, length);
    tape_add(tape, bytes, length);
    tape_add_zeros(tape, (BLOCK - length % BLOCK) % BLOCK);
}

void tape_file(struct tape *tape, const char *name, const char *text)
{
    tape_member(tape, name, '0', NULL, text, strlen(text));
}

void tape_manifest(struct tape *tape, const char *name)
{
    char file[128], text[256];
    snprintf(file, sizeof(file), "%s.json", name);
    snprintf(text, sizeof(text),
        "{\"name\": \"%s\", \"image\": {\"name\": \"localhost:5000/sleeper:1\"}}\n", name);
    tape_file(tape, file, text);
}

void tape_pax(struct tape *tape, char type, const char *key, const char *value)
{
    size_t length = strlen(key) + strlen(value) + 3, digits = 1;
    char *record = NULL;
    while ((size_t)snprintf(NULL, 0, "%zu", length + digits) != digits)
        digits++;
    int written = asprintf(&record, "%zu %s=%s\n", length + digits, key, value);
    ck_assert_int_eq(written, (int)(length + digits));
    tape_member(tape, "pax", type, NULL, record, (size_t)written);
    free(record);
}

void tape_end(struct tape *tape)
{
    tape_add_zeros(tape, 2 * BLOCK);
}

void tape_pack(struct tape *tape, const char *how)
{
    if (!*how)
        return;
    struct archive *out = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    size_t room = tape->length + tape->length / 8 + 65536, used = 0;
    unsigned char *packed = memory_zeroed(room, 1);
    ck_assert_int_eq(archive_write_set_format_raw(out), ARCHIVE_OK);
    ck_assert_int_eq(archive_write_add_filter_by_name(out, how), ARCHIVE_OK);
    /* no time in it: equal tapes are equal bytes */
    if (strcmp(how, "gzip") == 0)
        ck_assert_int_eq(
            archive_write_set_filter_option(out, "gzip", "timestamp", NULL), ARCHIVE_OK);
    archive_write_set_bytes_in_last_block(out, 1);
    ck_assert_int_eq(archive_write_open_memory(out, packed, room, &used), ARCHIVE_OK);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_pathname(entry, "tape");
    ck_assert_int_eq(archive_write_header(out, entry), ARCHIVE_OK);
    ck_assert_int_eq(archive_write_data(out, tape->bytes, tape->length), (la_ssize_t)tape->length);
    ck_assert_int_eq(archive_write_close(out), ARCHIVE_OK);
    archive_entry_free(entry);
    archive_write_free(out);
    free(tape->bytes);
    *tape = (struct tape){.bytes = packed, .length = used, .capacity = room};
}

void tape_write(const struct tape *tape, const char *path)
{
    FILE *file = fopen(path, "we");
    ck_assert_msg(file != NULL, "%s", path);
    if (tape->length)
        ck_assert_uint_eq(fwrite(tape->bytes, 1, tape->length, file), tape->length);
    ck_assert_int_eq(fclose(file), 0);
}
