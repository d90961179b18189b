#include "unpack.h"

#include <archive.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define PIECE       ((size_t)64 << 10)
#define RATIO_BEGIN ((uint64_t)1 << 20) /* padding and the like make small bundles look strange */

static const struct {
    const char *how;
    const char *magic;
    size_t length;
    int (*support)(struct archive *packed);
} packings[] = {
    {"gzip", "\x1f\x8b", 2, archive_read_support_filter_gzip},
    {"xz",
        "\xfd"
        "7zXZ\0",
        6, archive_read_support_filter_xz},
    {"zstd", "\x28\xb5\x2f\xfd", 4, archive_read_support_filter_zstd},
};

static la_ssize_t feed(struct archive *packed, void *ctx, const void **ret_piece)
{
    struct unpack *unpack = ctx;
    size_t left = unpack->length - unpack->fed, piece = left < PIECE ? left : PIECE;
    (void)packed;
    *ret_piece = unpack->bytes + unpack->fed;
    unpack->fed += piece;
    unpack->drained = unpack->drained || piece == 0;
    return (la_ssize_t)piece;
}

static long fail(struct unpack *unpack, enum error_kind fault, const char *text)
{
    unpack->failed = true;
    return error_set(unpack->err, fault, "%s: %s", unpack->how, text);
}

static long fail_archive(struct unpack *unpack)
{
    char text[256];
    const char *said = archive_error_string(unpack->packed);
    snprintf(text, sizeof(text), "%s%s", unpack->drained ? "its end is missing, or damaged: " : "",
        said ? said : "damaged");
    return fail(unpack, unpack->drained ? ERROR_SHORT : ERROR_INVALID, text);
}

static int begin_packed(struct unpack *unpack, int (*support)(struct archive *packed))
{
    struct archive_entry *entry = NULL;
    unpack->packed = archive_read_new();
    if (!unpack->packed)
        return (int)fail(unpack, ERROR_LATER, "no memory");
    support(unpack->packed);
    archive_read_support_format_raw(unpack->packed);
    if (archive_read_open(unpack->packed, unpack, NULL, feed, NULL) != ARCHIVE_OK ||
        archive_read_next_header(unpack->packed, &entry) != ARCHIVE_OK)
        return (int)fail_archive(unpack);
    if (archive_filter_count(unpack->packed) > 2) /* that one, and "none" below it */
        return (int)fail(unpack, ERROR_INVALID, "found it packed twice, expected once");
    return 0;
}

int unpack_begin(struct unpack *unpack, const struct bundle_policy *policy, const void *bytes,
    size_t length, struct error *err)
{
    *unpack = (struct unpack){.policy = policy, .bytes = bytes, .length = length, .err = err};
    for (unsigned i = 0; i < sizeof(packings) / sizeof(packings[0]); i++) {
        if (length < packings[i].length ||
            memcmp(bytes, packings[i].magic, packings[i].length) != 0)
            continue;
        unpack->how = packings[i].how;
        return begin_packed(unpack, packings[i].support);
    }
    return 0;
}

static long check_limits(struct unpack *unpack)
{
    const struct bundle_policy *policy = unpack->policy;
    if (unpack->total > policy->max_total) {
        unpack->failed = true;
        return error_set(unpack->err, ERROR_INVALID,
            "found more than %llu bytes unpacked, expected at most that (max_total)",
            (unsigned long long)policy->max_total);
    }
    if (unpack->how && unpack->total > RATIO_BEGIN &&
        unpack->total / policy->max_ratio > unpack->length) {
        unpack->failed = true;
        return error_set(unpack->err, ERROR_INVALID,
            "found more than %u bytes unpacked from each byte, expected at most that (max_ratio)",
            policy->max_ratio);
    }
    return 0;
}

/* libarchive passes over gzip's own checksum; xz and zstd are checked by their libraries. */
static long check_gzip(struct unpack *unpack)
{
    if (!unpack->how || strcmp(unpack->how, "gzip") != 0)
        return 0;
    uint32_t stated[2];
    if (unpack->length < 18)
        return fail(unpack, ERROR_SHORT, "its end is missing, or damaged");
    memcpy(stated, unpack->bytes + unpack->length - sizeof(stated), sizeof(stated));
    if (le32toh(stated[0]) == unpack->checksum && le32toh(stated[1]) == (uint32_t)unpack->total)
        return 0;
    return fail(unpack, ERROR_INVALID,
        "found another checksum than its own, expected one gzip stream and nothing behind it");
}

static void count(struct unpack *unpack, const unsigned char *piece, size_t length)
{
    size_t used = length;
    while (used > 0 && piece[used - 1] == 0)
        used--;
    if (used)
        unpack->after_last = unpack->total + used;
    unpack->total += length;
    unpack->checksum = crc32(unpack->checksum, piece, (uInt)length);
}

static long next_packed(struct unpack *unpack, const void **ret_piece)
{
    size_t length = 0;
    la_int64_t offset = 0;
    int got;
    do
        got = archive_read_data_block(unpack->packed, ret_piece, &length, &offset);
    while (got == ARCHIVE_OK && length == 0);
    if (got == ARCHIVE_EOF)
        return check_gzip(unpack);
    return got == ARCHIVE_OK ? (long)length : fail_archive(unpack);
}

long unpack_next(struct unpack *unpack, const void **ret_piece)
{
    if (unpack->failed)
        return -1;
    long length = unpack->packed ? next_packed(unpack, ret_piece) : feed(NULL, unpack, ret_piece);
    if (length <= 0)
        return length;
    count(unpack, *ret_piece, (size_t)length);
    return check_limits(unpack) < 0 ? -1 : length;
}

void unpack_end(struct unpack *unpack)
{
    archive_read_free(unpack->packed);
    unpack->packed = NULL;
}
