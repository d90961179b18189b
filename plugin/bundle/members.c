#include "members.h"

#include "base/printable.h"
#include "bundle/log.h"
#include "name.h"
#include "unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRINTED_MAX 400 /* of a name in a message */
#define MEMBER_PATH "expected a plain relative path"
#define BLOCK       512u
#define NO_VERSION                                                                                 \
    "found no version, expected numbers with dots between them, as 1.4.2, at most %u bytes"
#define END_BYTES (2 * BLOCK) /* of zeros end a tar archive */

/* One member while it is looked at. */
struct member {
    struct archive *tar;
    struct archive_entry *entry;
    char name[KD_KEY_MAX + 1];
    char printed[PRINTED_MAX];
    struct error *err;
};

static int refuse(const struct member *member, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int refuse(const struct member *member, const char *format, ...)
{
    char text[KD_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return error_set(member->err, ERROR_INVALID, "%s: %s", member->printed, text);
}

static la_ssize_t feed(struct archive *tar, void *ctx, const void **ret_piece)
{
    long length = unpack_next(ctx, ret_piece);
    if (length < 0)
        archive_set_error(tar, EIO, "unpacking failed");
    return length < 0 ? ARCHIVE_FATAL : (la_ssize_t)length;
}

/* Of the archive itself, or of what it was unpacked from, which then has filled err. */
static int fail_tar(const struct unpack *unpack, const struct member *member)
{
    const char *said = archive_error_string(member->tar), *printed = member->printed;
    if (unpack->failed)
        return *printed ? error_wrap(member->err, "%s", printed) : -1;
    return error_set(member->err, unpack->drained ? ERROR_SHORT : ERROR_INVALID, "%s%s%s", printed,
        *printed ? ": " : "", said ? said : "damaged");
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int remember_name(struct members *members, const struct member *member)
{
    char *copy = strdup(member->name);
    char **found = copy ? tsearch(copy, &members->names, compare_names) : NULL;
    if (found && *found == copy)
        return 0;
    free(copy);
    return found ? refuse(member, "found a second member of that name, expected each once")
                 : error_set(member->err, ERROR_LATER, "no memory");
}

/* A pax header's name is UTF-8, a plain header's is whatever bytes it has. */
static const char *entry_name(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname_utf8(entry);
    return name ? name : archive_entry_pathname(entry);
}

static int check_name(const struct members *members, struct member *member)
{
    const char *prefix = members->input->prefix, *name = entry_name(member->entry);
    size_t length = 0, most = KD_KEY_MAX - (prefix ? strlen(prefix) : 0);
    printable_copy(name ? name : "", member->printed, sizeof(member->printed));
    if (!name || !*name) {
        snprintf(member->printed, sizeof(member->printed), "member %u", members->count);
        return refuse(member, "found no name in UTF-8, " MEMBER_PATH);
    }
    name_trim(&name, &length);
    if (length > most)
        return refuse(member, "found a name of %zu bytes, expected at most %zu", length, most);
    snprintf(member->name, sizeof(member->name), "%.*s", (int)length, name);
    const char *fault = name_fault(member->name);
    return fault ? refuse(member, "%s, " MEMBER_PATH, fault) : 0;
}

static const char *kind_fault(struct archive_entry *entry)
{
    if (archive_entry_hardlink(entry))
        return "a hard link";
    if (archive_entry_sparse_count(entry) > 0)
        return "a sparse file";
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
    case AE_IFDIR:
        return NULL;
    case AE_IFLNK:
        return "a symbolic link";
    case AE_IFCHR:
    case AE_IFBLK:
        return "a device";
    case AE_IFIFO:
        return "a FIFO";
    default:
        return "a member of an unknown kind";
    }
}

static int check_member(struct members *members, struct member *member)
{
    const struct bundle_policy *policy = members->policy;
    members->count++;
    if (check_name(members, member) < 0)
        return -1;
    if (members->count > policy->max_members)
        return refuse(member, "found more than %u members, expected at most that (max_members)",
            policy->max_members);
    const char *kind = kind_fault(member->entry);
    if (kind)
        return refuse(member, "found %s, expected regular files and folders", kind);
    int64_t size = archive_entry_size(member->entry);
    if (size < 0 || (uint64_t)size > policy->max_bytes)
        return refuse(member, "found %lld bytes, expected at most %llu (max_bytes)",
            (long long)size, (unsigned long long)policy->max_bytes);
    return remember_name(members, member);
}

static void warn_version(const struct members *members, const char *name)
{
    char printed[PRINTED_MAX];
    printable_copy(name, printed, sizeof(printed));
    bundle_log(members->host, KD_LOG_WARNING,
        "%s: it does not count: the bundle's version lies at the top, or in its only folder",
        printed);
}

static int take_version(
    struct members *members, const struct member *member, const char *bytes, size_t length)
{
    int read = version_read(&members->seen, member->name, bytes, length);
    if (read > 0)
        warn_version(members, member->name);
    if (read >= 0)
        return 0;
    return refuse(member, NO_VERSION, BUNDLE_VERSION_MAX);
}

/* A VERSION that lies too deep is told, too. */
static void pass_over(
    const struct members *members, const struct member *member, const char *reason)
{
    const char *slash = strrchr(member->name, '/');
    if (slash && strcmp(slash, "/VERSION") == 0)
        warn_version(members, member->name);
    else
        bundle_log(members->host, KD_LOG_INFO, "%s: passed over: %s", member->printed, reason);
}

static int put(
    struct members *members, const struct member *member, const char *bytes, size_t length)
{
    char key[KD_KEY_MAX + 1], origin[KD_ORIGIN_MAX + 1];
    const char *prefix = members->input->prefix;
    snprintf(key, sizeof(key), "%s%s", prefix ? prefix : "", member->name);
    snprintf(origin, sizeof(origin), "%s/%s", members->input->origin, member->name);
    struct kd_item item = {.size = sizeof(item),
        .key = key,
        .origin = origin,
        .revision = "",
        .bytes = bytes,
        .length = length};
    if (length == 0)
        return refuse(member, "found an empty file, expected a manifest");
    if (members->out->put(members->out->ctx, &item) != 0)
        return refuse(
            member, "the host refused it: a limit of the source, or a key that was there");
    members->manifests++;
    return 0;
}

static int read_member(struct members *members, const struct unpack *unpack, struct member *member)
{
    bool is_version = version_may_count(member->name);
    const char *reason = is_version ? NULL : name_reason(member->name);
    if (archive_entry_filetype(member->entry) == AE_IFDIR)
        return 0;
    if (reason) {
        pass_over(members, member, reason);
        return 0; /* its bytes are counted where the next header is looked for */
    }
    version_see(&members->seen, member->name);
    size_t size = (size_t)archive_entry_size(member->entry), length = 0;
    char *bytes = malloc(size + 1);
    la_ssize_t got = bytes ? 1 : 0;
    int result = -1;
    while (
        length < size && (got = archive_read_data(member->tar, bytes + length, size - length)) > 0)
        length += (size_t)got;
    if (!bytes)
        error_set(member->err, ERROR_LATER, "%s: no memory for %zu bytes", member->printed, size);
    else if (length < size)
        fail_tar(unpack, member);
    else
        result = is_version ? take_version(members, member, bytes, length)
                            : put(members, member, bytes, length);
    free(bytes);
    return result;
}

/* What lies behind the end would be read by another program, and is not read here. */
static int check_end(const struct members *members, struct unpack *unpack, struct member *member)
{
    uint64_t end = (uint64_t)archive_read_header_position(member->tar);
    const void *piece = NULL;
    long got;
    while ((got = unpack_next(unpack, &piece)) > 0)
        ;
    if (got < 0)
        return fail_tar(unpack, member);
    if (unpack->after_last > end)
        return refuse(
            member, "found bytes behind the end of the archive, which is behind this one");
    if (unpack->total < end + END_BYTES)
        return error_set(member->err, ERROR_SHORT,
            "the end of the archive is missing, %u members were there", members->count);
    if (members->count == 0)
        return error_set(member->err, ERROR_INVALID, "found no member, expected manifests");
    return 0;
}

/* Where a member should begin, or on the way there. */
static int fail_header(
    const struct members *members, const struct unpack *unpack, struct member *member)
{
    char last[PRINTED_MAX];
    if (members->count == 0 && !unpack->failed)
        return error_set(member->err, unpack->total < BLOCK ? ERROR_SHORT : ERROR_INVALID,
            "found no tar archive, expected one, bare or packed with gzip, xz or zstd");
    if (members->count == 0)
        return fail_tar(unpack, member);
    snprintf(last, sizeof(last), "%s", member->printed);
    snprintf(member->printed, sizeof(member->printed), "behind %.*s",
        (int)(PRINTED_MAX - sizeof("behind ")), last);
    return fail_tar(unpack, member);
}

static int read_all(struct members *members, struct unpack *unpack, struct member *member)
{
    int got;
    while ((got = archive_read_next_header(member->tar, &member->entry)) == ARCHIVE_OK) {
        if (members->host->cancelled(members->host->ctx))
            return error_set(member->err, ERROR_LATER, "the host asked for an end");
        if (check_member(members, member) < 0 || read_member(members, unpack, member) < 0)
            return -1;
    }
    if (got == ARCHIVE_EOF)
        return check_end(members, unpack, member);
    return fail_header(members, unpack, member);
}

static int read_tar(struct members *members, struct unpack *unpack, struct error *err)
{
    struct member member = {.tar = archive_read_new(), .err = err};
    int result = -1;
    if (!member.tar || archive_read_support_format_tar(member.tar) != ARCHIVE_OK)
        error_set(err, ERROR_LATER, "no memory");
    else if (archive_read_open(member.tar, unpack, NULL, feed, NULL) != ARCHIVE_OK)
        fail_header(members, unpack, &member);
    else
        result = read_all(members, unpack, &member);
    archive_read_free(member.tar);
    return result;
}

static bool is_json(const char *bytes, size_t length)
{
    size_t at = 0;
    while (at < length && bytes[at] && strchr(" \t\r\n", bytes[at]))
        at++;
    return at < length && (bytes[at] == '{' || bytes[at] == '[');
}

static int put_json(struct members *members, const void *bytes, size_t length, struct error *err)
{
    struct kd_item item = {.size = sizeof(item),
        .key = members->input->json_key,
        .origin = members->input->origin,
        .revision = "",
        .bytes = bytes,
        .length = length};
    if (length > members->policy->max_bytes)
        return error_set(err, ERROR_INVALID, "found %zu bytes, expected at most %llu (max_bytes)",
            length, (unsigned long long)members->policy->max_bytes);
    members->manifests++;
    return members->out->put(members->out->ctx, &item) == 0
               ? 0
               : error_set(err, ERROR_INVALID, "%s: the host refused it", item.key);
}

/* What it says of its version, and whether that may be taken. */
static int check_version(struct members *members, struct error *err)
{
    const char *passed_over = NULL, *found = version_of(&members->seen, &passed_over);
    char name[PRINTED_MAX];
    printable_copy(found ? "" : members->seen.below_name, name, sizeof(name));
    if (!found)
        return error_set(err, ERROR_INVALID, "%s: " NO_VERSION, name, BUNDLE_VERSION_MAX);
    if (passed_over)
        warn_version(members, passed_over);
    snprintf(members->version, sizeof(members->version), "%s", found);
    return version_check(
        members->policy, found, members->last_version, members->input->origin, members->host, err);
}

/* libarchive turns names into the locale's characters; the thread's own locale is put back. */
static int read_archive(
    struct members *members, const void *bytes, size_t length, struct error *err)
{
    struct unpack unpack;
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t former = utf8 ? uselocale(utf8) : (locale_t)0;
    int result = unpack_begin(&unpack, members->policy, bytes, length, err);
    if (result == 0)
        result = read_tar(members, &unpack, err);
    unpack_end(&unpack);
    if (utf8) {
        uselocale(former);
        freelocale(utf8);
    }
    return result;
}

int members_read(struct members *members, const void *bytes, size_t length,
    const char *last_version, struct error *err)
{
    bool json = members->input->json_key && is_json(bytes, length);
    members->last_version = last_version;
    int result =
        json ? put_json(members, bytes, length, err) : read_archive(members, bytes, length, err);
    tdestroy(members->names, free);
    members->names = NULL;
    if (result == 0)
        result = check_version(members, err);
    if (result == 0 && members->manifests == 0)
        bundle_log(members->host, KD_LOG_WARNING,
            "%s: holds no manifest: no member's name ends in .json", members->input->origin);
    return result;
}
